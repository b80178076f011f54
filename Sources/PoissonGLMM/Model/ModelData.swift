/// The numbers of a model in the layout that the kernels read: rows sorted by group, one flat
/// column after another.
final class ModelData: Sendable {
  /// n
  let rowCount: Int
  let shape: ArrowShape
  /// G + 1 row indices: group j holds rows `groupStarts[j] ..< groupStarts[j + 1]`.
  let groupStarts: [Int]
  /// n counts.
  let counts: DoubleStorage
  /// n known terms of the linear predictor.
  let offset: DoubleStorage
  /// n x p, column-major.
  let fixedDesign: DoubleStorage
  /// n x q, column-major.
  let randomDesign: DoubleStorage
  /// For each row here its index among the rows of the data.
  let rowOrder: [Int32]
  /// sum_i log y_i!
  let sumLogFactorials: Double

  /// The number of rows of the largest group.
  var longestGroup: Int {
    zip(groupStarts, groupStarts.dropFirst()).map { $1 - $0 }.max() ?? 0
  }

  /// Whether any count is above 0.
  var hasEvents: Bool { (0..<rowCount).contains { counts.pointer[$0] > 0 } }

  init(
    counts: [Double], fixed: [DesignColumn], random: [DesignColumn], grouping: Grouping,
    offset: [Double]?
  ) {
    rowCount = counts.count
    shape = ArrowShape(
      groupCount: grouping.count, termCount: random.count, fixedCount: fixed.count)
    let (starts, order) = Self.rowsSortedByGroup(grouping.groupOfRow, groups: grouping.count)
    groupStarts = starts
    rowOrder = order
    func gathered(_ columns: [[Double]]) -> DoubleStorage {
      let storage = DoubleStorage(count: columns.count * order.count)
      for (c, column) in columns.enumerated() {
        let target = storage.pointer + c * order.count
        column.withUnsafeBufferPointer { source in
          for (position, row) in order.enumerated() { target[position] = source[Int(row)] }
        }
      }
      return storage
    }
    self.counts = gathered([counts])
    self.offset = offset.map { gathered([$0]) } ?? DoubleStorage(count: counts.count)
    fixedDesign = gathered(fixed.map(\.values))
    randomDesign = gathered(random.map(\.values))
    let logFactorials = LogFactorials()
    sumLogFactorials = counts.reduce(0) { $0 + logFactorials[$1] }
  }

  /// The same data with another fixed design, and another offset if there is one.
  init(_ other: ModelData, fixedDesign: DoubleStorage, offset: DoubleStorage? = nil) {
    rowCount = other.rowCount
    shape = other.shape
    groupStarts = other.groupStarts
    rowOrder = other.rowOrder
    counts = other.counts
    self.offset = offset ?? other.offset
    self.fixedDesign = fixedDesign
    randomDesign = other.randomDesign
    sumLogFactorials = other.sumLogFactorials
  }

  /// The same data with the effect of fixed column `held` known: its column times `value` is part
  /// of the offset.
  init(_ other: ModelData, holding held: Int, at value: Double) {
    let (n, p) = (other.rowCount, other.shape.fixedCount)
    rowCount = n
    shape = ArrowShape(
      groupCount: other.shape.groupCount, termCount: other.shape.termCount, fixedCount: p - 1)
    groupStarts = other.groupStarts
    rowOrder = other.rowOrder
    counts = other.counts
    offset = DoubleStorage(other.offset.array)
    fixedDesign = DoubleStorage(count: n * (p - 1))
    for c in 0..<p {
      let column = other.fixedDesign.pointer + c * n
      if c == held {
        for row in 0..<n { offset.pointer[row] += value * column[row] }
      } else {
        (fixedDesign.pointer + (c < held ? c : c - 1) * n).update(from: column, count: n)
      }
    }
    randomDesign = other.randomDesign
    sumLogFactorials = other.sumLogFactorials
  }

  /// A stable counting sort of the rows by group.
  static func rowsSortedByGroup(
    _ groupOfRow: [Int], groups: Int
  ) -> (starts: [Int], order: [Int32]) {
    var starts = [Int](repeating: 0, count: groups + 1)
    for group in groupOfRow { starts[group + 1] += 1 }
    for group in 0..<groups { starts[group + 1] += starts[group] }
    var next = starts
    var order = [Int32](repeating: 0, count: groupOfRow.count)
    for (row, group) in groupOfRow.enumerated() {
      order[next[group]] = Int32(row)
      next[group] += 1
    }
    return (starts, order)
  }
}
