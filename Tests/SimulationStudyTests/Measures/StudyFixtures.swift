@testable import SimulationStudy

/// Small values from which tests build studies.
enum Fixture {
  static func parameter(
    _ name: String, _ estimate: Double, se: Double = 1, halfWidth: Double = 2, p: Double? = 0.5
  ) -> ParameterEstimate {
    ParameterEstimate(
      parameter: name, estimate: estimate, standardError: se,
      intervalLower: estimate - halfWidth, intervalUpper: estimate + halfWidth, pValue: p)
  }

  static func result(
    _ parameters: [ParameterEstimate], iterations: Int = 5, reason: String = "converged",
    converged: Bool = true
  ) -> EstimationResult {
    EstimationResult(
      parameters: parameters, evidenceLowerBound: -1, iterations: iterations, reason: reason,
      converged: converged)
  }

  static func record(
    _ replicate: Int, _ parameters: [ParameterEstimate], scenario: String = "s",
    method: String = "m", seconds: Double = 0.001
  ) -> ReplicateRecord {
    ReplicateRecord(
      scenario: scenario, method: method, replicate: replicate,
      outcome: .fitted(result(parameters)), seconds: seconds)
  }

  static func failure(
    _ replicate: Int, _ reason: String, scenario: String = "s", method: String = "m"
  ) -> ReplicateRecord {
    ReplicateRecord(
      scenario: scenario, method: method, replicate: replicate, outcome: .failed(reason),
      seconds: 0)
  }

  static func scenario(
    _ name: String = "s", truth: [String: Double] = ["a": 0], methods: [String] = ["m"],
    replicates: Int = 4, alpha: Double = 0.05, gates: [Gate] = []
  ) -> ScenarioSummary {
    ScenarioSummary(
      name: name, description: "", seed: 1, generator: "philox4x64-10", replicates: replicates,
      alpha: alpha, truth: truth, methods: methods, gates: gates, contentHash: "00ff",
      details: [])
  }

  static let environment = RunEnvironment(
    packageVersion: "0.1.0", swiftVersion: "6.3", gslVersion: "2.7.1", processor: "Test CPU",
    cores: 2, operatingSystem: "Test OS", workers: 2)
}
