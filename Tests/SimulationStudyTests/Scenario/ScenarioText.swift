@testable import SimulationStudy

/// Scenarios as the tests write them.
enum ScenarioText {
  /// A small scenario that uses most of the format; lines are numbered in the tests that break it.
  static let simulated = """
    name: small
    description: two levels of covariates
    seed: 20261122
    replicates: 20
    data:
      groups: 8
      group_size: {uniform: [2, 6]}
      covariates:
        - {name: x1, distribution: normal, mean: 1, sd: 2}
        - {name: x2, distribution: uniform, min: -1, max: 1, level: group}
        - {name: treated, distribution: bernoulli, p: 0.25, level: group}
      exposure: {uniform: [0.5, 2]}
      fixed: {Intercept: 0.5, x1: 0.3, treated: -0.4}
      random: {Intercept: 0.5, x1: 0.2}
    methods:
      - {name: structured, approximation: structured}
      - {name: plain, approximation: mean-field, maximum_iterations: 50}
    gates:
      - {method: plain, parameter: log_sd(x1), measure: coverage, between: [0.9, 1]}
    """

  static let given = """
    name: given
    data:
      table:
        y: [2, 3, 5, 1]
        x: [1, 2.5, 3, 1e-3]
        group: [b, b, 7, 7]
      fixed: [Intercept, x]
      random: [Intercept]
    methods:
      - {name: structured, approximation: structured}
    gates:
      - {method: structured, parameter: x, measure: estimate, between: [0.1, 0.2]}
    """

  static func parse(_ text: String) throws(ScenarioError) -> Scenario {
    try ScenarioFile.parse(bytes: Array(text.utf8), file: "s.yml")
  }

  /// What is said about a scenario that is no good, or nil if it is good.
  static func complaint(about text: String) -> String? {
    do throws(ScenarioError) {
      _ = try parse(text)
      return nil
    } catch {
      return error.description
    }
  }
}

extension DataGeneratingMechanism {
  /// The number of groups; 0 for a design of something else.
  var groups: Int {
    guard case .constant(let count) = design.factors[0].levels, design.isOfGroups else { return 0 }
    return count
  }

  /// How many rows each group has.
  var groupSize: GroupSize { design.rowsPerCell }
}
