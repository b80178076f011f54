import Testing

@testable import SimulationStudy

/// Sample moments against the values that theory gives.
enum MomentCheck {
  /// The mean of `values` is within 5 of its own standard errors of the expected one; by chance one
  /// in 1.7 million goes beyond.
  static func expectMean(
    _ values: [Double], _ expected: Double, _ what: Comment = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
    let error = (variance / n).squareRoot()
    #expect(
      abs(mean - expected) <= 5 * error, "\(what): \(mean) for \(expected), error \(error)",
      sourceLocation: sourceLocation)
  }

  /// Mean 0 and the given standard deviation, through the first two moments.
  static func expectCentred(
    _ values: [Double], sd: Double, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    expectMean(values, 0, "mean", sourceLocation: sourceLocation)
    expectMean(values.map { $0 * $0 }, sd * sd, "variance", sourceLocation: sourceLocation)
  }

  /// One data set of a mechanism.
  static func draw(
    _ mechanism: DataGeneratingMechanism, replicate: Int = 0
  ) throws -> SimulatedCounts {
    let scenario = Scenario(
      name: "moments", replicates: 1, data: .simulated(mechanism),
      methods: [MethodSpecification(name: "m", approximation: .structured)])
    return try DataGenerator(scenario).dataSet(replicate: replicate)
  }

  /// A random intercept with SD 0.7 in groups of one size.
  static func draw(
    groups: Int, size: GroupSize = .constant(1), covariates: [Covariate] = [],
    fixed: [DataGeneratingMechanism.Effect] = [.init("Intercept", 0)],
    random: [DataGeneratingMechanism.Effect] = [.init("Intercept", 0.7)],
    departures: Departures = Departures()
  ) throws -> SimulatedCounts {
    try draw(
      DataGeneratingMechanism(
        seed: 11, groups: groups, groupSize: size, covariates: covariates, fixed: fixed,
        random: random, departures: departures))
  }
}
