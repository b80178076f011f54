import GSLNumerics
import PoissonGLMM

/// New counts for a design, from a fitted model: the parametric bootstrap, or with parameters that
/// are drawn from the posterior its predictive distribution. Random effects are drawn anew for
/// every group, or are those of the groups that the model was fitted to.
package struct FittedModelGenerator: Sendable {
  /// One replicate with what is behind it.
  package struct Replicate: Sendable, Equatable {
    /// One a row of the design.
    package let counts: [Double]
    let fixedEffects: [Double]
    /// None where the random effects are those of the fit, and no correlations either.
    let logSDs: [Double]
    /// The atanh of canonical partial correlations, as `CorrelationFactor` takes them.
    let partialCorrelations: [Double]
    /// One value for each level and term, factor after factor, level-major.
    let randomEffects: [Double]
  }

  /// In the address of the streams, where a study has its scenario's name.
  private static let streamName = "simulate --like"

  /// Where parameters and random effects come from.
  private enum Source: Sendable {
    /// The second has one for each component; nil where its fixed effects are known exactly.
    case newGroups(Posterior, [Cholesky?])
    /// The second has the effects of all replicates; nil if each has a draw of its own.
    case seenGroups(SeenEffects, SeenEffects.Values?)
  }

  private let design: SimulationDesign
  private let family: CountFamily
  private let source: Source
  private let seed: UInt64

  /// - Parameters:
  ///   - design: the columns and the levels of the rows.
  ///   - posterior: what the parameters of each replicate are drawn from, fixed effects, log SDs
  ///     and correlations as many as the design asks for. One that knows them exactly makes the
  ///     replicates a parametric bootstrap.
  ///   - family: of the counts, whose parameters the posterior has.
  /// - Throws: `GenerationError` if the parameters are not as many as the design asks for, or a
  ///   posterior covariance is not positive definite in double precision.
  package init(
    design: SimulationDesign, posterior: Posterior, family: CountFamily = .poisson, seed: UInt64
  ) throws(GenerationError) {
    self.design = design
    self.family = family
    self.seed = seed
    let (fixed, terms, pairs) = (design.fixed.count, design.termCount, design.correlationCount)
    let isComplete = posterior.components.allSatisfy {
      $0.gaussian.fixedMean.count == fixed && $0.gaussian.logSDMean.count == terms
        && $0.gaussian.correlationMean.count == pairs
        && $0.gaussian.familyMean.count == family.parameters.count
    }
    guard isComplete, !posterior.components.isEmpty else {
      throw GenerationError(
        "expected \(fixed) fixed effects and \(terms) log standard deviations"
          + (pairs > 0 ? " with \(pairs) correlations" : "") + ", as the design has columns.")
    }
    var factors: [Cholesky?] = []
    for component in posterior.components {
      factors.append(try Self.factor(component.gaussian.fixedCovariance))
    }
    source = .newGroups(posterior, factors)
  }

  /// Counts in the groups that a model was fitted to, with the effects that it found there.
  /// - Parameters:
  ///   - design: the columns of the rows, with the fitted levels of each factor in their order.
  ///   - effects: those of the fit.
  ///   - means: the effects of all replicates; nil if each has its own draw from their joint
  ///     posterior.
  ///   - family: of the counts.
  package init(
    design: SimulationDesign, effects: SeenEffects, means: SeenEffects.Values?,
    family: CountFamily = .poisson, seed: UInt64
  ) {
    self.design = design
    self.family = family
    self.seed = seed
    source = .seenGroups(effects, means)
  }

  private static func factor(_ covariance: Matrix) throws(GenerationError) -> Cholesky? {
    guard covariance.elements.contains(where: { $0 != 0 }) else { return nil }
    do {
      return try Cholesky(covariance.elements, order: covariance.order)
    } catch {
      throw GenerationError("the posterior of the fixed effects cannot be drawn from: \(error).")
    }
  }

  /// The counts of a replicate (0, 1, 2, ...), whatever was drawn before.
  /// - Throws: `GenerationError` if a mean count is not a number up to 10^15.
  package func replicate(_ number: Int) throws(GenerationError) -> Replicate {
    let streams = ReplicateStreams(
      generator: .philox4x64, seed: seed, scenario: Self.streamName,
      replicate: UInt64(max(0, number)))
    func counts(
      _ fixedEffects: [Double], _ randomEffects: [[Double]], _ familyParameters: [Double]
    ) throws(GenerationError) -> [Double] {
      let predictor = design.linearPredictor(
        fixedEffects: fixedEffects, randomEffects: randomEffects)
      let stream = try streams.stream(.counts)
      guard family != .poisson else {
        return try CountSampling.poisson(predictor, from: stream)
      }
      return try CountSampling.counts(
        predictor, of: CountDistribution(family, parameters: familyParameters), from: stream)
    }
    switch source {
    case .newGroups(let posterior, let factors):
      let (fixedEffects, logSDs, partialCorrelations, familyParameters) = Self.parameters(
        posterior, factors, from: try streams.stream(.posteriorDraws))
      let randomEffects = try design.randomEffects(
        logSDs: logSDs, partialCorrelations: partialCorrelations,
        from: streams.stream(.randomEffects))
      return Replicate(
        counts: try counts(fixedEffects, randomEffects, familyParameters),
        fixedEffects: fixedEffects,
        logSDs: logSDs, partialCorrelations: partialCorrelations,
        randomEffects: randomEffects.flatMap { $0 })
    case .seenGroups(let effects, let means):
      let used: SeenEffects.Values
      if let means {
        used = means
      } else {
        used = effects.draw(from: try streams.stream(.posteriorDraws))
      }
      return Replicate(
        counts: try counts(used.fixedEffects, used.randomEffects, used.familyParameters),
        fixedEffects: used.fixedEffects, logSDs: [], partialCorrelations: [],
        randomEffects: used.randomEffects.flatMap { $0 })
    }
  }

  private static func parameters(
    _ posterior: Posterior, _ factors: [Cholesky?], from stream: RandomStream
  ) -> (
    fixedEffects: [Double], logSDs: [Double], partialCorrelations: [Double],
    familyParameters: [Double]
  ) {
    let components = posterior.components
    let index = stream.category(weights: components.map(\.weight)) ?? 0
    let gaussian = components[index].gaussian
    var fixedEffects = gaussian.fixedMean
    if let factor = factors[index] {
      let deviations = factor.correlated(fixedEffects.map { _ in stream.normal() })
      fixedEffects = zip(fixedEffects, deviations).map(+)
    }
    func drawn(_ means: [Double], _ variances: [Double]) -> [Double] {
      zip(means, variances).map { stream.normal(mean: $0, sd: $1.squareRoot()) }
    }
    let logSDs = drawn(gaussian.logSDMean, gaussian.logSDVariance)
    return (
      fixedEffects, logSDs, drawn(gaussian.correlationMean, gaussian.correlationVariance),
      drawn(gaussian.familyMean, gaussian.familyVariance)
    )
  }
}
