import PoissonGLMM

/// One data set, simulated or given, and the model to fit: n rows, with the counts
///
///     y_i ~ Poisson(mu_i)    log mu_i = log(exposure_i) + x_i' b + sum_k z_ik' u_{k, g_k(i)}
///
/// where g_k(i) is the level of the grouping factor k that row i belongs to.
public struct ClusteredCounts: Sendable, Equatable {
  /// A column that says which level of a grouping factor each row belongs to.
  public struct GroupingColumn: Sendable, Equatable {
    /// The factor's name, and the column's.
    public let name: String
    /// 0, 1, 2, ... for each row. Nested factors are numbered through: no two schools have a class
    /// of one number.
    public let levelOfRow: [Int]

    /// A column of levels.
    public init(name: String, levelOfRow: [Int]) {
      self.name = name
      self.levelOfRow = levelOfRow
    }
  }

  /// y, one a row: whole numbers, 0 or more.
  public let counts: [Double]
  /// The columns of the grouping factors, at least one.
  public let groupings: [GroupingColumn]
  /// Every covariate, in the scenario's order (no intercept column).
  public let covariates: [DesignColumn]
  /// The exposure of each row, above 0; nil if all rows have the same.
  public let exposure: [Double]?
  /// Names of the fixed effects, the columns of x: `Intercept`, a covariate, or a product of
  /// covariates and their powers as R writes it, `x1:treated` or `I(x1^2)`.
  public let fixedNames: [String]
  /// The random terms of each grouping factor, the columns of z: `Intercept` or a covariate.
  public let random: [RandomStructure]

  /// The group of each row by the first grouping column.
  public var groupOfRow: [Int] { groupings.first?.levelOfRow ?? [] }

  /// All arrays of rows have one length; names are those of covariates, or `Intercept`, and the
  /// factors of random terms those of grouping columns.
  public init(
    counts: [Double], groupings: [GroupingColumn], covariates: [DesignColumn],
    exposure: [Double]?, fixedNames: [String], random: [RandomStructure]
  ) {
    self.counts = counts
    self.groupings = groupings
    self.covariates = covariates
    self.exposure = exposure
    self.fixedNames = fixedNames
    self.random = random
  }

  /// Data of one grouping factor, the column `group`, whose random terms are independent.
  public init(
    counts: [Double], groupOfRow: [Int], covariates: [DesignColumn], exposure: [Double]?,
    fixedNames: [String], randomNames: [String]
  ) {
    self.init(
      counts: counts, groupings: [.init(name: FactorName.group, levelOfRow: groupOfRow)],
      covariates: covariates, exposure: exposure, fixedNames: fixedNames,
      random: [.init(factor: FactorName.group, terms: randomNames)])
  }

  /// Whether a number can be a count: whole, 0 or more, up to 1e15.
  static func isCount(_ value: Double) -> Bool {
    value >= 0 && value <= 1e15 && value == value.rounded()
  }

  /// The column of a fixed effect or a random term: the covariate of that name, the product of
  /// several, or ones for `Intercept`; nil if there is no such column.
  public func column(_ name: String) -> DesignColumn? {
    if let column = covariates.column(of: name) { return column }
    let intercept = DesignColumn.intercept(rows: counts.count)
    return name == intercept.name ? intercept : nil
  }

  /// The level of each row by a factor as a formula has it, or nil if a column of it is not there.
  public func grouping(of factor: String) -> Grouping? {
    groupings.grouping(of: factor, rows: counts.count)
  }
}

/// How grouping factors are named.
enum FactorName {
  /// The one factor of a design that is written as `groups` and `group_size`.
  static let group = "group"
  /// The factor each level of which is one row: effects of observations.
  static let row = "row"

  /// `school:class`: the names of the columns whose combinations are the levels.
  static func columns(of factor: String) -> [String] {
    factor.split(separator: ":").map(String.init)
  }
}

extension [ClusteredCounts.GroupingColumn] {
  /// The levels of a factor, numbered in the order in which they appear: those of a column, of
  /// combinations of columns (`school:item`), or one a row (`row`).
  func grouping(of factor: String, rows: Int) -> Grouping? {
    if factor == FactorName.row, !contains(where: { $0.name == factor }) {
      return Grouping(numbers: (0..<rows).map(Double.init))
    }
    var grouping: Grouping?
    for name in FactorName.columns(of: factor) {
      guard let column = first(where: { $0.name == name }) else { return nil }
      guard let before = grouping else {
        grouping = Grouping(numbers: column.levelOfRow.map(Double.init))
        continue
      }
      // Numbers of pairs stay exact: neither count is more than that of the rows.
      let width = Double((column.levelOfRow.max() ?? 0) + 1)
      grouping = Grouping(
        numbers: zip(before.groupOfRow, column.levelOfRow).map {
          Double($0) * width + Double($1)
        })
    }
    return grouping
  }
}
