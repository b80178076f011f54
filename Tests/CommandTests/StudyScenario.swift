/// A small scenario for the tests of the commands.
enum StudyScenario {
  /// - Parameters:
  ///   - gate: bounds of the one gate, on a coverage.
  ///   - limit: the most iterations of the second method; 1 makes all its fits fail.
  static func text(
    name: String = "tiny", gate: String = "[0, 1]", replicates: Int = 30, limit: Int = 100
  ) -> String {
    """
    name: \(name)
    seed: 1
    replicates: \(replicates)
    data:
      groups: 6
      group_size: 5
      covariates: [{name: x, distribution: normal}]
      exposure: {uniform: [0.5, 2]}
      fixed: {Intercept: 0.5, x: 0.3}
      random: {Intercept: 0.5}
    methods:
      - {name: structured, approximation: structured}
      - {name: mean-field, approximation: mean-field, maximum_iterations: \(limit)}
    gates:
      - {method: structured, parameter: x, measure: coverage, between: \(gate)}
    """
  }
}
