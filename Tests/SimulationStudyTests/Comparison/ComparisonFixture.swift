import Foundation

@testable import SimulationStudy

/// Studies to compare: a scenario fitted by the real fitter, or by one that a test has spoiled.
enum ComparisonFixture {
  static let replicates = 60

  static func scenario(seed: Int = 1) throws -> Scenario {
    try ScenarioFile.parse(
      bytes: Array(
        """
        name: pair
        seed: \(seed)
        replicates: \(replicates)
        data:
          groups: 8
          group_size: 6
          covariates: [{name: x, distribution: normal}, {name: z, distribution: normal, level: \
        group}]
          fixed: {Intercept: 0.5, x: 0.3, z: -0.4}
          random: {Intercept: 0.5}
        methods:
          - {name: structured, approximation: structured}
          - {name: mean-field, approximation: mean-field}
        """.utf8), file: "pair.yml")
  }

  /// All fits of a scenario, with seconds that are the same in every run.
  static func records(
    _ scenario: Scenario, estimator: @escaping StudyRunner.EstimatorFactory = Self.sound
  ) -> [ReplicateRecord] {
    StudyRunner([scenario], estimator: estimator).records(workers: 2).map {
      $0.with(seconds: 1e-4 * (1 + 0.5 * Double($0.replicate % 7)))
    }
  }

  @Sendable static func sound(
    _ scenario: Scenario, _ method: MethodSpecification
  ) -> any Estimator {
    VariationalEstimator(method, priors: scenario.priors, alpha: scenario.alpha)
  }

  static func study(
    _ scenario: Scenario, _ records: [ReplicateRecord], name: String = "study",
    processor: String = "Z80", programs: [ProgramRecord] = [],
    fingerprint: DataFingerprint? = nil
  ) -> ComparedStudy {
    ComparedStudy(
      name: name, environment: environment(processor: processor), command: "glmm-poisson study run",
      programs: programs,
      scenarios: [ComparedScenario(scenario, fingerprint: fingerprint, records: records)])
  }

  static func environment(processor: String = "Z80") -> RunEnvironment {
    RunEnvironment(
      packageVersion: "1", swiftVersion: "6.3", gslVersion: "2.7", processor: processor, cores: 2,
      operatingSystem: "CP/M", workers: 1)
  }

  /// The same study as the baseline's files keep it.
  static func baseline(_ scenario: Scenario, _ records: [ReplicateRecord]) throws -> ComparedStudy {
    let whole = ComparedScenario(scenario, records: records)
    return study(
      scenario,
      try BaselineTable.records(
        of: BaselineTable.text(of: whole), scenario: scenario.name, name: "pair.csv"),
      name: "baseline")
  }

  /// What the rules say of records against those of the sound fitter.
  static func findings(
    of records: [ReplicateRecord], against baseline: [ReplicateRecord], on scenario: Scenario,
    rounds: [StudyComparison.Round] = []
  ) throws -> [ComparisonFinding] {
    try StudyComparison(
      baseline: Self.baseline(scenario, baseline), current: study(scenario, records),
      rounds: rounds
    ).findings
  }

  /// As many as `scripts/compare-in-turn` has at most, besides the studies themselves.
  static let furtherRounds = 15

  /// Rounds of a program and of one that takes `factor` times as long, each run on a machine with
  /// stretches of other work of its own.
  static func rounds(
    _ scenario: Scenario, _ records: [ReplicateRecord], factor: Double = 1, noise: inout Noise
  ) -> [StudyComparison.Round] {
    (0..<furtherRounds).map { _ in
      StudyComparison.Round(
        baseline: study(scenario, noise.timed(records)),
        current: study(scenario, noise.timed(records, factor: factor)))
    }
  }
}

extension ReplicateRecord {
  func with(seconds: Double) -> ReplicateRecord {
    ReplicateRecord(
      scenario: scenario, method: method, replicate: replicate, outcome: outcome, seconds: seconds)
  }

  /// The same record with another result; a failure stays one.
  func mapResult(_ change: (EstimationResult) -> EstimationResult) -> ReplicateRecord {
    guard case .fitted(let result) = outcome else { return self }
    return ReplicateRecord(
      scenario: scenario, method: method, replicate: replicate, outcome: .fitted(change(result)),
      seconds: seconds)
  }
}

extension EstimationResult {
  func with(
    bound: Double? = nil, iterations: Int? = nil, converged: Bool? = nil,
    quantities: [(FitQuantity, Double)]? = nil,
    parameters change: (ParameterEstimate) -> ParameterEstimate = { $0 }
  ) -> EstimationResult {
    EstimationResult(
      parameters: parameters.map(change), evidenceLowerBound: bound ?? evidenceLowerBound,
      iterations: iterations ?? self.iterations, reason: reason,
      converged: converged ?? self.converged,
      quantities: quantities ?? Array(zip(self.quantities, quantityValues)))
  }
}

extension ParameterEstimate {
  /// Moved by some SDs, and its SD and interval stretched around the new estimate.
  func moved(sds: Double = 0, stretch: Double = 1) -> ParameterEstimate {
    let center = estimate + sds * (standardError ?? 0)
    return ParameterEstimate(
      parameter: parameter, estimate: center, standardError: standardError.map { stretch * $0 },
      intervalLower: intervalLower.map { center - stretch * (estimate - $0) },
      intervalUpper: intervalUpper.map { center + stretch * ($0 - estimate) }, pValue: pValue,
      truth: truth, probabilityBelowTruth: probabilityBelowTruth)
  }
}

/// A small generator (splitmix64, Steele, Lea & Flood 2014) for noise that is the same in every
/// run.
struct Noise: RandomNumberGenerator {
  private var state: UInt64

  init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func normal() -> Double {
    let (u, v) = (
      Double.random(in: 1e-300..<1, using: &self), Double.random(in: 0..<1, using: &self)
    )
    return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
  }

  /// What a clock makes of a fit's time: 15 % of noise, and every twentieth fit disturbed tenfold.
  mutating func disturbance() -> Double {
    let factor = exp(0.15 * normal())
    return Double.random(in: 0..<1, using: &self) < 0.05 ? 10 * factor : factor
  }

  /// A run's records, in its order, with times as a machine gives them that others use:
  /// `disturbance` for each fit, and stretches of 20 fits on average, a fourth of all, in which
  /// everything takes 1.3 to 4 times as long.
  mutating func timed(_ records: [ReplicateRecord], factor: Double = 1) -> [ReplicateRecord] {
    var load = 1.0
    return records.map { record in
      if load > 1 {
        if Double.random(in: 0..<1, using: &self) < 0.05 { load = 1 }
      } else if Double.random(in: 0..<1, using: &self) < 0.05 / 3 {
        load = Double.random(in: 1.3..<4, using: &self)
      }
      return record.with(seconds: record.seconds * factor * load * disturbance())
    }
  }
}
