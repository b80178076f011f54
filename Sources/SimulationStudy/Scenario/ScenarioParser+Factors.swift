/// Grouping factors: how levels are nested, crossed and drawn, and how many rows there are.
extension ScenarioParser {
  /// The design that `factors` describes, or `groups` with `group_size`.
  static func design(in data: YAMLMapping) throws(ScenarioError) -> FactorDesign {
    guard let value = data["factors"] else {
      try data.refuse(["rows_per_cell", "rows"], because: "goes with 'factors' only.")
      let (groups, size) = try groups(in: data)
      return FactorDesign(groups: groups, size: size)
    }
    try data.refuse(
      ["groups", "group_size"],
      because: "does not go with 'factors', which says what the groups are.")
    try data.refuse(
      ["correlations"],
      because: "stands beside the standard deviations of its factor, in 'random'.")
    let factors = try factors(value)
    let design = FactorDesign(factors: factors, rowsPerCell: .constant(1))
    return FactorDesign(factors: factors, rowsPerCell: try rows(in: data, of: design))
  }

  // MARK: Factors

  /// Names of columns that a grouping factor cannot have.
  private static let reservedFactorNames =
    reservedNames.filter { $0 != FactorName.group } + [FactorName.row]

  private static func factors(
    _ value: YAMLValue
  ) throws(ScenarioError) -> [FactorDesign.Factor] {
    var factors: [FactorDesign.Factor] = []
    for entry in try value.entries("a mapping of grouping factors, each with its 'levels'") {
      let name = try columnName(entry.key, reserved: reservedFactorNames)
      factors.append(try factor(name, entry.value, after: factors))
    }
    guard !factors.isEmpty else { throw value.error("expected at least one grouping factor.") }
    return factors
  }

  private static func factor(
    _ name: String, _ value: YAMLValue, after earlier: [FactorDesign.Factor]
  ) throws(ScenarioError) -> FactorDesign.Factor {
    let map = try value.mapping(keys: ["levels", "within", "drawn"])
    let parent = try map["within"].map { value throws(ScenarioError) in
      try Self.parent(value, among: earlier)
    }
    let popularity = try map["drawn"].map(popularity)
    if let parent, parent.popularity != nil, popularity == nil {
      throw value.error(
        "the levels of '\(parent.name)' are drawn row by row, and so must be those within them: "
          + "add 'drawn: even'.")
    }
    let levels = try levels(map.required("levels"), within: parent, after: earlier)
    return .init(name: name, within: parent?.name, levels: levels, drawn: popularity)
  }

  private static func parent(
    _ value: YAMLValue, among earlier: [FactorDesign.Factor]
  ) throws(ScenarioError) -> FactorDesign.Factor {
    let name = try value.text()
    if let parent = earlier.first(where: { $0.name == name }) { return parent }
    guard !earlier.isEmpty else {
      throw value.error(
        "a factor is within one that stands before it in 'factors'; this is the first.")
    }
    throw value.error(
      "there is no grouping factor \(value.found) before this one; "
        + NearestName.advice(for: name, among: earlier.map(\.name)))
  }

  /// A number, or with a parent also a recipe: so many in each level of that.
  private static func levels(
    _ value: YAMLValue, within parent: FactorDesign.Factor?, after earlier: [FactorDesign.Factor]
  ) throws(ScenarioError) -> GroupSize {
    let levels = try groupSize(value)
    guard let parent else {
      guard case .constant = levels else {
        throw value.error(
          "a factor that is not within another has a fixed number of levels; expected a whole "
            + "number, found \(value.found).")
      }
      return levels
    }
    let design = FactorDesign(factors: earlier, rowsPerCell: .constant(1))
    if case .listed(let numbers) = levels {
      try check(
        numbers.count, of: value, is: design.fixedLevels(of: parent.name),
        what: "one number for each level of '\(parent.name)'")
    }
    try checkSize(design.expectedLevels(of: parent.name) * levels.mean, of: value)
    return levels
  }

  /// `even`, or `{lognormal: 1}`.
  private static func popularity(
    _ value: YAMLValue
  ) throws(ScenarioError) -> FactorDesign.Popularity {
    if case .scalar = value.node {
      guard try value.text() == "even" else {
        throw value.error("expected even or {lognormal: SD}, found \(value.found).")
      }
      return .even
    }
    let sd = try value.mapping(keys: ["lognormal"]).required("lognormal")
    return .lognormal(
      sd: try sd.number("a standard deviation above 0, at most 5") { $0 > 0 && $0 <= 5 })
  }

  // MARK: Rows

  /// `rows_per_cell`, or `rows` where there are no cells.
  private static func rows(
    in data: YAMLMapping, of design: FactorDesign
  ) throws(ScenarioError) -> GroupSize {
    guard !design.structural.isEmpty else {
      try data.refuse(
        ["rows_per_cell"],
        because: "has no use where the levels of all factors are drawn; say 'rows', the number of "
          + "all rows.")
      return .constant(
        try data.required("rows").integer(in: 1...DataGeneratingMechanism.maximumRows))
    }
    try data.refuse(
      ["rows"],
      because: "goes with factors that are all drawn; say 'rows_per_cell', the number of rows of "
        + "each combination of levels.")
    let value = try data.required("rows_per_cell")
    let size = try groupSize(value)
    if case .listed(let numbers) = size {
      try check(
        numbers.count, of: value, is: design.fixedCells,
        what: "one number for each combination of levels")
    }
    try checkSize(design.expectedCells * size.mean, of: value)
    return size
  }

  private static func check(
    _ count: Int, of value: YAMLValue, is expected: Int?, what: String
  ) throws(ScenarioError) {
    guard let expected else {
      throw value.error("a list has \(what), and how many there are is left to chance here.")
    }
    guard count == expected else {
      throw value.error("expected \(what), that is \(expected), found a list of \(count).")
    }
  }

  private static func checkSize(
    _ number: Double, of value: YAMLValue
  ) throws(ScenarioError) {
    guard number <= Double(DataGeneratingMechanism.maximumRows) else {
      throw value.error(
        "a data set has at most \(DataGeneratingMechanism.maximumRows) rows; this would have more."
      )
    }
  }
}
