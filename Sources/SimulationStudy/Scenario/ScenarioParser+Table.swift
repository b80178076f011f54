import PoissonGLMM

/// Data that are written out.
extension ScenarioParser {
  /// The data of `table`:
  ///
  ///     table: {y: [2, 3, 1], x: [1, 2, 1], group: [a, a, b], exposure: [1, 1, 2]}
  ///     fixed: [Intercept, x]
  ///     random: [Intercept]
  ///
  /// `y` and `group` must be there, `exposure` may; every other column is a covariate. With
  /// `random: {school: [Intercept], school:class: [Intercept]}` the columns of these factors stand
  /// in the place of `group`.
  static func table(_ data: YAMLMapping) throws(ScenarioError) -> ClusteredCounts {
    let value = try data.required("table")
    let random = try data.required("random")
    let factors = try factorColumns(random)
    var counts: [Double]?
    var groupings: [ClusteredCounts.GroupingColumn] = []
    var exposure: [Double]?
    var covariates: [DesignColumn] = []
    var rows: Int?
    for entry in try value.entries("a mapping of column names to lists") {
      let elements = try entry.value.list("a list with one value a row")
      guard !elements.isEmpty else { throw entry.value.error("expected at least one row.") }
      guard elements.count == rows ?? elements.count else {
        throw entry.value.error(
          "expected \(rows ?? 0) values, as in the first column, found \(elements.count).")
      }
      rows = elements.count
      switch entry.name {
      case "y":
        counts = try numbers(
          elements, "a count: a whole number, 0 or more, up to 1e15",
          where: ClusteredCounts.isCount)
      case "exposure":
        exposure = try numbers(elements, "an exposure above 0") { $0 > 0 }
      case let name where factors.contains(name):
        var labels: [String] = []
        for element in elements { labels.append(try element.text()) }
        groupings.append(.init(name: name, levelOfRow: Grouping(labels: labels).groupOfRow))
      default:
        let name = try columnName(entry.key)
        covariates.append(
          .init(name: name, values: try numbers(elements, "a number") { _ in true }))
      }
    }
    guard let counts else { throw value.error("the column 'y' is missing.") }
    if let missing = factors.first(where: { name in !groupings.contains { $0.name == name } }) {
      throw value.error("the column '\(missing)' is missing.")
    }
    let names = covariates.map(\.name)
    return ClusteredCounts(
      counts: counts, groupings: groupings, covariates: covariates, exposure: exposure,
      fixedNames: try terms(data.required("fixed"), covariates: names, allowsProducts: true),
      random: try structures(random, in: data, factors: factors, columns: names))
  }

  /// The columns of the factors in `random`: `group`, unless it names others.
  static func factorColumns(_ random: YAMLValue) throws(ScenarioError) -> [String] {
    guard case .mapping = random.node else { return [FactorName.group] }
    var columns: [String] = []
    for entry in try random.entries() where entry.name != FactorName.row {
      for column in FactorName.columns(of: entry.name) where !columns.contains(column) {
        guard column != FactorName.row, !["y", "exposure"].contains(column) else {
          throw entry.key.error("'\(column)' is no grouping factor.")
        }
        columns.append(column)
      }
    }
    return columns
  }

  /// The random terms of a model whose true values nobody knows.
  static func structures(
    _ random: YAMLValue, in data: YAMLMapping, factors: [String], columns: [String]
  ) throws(ScenarioError) -> [RandomStructure] {
    let parser = RandomParser(
      design: FactorDesign(
        factors: factors.map { .init(name: $0, levels: .constant(1)) }, rowsPerCell: .constant(1)),
      columns: columns, values: .unknown)
    guard case .mapping = random.node else {
      return [
        try parser.effectsOfGroups(random, correlations: data["correlations"]).structure
      ]
    }
    try data.refuse(
      ["correlations"], because: "stands beside the terms of its factor, in 'random'.")
    return try parser.effectsByFactor(random).map(\.structure)
  }

  private static func numbers(
    _ elements: [YAMLValue], _ expected: String, where isAllowed: (Double) -> Bool
  ) throws(ScenarioError) -> [Double] {
    var numbers: [Double] = []
    numbers.reserveCapacity(elements.count)
    for element in elements { numbers.append(try element.number(expected, where: isAllowed)) }
    return numbers
  }
}
