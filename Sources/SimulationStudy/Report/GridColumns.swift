/// What grids vary, as columns of a table: one for each key, empty for scenarios whose grid does
/// not vary it.
struct GridColumns {
  /// The keys, in the order of the scenarios and of their grids.
  let names: [String]
  private let valuesOfScenario: [String: [String]]

  init(_ scenarios: [ScenarioSummary]) {
    var names: [String] = []
    for setting in scenarios.flatMap(\.gridSettings) where !names.contains(setting.name) {
      names.append(setting.name)
    }
    self.names = names
    valuesOfScenario = Dictionary(
      scenarios.map { scenario in
        let values = names.map { name in
          scenario.gridSettings.first { $0.name == name }?.value ?? ""
        }
        return (scenario.name, values)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// One value for each of `names`.
  func values(of scenario: String) -> [String] {
    valuesOfScenario[scenario] ?? Array(repeating: "", count: names.count)
  }

  /// Positions of the columns whose values are not all numbers.
  var texts: [Int] {
    names.indices.filter { column in
      valuesOfScenario.values.contains { !$0[column].isEmpty && Double($0[column]) == nil }
    }
  }
}
