import GSLNumerics
import PlatformEssentials

/// The rows of a group that is left out, and log p(y_g | theta) of their counts.
///
/// Effects of levels that have rows nowhere else, those of the group itself and of levels nested in
/// it, are integrated out: without these rows they are new. All other effects are in theta, with
/// the fixed effects and the hyperparameters phi.
struct HeldOutGroup {
  /// The frame's rows.
  private let rows: [Int]
  private let frame: ModelFrame
  /// The effects in theta of each factor: for each row where those of its level begin; nil where
  /// they are integrated out.
  private let seenStarts: [[Int?]]
  /// The factors with levels that are integrated out.
  private let inner: [RandomFactor]
  /// The indices of their log SDs and correlations among those of the model.
  private let logSDs: [Int]
  private let partialCorrelations: [Int]
  private let priors: Priors
  private let family: CountFamily

  /// Whether theta has random effects.
  let hasSeenEffects: Bool
  /// Whether the integral has no quadrature.
  var isGeneral: Bool {
    !inner.isEmpty
      && (family != .poisson || inner.count > 1 || inner.contains { !Self.isOneLevel($0) })
  }

  /// - Parameters:
  ///   - rows: those of the group in the frame.
  ///   - levelSizes: how many rows of the frame each level of each factor has.
  init(
    _ rows: [Int], frame: ModelFrame, levelSizes: [[Int]], priors: Priors, family: CountFamily
  ) {
    self.family = family
    self.rows = rows
    self.frame = frame
    self.priors = priors
    var (starts, inner): ([[Int?]], [RandomFactor]) = ([], [])
    var (logSDs, partialCorrelations): ([Int], [Int]) = ([], [])
    var (firstTerm, firstPair) = (0, 0)
    for (factor, sizes) in zip(frame.factors, levelSizes) {
      var own: [Int: Int] = [:]
      let levels = rows.map { factor.grouping.groupOfRow[$0] }
      for level in levels { own[level, default: 0] += 1 }
      let isInner = levels.map { own[$0] == sizes[$0] }
      starts.append(zip(levels, isInner).map { $1 ? nil : $0 * factor.terms.count })
      let pairs = factor.description.correlatedPairs.count
      if isInner.contains(true) {
        inner.append(Self.restricted(factor, to: rows, isInner))
        logSDs += firstTerm..<(firstTerm + factor.terms.count)
        partialCorrelations += firstPair..<(firstPair + pairs)
      }
      firstTerm += factor.terms.count
      firstPair += pairs
    }
    (seenStarts, self.inner) = (starts, inner)
    (self.logSDs, self.partialCorrelations) = (logSDs, partialCorrelations)
    hasSeenEffects = starts.contains { $0.contains { $0 != nil } }
  }

  /// The levels that are integrated out; rows of others have columns of 0.
  private static func restricted(
    _ factor: RandomFactor, to rows: [Int], _ isInner: [Bool]
  ) -> RandomFactor {
    RandomFactor(
      name: factor.name,
      grouping: Grouping(
        keys: zip(rows, isInner).map { $1 ? factor.grouping.groupOfRow[$0] : -1 },
        label: { "\($0)" }),
      terms: factor.terms.map { term in
        DesignColumn(
          name: term.name, values: zip(rows, isInner).map { $1 ? term.values[$0] : 0 })
      }, correlatedSets: factor.correlatedSets)
  }

  /// Whether its integral is one of few dimensions: a single level, or one beside that of the rows
  /// whose columns are 0, with independent terms.
  private static func isOneLevel(_ factor: RandomFactor) -> Bool {
    factor.grouping.count == 1 && factor.correlatedSets.allSatisfy { $0.count == 1 }
  }

  /// A draw of theta.
  struct Draw {
    let parameters: ParameterDraws.Draw
    /// By factor, level-major; none where no effect is in theta.
    let randomEffects: [[Double]]
  }

  /// log p(y_g | theta) for each draw of theta.
  /// - Throws: `FitError` if one is beyond the range of numbers.
  func logDensities(_ draws: [Draw]) throws(FitError) -> [Double] {
    let counts = rows.map { frame.counts[$0] }
    let density = try density(of: counts)
    var values: [Double] = []
    values.reserveCapacity(draws.count)
    for draw in draws {
      try FitLimit.check()
      values.append(try density(linearPredictor(draw), draw.parameters))
    }
    return values
  }

  /// The log density of counts by their linear predictors without what is integrated out.
  private func density(
    of counts: [Double]
  ) throws(FitError) -> (_ eta: [Double], ParameterDraws.Draw) throws(FitError) -> Double {
    if inner.isEmpty {
      guard family == .poisson else {
        return { eta, parameters in
          let distribution = CountDistribution(family, parameters: parameters.familyParameters)
          return zip(counts, eta).reduce(0) { $0 + distribution.logDensity($1.0, predictor: $1.1) }
        }
      }
      let constant = counts.reduce(0) { $0 + GammaFunction.logFactorial($1) }
      return { eta, _ in zip(counts, eta).reduce(-constant) { $0 + $1.0 * $1.1 - exp($1.1) } }
    }
    if isGeneral {
      let likelihood = try GeneralLogLikelihood(
        counts: counts, factors: inner, priors: priors, family: family)
      return { (eta, parameters) throws(FitError) in
        try likelihood.value(
          offset: eta, logSDs: logSDs.map { parameters.logSDs[$0] },
          partialCorrelations: partialCorrelations.map { parameters.partialCorrelations[$0] },
          familyParameters: parameters.familyParameters)
      }
    }
    do {
      let likelihood = try GroupLogLikelihood(
        counts: counts, terms: inner[0].terms.map(\.values))
      return { eta, parameters in
        likelihood.value(offset: eta, logSDs: logSDs.map { parameters.logSDs[$0] })
      }
    } catch {
      throw FitError("The log-likelihood could not be computed: \(error)")
    }
  }

  /// o + x'b + z'u of the effects in theta.
  private func linearPredictor(_ draw: Draw) -> [Double] {
    rows.enumerated().map { place, row in
      var eta = frame.offset?[row] ?? 0
      for (column, effect) in zip(frame.fixed, draw.parameters.fixedEffects) {
        eta += column.values[row] * effect
      }
      guard hasSeenEffects else { return eta }
      for (index, factor) in frame.factors.enumerated() {
        guard let start = seenStarts[index][place] else { continue }
        for (term, column) in factor.terms.enumerated() {
          eta += column.values[row] * draw.randomEffects[index][start + term]
        }
      }
      return eta
    }
  }
}
