/// Which group each row belongs to.
///
/// Groups are numbered 0, 1, ... in the order in which their labels first appear; rows may come in
/// any order.
public struct Grouping: Sendable, Equatable {
  /// The distinct labels, in order of first appearance.
  public let labels: [String]
  /// For each row, the index of its group in `labels`.
  public let groupOfRow: [Int]

  /// The number of groups.
  public var count: Int { labels.count }

  /// For each group its rows, ascending.
  public var rowsOfGroups: [[Int]] {
    var rows = [[Int]](repeating: [], count: count)
    for (row, group) in groupOfRow.enumerated() { rows[group].append(row) }
    return rows
  }

  /// Groups from one text label per row.
  public init(labels rowLabels: [String]) {
    self.init(keys: rowLabels, label: { $0 })
  }

  /// Groups from one number per row; whole numbers are labelled without a decimal point.
  public init(numbers: [Double]) {
    self.init(keys: numbers, label: Grouping.label(ofNumber:))
  }

  /// Groups from one key per row.
  init<Key: Hashable>(keys: [Key], label: (Key) -> String) {
    var indexOfKey: [Key: Int] = [:]
    var labels: [String] = []
    var groupOfRow: [Int] = []
    groupOfRow.reserveCapacity(keys.count)
    for key in keys {
      if let index = indexOfKey[key] {
        groupOfRow.append(index)
      } else {
        indexOfKey[key] = labels.count
        groupOfRow.append(labels.count)
        labels.append(label(key))
      }
    }
    self.labels = labels
    self.groupOfRow = groupOfRow
  }

  /// Groups by their indices, some of which may have no rows.
  package init(labels: [String], groupOfRow: [Int]) {
    self.labels = labels
    self.groupOfRow = groupOfRow
  }

  /// All rows in one group.
  static func whole(rows: Int) -> Grouping {
    Grouping(keys: [Int](repeating: 0, count: rows)) { _ in "all" }
  }

  static func label(ofNumber number: Double) -> String {
    if let integer = Int(exactly: number) { return String(integer) }
    return String(number)
  }
}

/// One named column of a design matrix.
public struct DesignColumn: Sendable, Equatable {
  /// The name that results are reported under, for example `Intercept` or `lbase:trt`.
  public let name: String
  /// One value per row of the data.
  public let values: [Double]

  /// A column of a design matrix.
  /// - Parameters:
  ///   - name: the name that results are reported under.
  ///   - values: one value per row of the data.
  public init(name: String, values: [Double]) {
    self.name = name
    self.values = values
  }

  /// What a column of ones is called.
  package static let interceptName = "Intercept"

  /// A column of ones, named `Intercept`.
  public static func intercept(rows: Int) -> DesignColumn {
    DesignColumn(name: interceptName, values: Array(repeating: 1, count: rows))
  }
}
