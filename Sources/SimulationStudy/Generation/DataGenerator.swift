import Foundation
import GSLNumerics
import PoissonGLMM

/// Draws the data sets of a scenario. The data of a replicate are a function of the scenario and
/// the replicate's number alone: whatever else was drawn before, and whichever thread asks.
public struct DataGenerator: DataSetGenerator {
  private let scenarioName: String
  private let source: DataSource
  /// What parameters are drawn from; nil where they are the same in every replicate.
  private let drawnFrom: Priors?

  /// Draws nothing yet.
  public init(_ scenario: Scenario) {
    scenarioName = scenario.streamName
    source = scenario.data
    drawnFrom = scenario.kind == .calibration ? scenario.priors : nil
  }

  /// The data set of a replicate (0, 1, 2, ...).
  ///
  /// Design, covariates, random effects, counts, parameters and each departure that draws are drawn
  /// from streams of their own; covariates and parameters one after the other, random effects
  /// factor by factor and term by term. So another covariate, factor or term at the end leaves
  /// those before it as they were.
  /// - Throws: `GenerationError` if a mean count is not a number up to 10^15, if a
  ///   covariate is not finite, if there are too many rows, if there is no memory for a stream, or
  ///   if the data are another generator's to draw.
  public func dataSet(replicate: Int) throws(GenerationError) -> SimulatedCounts {
    switch source {
    case .given(let data):
      return SimulatedCounts(data: data, randomEffects: [], drawnParameters: [:])
    case .simulated(let mechanism): return try draw(mechanism, replicate: replicate)
    case .generated(let own):
      throw GenerationError(
        "the data are drawn by "
          + (own.command.map { "the program '\($0.text)'." } ?? "a generator that is not here."))
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
    let effectStream = try streams.stream(.randomEffects)
    let design = try isFixed ? streams.sharedStream(.fixedDesign) : streams.stream(.design)

    let cells = try CellLayout(mechanism.design, from: design)
    var sizes = mechanism.design.rowsPerCell.drawSizes(groups: cells.count, from: design)
    var effects: [StandardizedEffects] = []
    if departures.informativeGroupSize != 0 {
      // Of one factor, whose levels are the cells.
      effects = [
        try Self.effects(mechanism, mechanism.randomFactors[0], cells.count, effectStream)
      ]
      let terms = mechanism.randomFactors[0].terms
      let intercept = terms.firstIndex(of: DataGeneratingMechanism.interceptName) ?? 0
      sizes = departures.informed(
        sizes, intercepts: (0..<cells.count).map { effects[0][$0, intercept] })
    }
    let layout = try RowLayout(cells, sizes: sizes, from: design)
    let exposure = mechanism.exposure.map { range in
      (0..<layout.rows).map { _ in design.uniform(from: range.lower, to: range.upper) }
    }
    let covariates = try CovariateSampler(
      mechanism.covariates, layout: layout,
      from: isFixed ? streams.sharedStream(.fixedCovariates) : streams.stream(.covariates)
    ).columns

    let simulation = try Self.design(mechanism, layout, covariates, exposure)
    for (factor, random) in zip(simulation.factors, mechanism.randomFactors)
      .dropFirst(effects.count)
    {
      effects.append(try Self.effects(mechanism, random, factor.grouping.count, effectStream))
    }
    if let correlation = departures.covariateCorrelation,
      let term = mechanism.randomFactors[0].terms.firstIndex(of: correlation.term)
    {
      effects[0].correlate(
        term: term, with: Self.scores(correlation.covariate, covariates, mechanism, layout),
        correlation.coefficient)
    }
    let randomEffects = zip(effects, mechanism.randomFactors).map { effects, factor in
      effects.values.enumerated().map { index, value in
        factor.effects[index % effects.terms].value * value
      }
    }
    let counts = try drawCounts(
      mechanism,
      simulation.linearPredictor(
        fixedEffects: mechanism.fixed.map(\.value), randomEffects: randomEffects),
      streams)
    return SimulatedCounts(
      data: ClusteredCounts(
        counts: counts, groupings: layout.groupings, covariates: covariates,
        exposure: exposure, fixedNames: mechanism.fixed.map(\.name), random: mechanism.structures),
      randomEffects: randomEffects.flatMap { $0 }, drawnParameters: drawnParameters)
  }

  /// The effects of so many levels of a factor, each over its standard deviation.
  private static func effects(
    _ mechanism: DataGeneratingMechanism, _ factor: FactorEffects, _ levels: Int,
    _ stream: RandomStream
  ) throws(GenerationError) -> StandardizedEffects {
    try StandardizedEffects(
      terms: factor.terms, groups: levels, shape: mechanism.departures.randomEffects,
      correlations: factor.correlations + mechanism.departures.randomCorrelations, from: stream)
  }

  /// The columns and the levels of the rows.
  private static func design(
    _ mechanism: DataGeneratingMechanism, _ layout: RowLayout, _ covariates: [DesignColumn],
    _ exposure: [Double]?
  ) throws(GenerationError) -> SimulationDesign {
    let intercept = DesignColumn.intercept(rows: layout.rows)
    func column(_ name: String) -> DesignColumn {
      covariates.column(of: name) ?? intercept
    }
    var factors: [RandomFactor] = []
    for random in mechanism.randomFactors {
      guard let grouping = layout.groupings.grouping(of: random.factor, rows: layout.rows) else {
        throw GenerationError("there is no grouping factor '\(random.factor)'.")
      }
      factors.append(
        RandomFactor(
          name: random.factor, grouping: grouping, terms: random.terms.map(column)))
    }
    return SimulationDesign(
      rowCount: layout.rows, fixed: mechanism.fixed.map { column($0.name) }, factors: factors,
      offset: exposure?.map { log($0) })
  }

  /// For each group, the value of a group-level covariate less its mean over its standard
  /// deviation, both those of its distribution.
  private static func scores(
    _ name: String, _ columns: [DesignColumn], _ mechanism: DataGeneratingMechanism,
    _ layout: RowLayout
  ) -> [Double] {
    var scores = [Double](repeating: 0, count: layout.levelCounts[0])
    guard let column = columns.first(where: { $0.name == name }),
      let distribution = mechanism.covariates.first(where: { $0.name == name })?.distribution,
      let mean = distribution.mean, let sd = distribution.standardDeviation
    else { return scores }
    for (row, group) in layout.groupings[0].levelOfRow.enumerated() {
      scores[group] = (column.values[row] - mean) / sd
    }
    return scores
  }

  private func drawCounts(
    _ mechanism: DataGeneratingMechanism, _ linearPredictor: [Double], _ streams: ReplicateStreams
  ) throws(GenerationError) -> [Double] {
    if mechanism.family.family != .poisson {
      return try CountSampling.counts(
        linearPredictor, of: mechanism.family.distribution, from: streams.stream(.counts))
    }
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
