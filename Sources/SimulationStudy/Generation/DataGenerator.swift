import Foundation
import GSLNumerics
import PoissonGLMM

/// One drawn data set, with the random effects that are behind it.
public struct SimulatedCounts: Sendable, Equatable {
  /// What an estimator is given.
  public let data: ClusteredCounts
  /// One value for each group and term, group-major; empty where the data are given.
  public let randomEffects: [Double]
  /// The true values that this replicate has drawn, by parameter name; empty but in a calibration.
  public let drawnParameters: [String: Double]
}

/// Draws the data sets of a scenario. The data of a replicate are a function of the scenario and
/// the replicate's number alone: whatever else was drawn before, and whichever thread asks.
public struct DataGenerator: Sendable {
  private let scenarioName: String
  private let source: DataSource
  /// What parameters are drawn from; nil where they are the same in every replicate.
  private let drawnFrom: Priors?

  /// Draws nothing yet.
  public init(_ scenario: Scenario) {
    scenarioName = scenario.name
    source = scenario.data
    drawnFrom = scenario.kind == .calibration ? scenario.priors : nil
  }

  /// The data set of a replicate (0, 1, 2, ...).
  ///
  /// Design, covariates, random effects, counts, parameters and each departure that draws are drawn
  /// from streams of their own; covariates and parameters one after the other, random effects term
  /// by term. So another covariate or term at the end leaves those before it as they were.
  /// - Throws: `GenerationError` if a mean count is not a number up to 10^15, if a
  ///   covariate is not finite, if there are too many rows, or if there is no memory for a stream.
  public func dataSet(replicate: Int) throws(GenerationError) -> SimulatedCounts {
    switch source {
    case .given(let data):
      return SimulatedCounts(data: data, randomEffects: [], drawnParameters: [:])
    case .simulated(let mechanism): return try draw(mechanism, replicate: replicate)
    }
  }

  private func draw(
    _ mechanism: DataGeneratingMechanism, replicate: Int
  ) throws(GenerationError) -> SimulatedCounts {
    let streams = ReplicateStreams(
      generator: mechanism.generator, seed: mechanism.seed, scenario: scenarioName,
      replicate: UInt64(max(0, replicate)))
    var mechanism = mechanism
    var drawnParameters: [String: Double] = [:]
    if let drawnFrom {
      (mechanism, drawnParameters) = try ParameterSampling.draw(
        mechanism, from: drawnFrom, streams)
    }
    let isFixed = mechanism.covariatesAreFixed
    let departures = mechanism.departures
    let terms = mechanism.random.map(\.name)

    var effects = try StandardizedEffects(
      terms: terms, groups: mechanism.groups, departures: departures,
      from: streams.stream(.randomEffects))

    let design = try isFixed ? streams.sharedStream(.fixedDesign) : streams.stream(.design)
    let sizes = mechanism.groupSize.drawSizes(groups: mechanism.groups, from: design)
    let intercept = terms.firstIndex(of: DataGeneratingMechanism.interceptName) ?? 0
    let layout = try RowLayout(
      sizes: departures.informed(
        sizes, intercepts: (0..<mechanism.groups).map { effects[$0, intercept] }))
    let exposure = mechanism.exposure.map { range in
      layout.groupOfRow.map { _ in design.uniform(from: range.lower, to: range.upper) }
    }
    let covariates = try CovariateSampler(
      mechanism.covariates, layout: layout,
      from: isFixed ? streams.sharedStream(.fixedCovariates) : streams.stream(.covariates)
    ).columns

    if let correlation = departures.covariateCorrelation,
      let term = terms.firstIndex(of: correlation.term)
    {
      effects.correlate(
        term: term, with: Self.scores(correlation.covariate, covariates, mechanism, layout),
        correlation.coefficient)
    }
    let randomEffects = effects.values.enumerated().map { index, value in
      mechanism.random[index % terms.count].value * value
    }
    let counts = try drawCounts(
      mechanism,
      Self.linearPredictor(
        mechanism, groupOfRow: layout.groupOfRow, covariates: covariates, exposure: exposure,
        randomEffects: randomEffects),
      streams)
    return SimulatedCounts(
      data: ClusteredCounts(
        counts: counts, groupOfRow: layout.groupOfRow, covariates: covariates,
        exposure: exposure, fixedNames: mechanism.fixed.map(\.name), randomNames: terms),
      randomEffects: randomEffects, drawnParameters: drawnParameters)
  }

  /// For each group, the value of a group-level covariate less its mean over its standard
  /// deviation, both those of its distribution.
  private static func scores(
    _ name: String, _ columns: [DesignColumn], _ mechanism: DataGeneratingMechanism,
    _ layout: RowLayout
  ) -> [Double] {
    var scores = [Double](repeating: 0, count: layout.groups)
    guard let column = columns.first(where: { $0.name == name }),
      let distribution = mechanism.covariates.first(where: { $0.name == name })?.distribution,
      let mean = distribution.mean, let sd = distribution.standardDeviation
    else { return scores }
    for (row, group) in layout.groupOfRow.enumerated() {
      scores[group] = (column.values[row] - mean) / sd
    }
    return scores
  }

  private static func linearPredictor(
    _ mechanism: DataGeneratingMechanism, groupOfRow: [Int],
    covariates: [DesignColumn], exposure: [Double]?, randomEffects: [Double]
  ) -> [Double] {
    var linearPredictor =
      exposure?.map { log($0) } ?? [Double](repeating: 0, count: groupOfRow.count)
    for effect in mechanism.fixed {
      let column = covariates.first { $0.name == effect.name }?.values
      add(column, to: &linearPredictor) { _ in effect.value }
    }
    let terms = mechanism.random.count
    for (term, effect) in mechanism.random.enumerated() {
      let column = covariates.first { $0.name == effect.name }?.values
      add(column, to: &linearPredictor) { randomEffects[groupOfRow[$0] * terms + term] }
    }
    return linearPredictor
  }

  /// Adds coefficient times column to every row; without a column, the coefficient alone.
  private static func add(
    _ column: [Double]?, to linearPredictor: inout [Double], coefficient: (_ row: Int) -> Double
  ) {
    if let column {
      for row in linearPredictor.indices { linearPredictor[row] += coefficient(row) * column[row] }
    } else {
      for row in linearPredictor.indices { linearPredictor[row] += coefficient(row) }
    }
  }

  private func drawCounts(
    _ mechanism: DataGeneratingMechanism, _ linearPredictor: [Double], _ streams: ReplicateStreams
  ) throws(GenerationError) -> [Double] {
    var multipliers: [Double]?
    if let shape = mechanism.departures.overdispersionShape {
      let stream = try streams.stream(.overdispersion)
      multipliers = linearPredictor.map { _ in stream.gamma(shape: shape, scale: 1 / shape) }
    }
    var counts = try CountSampling.poisson(
      linearPredictor, multipliers: multipliers, from: streams.stream(.counts))
    let zeroInflation = mechanism.departures.zeroInflation
    if zeroInflation > 0 {
      let stream = try streams.stream(.zeroInflation)
      for row in counts.indices where stream.bernoulli(probability: zeroInflation) == 1 {
        counts[row] = 0
      }
    }
    return counts
  }
}
