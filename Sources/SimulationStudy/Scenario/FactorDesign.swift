/// How the rows of a data set belong to the levels of its grouping factors.
///
/// Factors that are not drawn are nested or crossed: a factor has its levels once, or so many
/// within each level of another one, and every combination of levels that do not exclude each other
/// is a cell with rows of its own. To the levels of factors that are drawn rows are given at
/// random.
public struct FactorDesign: Sendable, Equatable {
  /// A grouping factor.
  public struct Factor: Sendable, Equatable {
    /// Of its column.
    public let name: String
    /// The factor in each level of which it has levels of its own; nil for none. It stands before
    /// this one.
    public let parent: String?
    /// How many levels it has; with a parent, in each level of that.
    public let levels: GroupSize
    /// How often a row is given each level, where that is left to chance; nil where it is not.
    public let popularity: Popularity?

    /// A factor that is crossed with all others, where nothing else is said.
    public init(
      name: String, within parent: String? = nil, levels: GroupSize,
      drawn popularity: Popularity? = nil
    ) {
      self.name = name
      self.parent = parent
      self.levels = levels
      self.popularity = popularity
    }
  }

  /// The probabilities with which the levels of a factor are drawn.
  public enum Popularity: Sendable, Equatable {
    /// All alike.
    case even
    /// In proportion to exp(sd z), z ~ N(0, 1) for each level: the larger, the more uneven.
    case lognormal(sd: Double)
  }

  /// At least one; a parent stands before its children.
  public let factors: [Factor]
  /// The rows of each cell. Where all factors are drawn there is one cell, the whole data set.
  public let rowsPerCell: GroupSize

  /// Factors, each after its parent, and the rows of each cell.
  public init(factors: [Factor], rowsPerCell: GroupSize) {
    self.factors = factors
    self.rowsPerCell = rowsPerCell
  }

  /// Groups of rows, and nothing else.
  init(groups: Int, size: GroupSize) {
    self.init(
      factors: [Factor(name: FactorName.group, levels: .constant(groups))], rowsPerCell: size)
  }

  /// Whether the design is one of groups of rows and nothing else, which is written as `groups` and
  /// `group_size`.
  var isOfGroups: Bool {
    factors.count == 1 && factors[0].popularity == nil && factors[0].name == FactorName.group
  }

  /// Whether it has one factor, with rows of their own in each level.
  var isOfOneFactor: Bool { factors.count == 1 && factors[0].popularity == nil }

  subscript(name: String) -> Factor? { factors.first { $0.name == name } }

  /// The factors that a level of this one determines the level of: its parent, that one's, ...
  func ancestors(of name: String) -> [String] {
    guard let parent = self[name]?.parent else { return [] }
    return [parent] + ancestors(of: parent)
  }

  /// The columns that determine the levels of a factor as a formula has it: `class` alone for
  /// `school:class`, if classes are nested in schools.
  func essentialColumns(of factor: String) -> Set<String> {
    let columns = Set(FactorName.columns(of: factor))
    return columns.subtracting(columns.flatMap(ancestors))
  }

  /// The factors whose levels are not drawn row by row.
  var structural: [Factor] { factors.filter { $0.popularity == nil } }

  /// How many levels a factor has in all, on average where that is left to chance.
  func expectedLevels(of name: String) -> Double {
    guard let factor = self[name] else { return 0 }
    return factor.levels.mean * (factor.parent.map(expectedLevels) ?? 1)
  }

  /// The number of cells; on average where that is left to chance.
  var expectedCells: Double {
    structural.reduce(1) { $0 * $1.levels.mean }
  }

  /// How many levels a factor has in all, where that is the same in every data set.
  func fixedLevels(of name: String) -> Int? {
    guard let factor = self[name] else { return nil }
    return factor.levels.fixedTotal(
      of: factor.parent == nil ? 1 : factor.parent.flatMap(fixedLevels))
  }

  /// The number of cells, where it is the same in every data set.
  var fixedCells: Int? {
    let parents = structural.map(\.parent)
    if let last = structural.last, parents == [nil] + structural.dropLast().map(\.name) {
      return fixedLevels(of: last.name)
    }
    return structural.reduce(1) { cells, factor in
      guard case .constant(let count) = factor.levels else { return nil }
      return cells.flatMap { product($0, count) }
    }
  }
}

private func product(_ first: Int, _ second: Int) -> Int? {
  let (product, overflows) = first.multipliedReportingOverflow(by: second)
  return overflows ? nil : product
}

extension GroupSize {
  /// On average, but for draws that are raised to a minimum.
  var mean: Double {
    switch self {
    case .constant(let size): Double(size)
    case .listed(let sizes): sizes.reduce(0) { $0 + Double($1) } / Double(max(1, sizes.count))
    case .uniform(let range): (Double(range.lowerBound) + Double(range.upperBound)) / 2
    case .poisson(let mean, let minimum): max(mean, Double(minimum))
    case .lognormal(let mean, _, let minimum): max(mean, Double(minimum))
    }
  }

  /// The sum over so many units, where it is no matter of chance.
  fileprivate func fixedTotal(of units: Int?) -> Int? {
    switch self {
    case .constant(let size): units.flatMap { product($0, size) }
    case .listed(let sizes): sizes.reduce(0, +)
    case .poisson, .uniform, .lognormal: nil
    }
  }
}
