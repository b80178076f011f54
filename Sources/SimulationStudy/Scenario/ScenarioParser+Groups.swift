/// The number of groups and their sizes.
extension ScenarioParser {
  static func groups(
    in data: YAMLMapping
  ) throws(ScenarioError) -> (count: Int, size: GroupSize) {
    let sizeValue = try data.required("group_size")
    let size = try groupSize(sizeValue)
    let rows = DataGeneratingMechanism.maximumRows
    var count: Int
    if case .listed(let sizes) = size {
      count = sizes.count
      if let value = data["groups"], try value.integer(in: 1...rows) != count {
        throw value.error("expected \(count), the length of 'group_size', found \(value.found).")
      }
    } else {
      count = try data.required("groups").integer(in: 1...rows)
    }
    let rowsPerGroup: Double =
      switch size {
      case .constant(let size): Double(size)
      case .poisson(let mean, let minimum), .lognormal(let mean, _, let minimum):
        max(mean, Double(minimum))
      case .uniform(let range): Double(range.upperBound)
      case .listed(let sizes): sizes.reduce(0) { $0 + Double($1) } / Double(count)
      }
    guard Double(count) * rowsPerGroup <= Double(rows) else {
      throw sizeValue.error("a data set has at most \(rows) rows; this would have more.")
    }
    return (count, size)
  }

  private static func groupSize(_ value: YAMLValue) throws(ScenarioError) -> GroupSize {
    let sizes = 1...DataGeneratingMechanism.maximumRows
    switch value.node {
    case .scalar:
      return .constant(try value.integer(in: sizes))
    case .sequence:
      var listed: [Int] = []
      for element in try value.list() { listed.append(try element.integer(in: sizes)) }
      guard !listed.isEmpty else { throw value.error("expected at least one group size.") }
      return .listed(listed)
    default:
      return try sizeDistribution(
        value.mapping(keys: ["poisson", "uniform", "lognormal", "minimum"]), sizes)
    }
  }

  private static func sizeDistribution(
    _ map: YAMLMapping, _ sizes: ClosedRange<Int>
  ) throws(ScenarioError) -> GroupSize {
    if let uniform = map["uniform"] {
      try map.refuse(
        ["poisson", "lognormal", "minimum"], because: "does not go with 'uniform'.")
      let ends = try uniform.list("[smallest, largest]")
      guard ends.count == 2 else {
        throw uniform.error("expected [smallest, largest], found a list of \(ends.count).")
      }
      let (lower, upper) = (try ends[0].integer(in: sizes), try ends[1].integer(in: sizes))
      guard lower <= upper else {
        throw uniform.error("expected [smallest, largest], found [\(lower), \(upper)].")
      }
      return .uniform(lower...upper)
    }
    let minimum = try map["minimum"]?.integer(in: sizes) ?? 1
    if let lognormal = map["lognormal"] {
      try map.refuse(["poisson"], because: "does not go with 'lognormal'.")
      let moments = try lognormal.mapping(keys: ["mean", "sd"])
      return .lognormal(
        mean: try moments.required("mean").number("a mean above 0, at most 1e7") {
          $0 > 0 && $0 <= 1e7
        },
        sd: try moments.required("sd").number("a standard deviation above 0, at most 1e7") {
          $0 > 0 && $0 <= 1e7
        },
        minimum: minimum)
    }
    guard let poisson = map["poisson"] else {
      throw map.value.error("expected one of the keys poisson, uniform or lognormal.")
    }
    return .poisson(
      mean: try poisson.number("a mean above 0, at most 1e8") { $0 > 0 && $0 <= 1e8 },
      minimum: minimum)
  }
}
