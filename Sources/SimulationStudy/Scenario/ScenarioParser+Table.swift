import PoissonGLMM

extension ScenarioParser {
  /// Data that are written out:
  ///
  ///     table: {y: [2, 3, 1], x: [1, 2, 1], group: [a, a, b], exposure: [1, 1, 2]}
  ///     fixed: [Intercept, x]
  ///     random: [Intercept]
  ///
  /// `y` and `group` must be there, `exposure` may; every other column is a covariate.
  static func table(_ data: YAMLMapping) throws(ScenarioError) -> ClusteredCounts {
    let value = try data.required("table")
    var counts: [Double]?
    var groupOfRow: [Int]?
    var exposure: [Double]?
    var covariates: [ClusteredCounts.Column] = []
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
        counts = try numbers(elements, "a count: a whole number, 0 or more, up to 1e15") {
          $0 >= 0 && $0 <= 1e15 && $0 == $0.rounded()
        }
      case "group":
        var labels: [String] = []
        for element in elements { labels.append(try element.text()) }
        groupOfRow = Grouping(labels: labels).groupOfRow
      case "exposure":
        exposure = try numbers(elements, "an exposure above 0") { $0 > 0 }
      default:
        let name = try columnName(entry.key)
        covariates.append(
          .init(name: name, values: try numbers(elements, "a number") { _ in true }))
      }
    }
    guard let counts else { throw value.error("the column 'y' is missing.") }
    guard let groupOfRow else { throw value.error("the column 'group' is missing.") }
    let names = covariates.map(\.name)
    return ClusteredCounts(
      counts: counts, groupOfRow: groupOfRow, covariates: covariates, exposure: exposure,
      fixedNames: try terms(data.required("fixed"), covariates: names),
      randomNames: try terms(data.required("random"), covariates: names))
  }

  private static func numbers(
    _ elements: [YAMLValue], _ expected: String, where isAllowed: (Double) -> Bool
  ) throws(ScenarioError) -> [Double] {
    var numbers: [Double] = []
    numbers.reserveCapacity(elements.count)
    for element in elements { numbers.append(try element.number(expected, where: isAllowed)) }
    return numbers
  }

  static func terms(
    _ value: YAMLValue, covariates: [String]
  ) throws(ScenarioError) -> [String] {
    let known = [DataGeneratingMechanism.interceptName] + covariates
    var terms: [String] = []
    for element in try value.list("a list of names") {
      let name = try element.text()
      guard known.contains(name) else {
        throw element.error(
          "there is no column \(element.found); " + NearestName.advice(for: name, among: known))
      }
      guard !terms.contains(name) else { throw element.error("'\(name)' appears twice.") }
      terms.append(name)
    }
    guard !terms.isEmpty else { throw value.error("expected at least one name.") }
    return terms
  }
}
