import PlatformEssentials

/// A model of any design as the fit sees it: immutable, shared by threads.
final class GeneralProblem: Sendable {
  let layout: EffectLayout
  let hyperparameters: HyperparameterLayout
  /// By factor.
  let hyperparameterPriors: [HyperparameterPrior]
  /// The same with N(0, logSDSD^2) for all log SDs: that of `structured` and `mean-field`.
  private let normalPriors: [HyperparameterPrior]
  /// The counts in the layout's order of rows, under their family.
  private let rows: CountRows
  /// Of the parameters of the family, whose priors are normal with mean 0.
  private let familyPriorSDs: [Double]
  /// n known terms of the linear predictor, in the layout's order of rows.
  let offset: DoubleStorage
  /// G_k, by factor.
  let levels: [Int]
  private let fixedPrecision: Double

  /// - Parameters:
  ///   - largestTrailingBlock: nil if P is never to be factored.
  ///   - wanted: what there is not if the design is beyond what can be factored.
  ///   - family: one without parameters, of counts in the layout's order of rows, in place of the
  ///     data's.
  /// - Throws: `FitError` if the design is beyond what can be factored.
  init(
    _ data: DesignData, priors: Priors,
    largestTrailingBlock: Int? = EffectLayout.largestTrailingBlock, wanted: String = "exact fit",
    family: (([Double]) -> any RowFamily)? = nil
  ) throws(FitError) {
    let factors = data.factors.map {
      EffectFactor(
        levelOfRow: $0.grouping.groupOfRow, levels: $0.grouping.count,
        terms: $0.terms.map(\.values))
    }
    do {
      layout = try EffectLayout(
        factors: factors, fixed: data.fixed, rowCount: data.counts.count,
        largestTrailingBlock: largestTrailingBlock)
    } catch let error as TrailingBlockTooLarge {
      throw FitError(
        "There is no \(wanted), because the grouping factors are crossed so that it would need a "
          + "dense matrix of order \(error.order), and at most \(error.limit) are supported: fewer "
          + "levels, or factors nested in each other, need less.")
    } catch {
      throw FitError("The design could not be laid out: \(error)")
    }
    hyperparameters = HyperparameterLayout(
      data.factors.map { CovarianceStructure(setSizes: $0.correlatedSets.map(\.count)) })
    hyperparameterPriors = data.factors.map { factor in
      HyperparameterPrior(
        logSDs: priors.logSDPriors(of: [factor.description]),
        correlationShape: priors.correlationShape)
    }
    normalPriors = data.factors.map { factor in
      HyperparameterPrior(
        logSDs: factor.terms.map { _ in .normal(sd: priors.logSDSD) },
        correlationShape: priors.correlationShape)
    }
    let order = layout.rowOrder
    let counts = order.map { data.counts[$0] }
    rows = family.map { CountRows($0(counts)) } ?? CountRows(counts, family: data.family)
    familyPriorSDs = data.family.parameters.map { $0.priorSD(priors) }
    offset = DoubleStorage(order.map { data.offset[$0] })
    levels = factors.map(\.levels)
    fixedPrecision = priors.fixedEffectPrecision
  }

  /// N(0, Lambda^-1) at given hyperparameters.
  func prior(at phi: [Double]) -> EffectPrior {
    prior(
      precisions: hyperparameters.precisions(at: phi),
      logDeterminants: hyperparameters.logDeterminants(at: phi))
  }

  /// The prior with the expectations of Sigma_k^-1 and log|Sigma_k| under a q(phi).
  func prior(_ moments: HyperparameterMoments) -> EffectPrior {
    prior(precisions: moments.precisions, logDeterminants: moments.logDeterminants)
  }

  /// The prior with these values or expectations of Sigma_k^-1 and log|Sigma_k|.
  func prior(precisions: [Matrix], logDeterminants: [Double]) -> EffectPrior {
    EffectPrior(
      precisions: precisions, logDeterminants: logDeterminants, levels: levels,
      fixedCount: layout.fixedCount, fixedPrecision: fixedPrecision)
  }

  /// How q(phi) of `structured` and `mean-field` moves.
  var ascent: HyperparameterAscent {
    HyperparameterAscent(
      hyperparameters, priors: normalPriors, levels: levels,
      family: FamilyAscent(priorSDs: familyPriorSDs))
  }

  /// How much deeper a lattice goes in the tails of the log SDs.
  var tailDepth: Double {
    hyperparameterPriors.flatMap(\.logSDs).tailDepth
  }

  /// Whether the prior of some log SD falls as exp(s) towards small SDs.
  var hasExponentialTail: Bool {
    hyperparameterPriors.flatMap(\.logSDs).hasExponentialTail
  }

  /// Log SDs of -1/2 and no correlation, a size of e and a zero share of 1/4: where a search
  /// starts.
  var startingHyperparameters: [Double] {
    hyperparameters.isLogSD.map { $0 ? -0.5 : 0 }
      + rows.family.parameters.map { $0 == .logOverdispersionSD ? -0.5 : -1.1 }
  }

  /// (m, log r) of the q(phi) that a joint ascent starts from.
  var startingPosterior: [Double] {
    startingHyperparameters + typicalVariances.map { log($0) }
  }

  /// About the variances that the hyperparameters have a posteriori where the data are informative:
  /// 1 / (2 G) for a log SD, and for a z as much with its prior.
  var typicalVariances: [Double] {
    hyperparameters.descriptions.map { 1 / (2 * Double(levels[$0.factor]) + 1) }
      + familyPriorSDs.map { _ in 0.05 }
  }

  /// The number of hyperparameters: those of the factors, and after them those of the family.
  var hyperparameterCount: Int { hyperparameters.count + familyPriorSDs.count }

  /// Which of the hyperparameters have a density that may go on to the left as the prior does: log
  /// SDs, and the parameters of a family, which next to Poisson says no more of them.
  var isStretched: [Bool] { hyperparameters.isLogSD + familyPriorSDs.map { _ in true } }

  /// The parameters of the family among phi.
  func familyParameters(_ phi: [Double]) -> [Double] { Array(phi.dropFirst(hyperparameters.count)) }

  /// Where else a mode of the hyperparameters may be found: with nearly no zeros beside those that
  /// small means explain, and with most of them.
  func otherStarts(_ phi: [Double]) -> [[Double]] {
    guard rows.family.hasZeroShare else { return [] }
    let own = Array(phi.prefix(hyperparameters.count))
    return [(0.3, -4.0), (-1.5, 0.5)].map { overdispersion, share in
      own + rows.family.parameters.map { $0 == .logitZeroShare ? share : overdispersion }
    }
  }

  /// Whether the log density of every row is concave.
  var hasPositiveWeights: Bool { !rows.family.hasZeroShare }

  /// The family of the counts at given hyperparameters.
  func family(at phi: [Double]) -> any RowFamily { rows.family(at: familyParameters(phi)) }

  /// The family under independent normals of the hyperparameters.
  func family(means: [Double], variances: [Double]) -> any RowFamily {
    rows.family(means: familyParameters(means), variances: familyParameters(variances))
  }

  /// log p(phi).
  func logPrior(at phi: [Double]) -> Double {
    zip(familyParameters(phi), familyPriorSDs).reduce(
      hyperparameters.logPrior(at: phi, hyperparameterPriors)
    ) { $0 + LogSDPrior.normal(sd: $1.1).logDensity(at: $1.0) }
  }

  /// The derivatives of log p(phi).
  func logPriorGradient(at phi: [Double]) -> [Double] {
    hyperparameters.logPriorGradient(at: phi, hyperparameterPriors)
      + zip(familyParameters(phi), familyPriorSDs).map { LogSDPrior.normal(sd: $1).slope(at: $0) }
  }

  /// The random effects' part of a vector over theta, in the order of results: factor after factor.
  func randomPart(_ theta: DoubleStorage) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(layout.fixedStart)
    for factor in levels.indices {
      let start = layout.start(ofFactor: factor)
      let count = levels[factor] * layout.termCount(ofFactor: factor)
      result += UnsafeBufferPointer(start: theta.pointer + start, count: count)
    }
    return result
  }

  /// The fixed effects' part of a vector over theta.
  func fixedPart(_ theta: DoubleStorage) -> [Double] {
    Array(
      UnsafeBufferPointer(start: theta.pointer + layout.fixedStart, count: layout.fixedCount))
  }

  /// The log SDs among phi, factor after factor and term after term.
  func logSDs(_ phi: [Double]) -> [Double] {
    zip(phi, hyperparameters.isLogSD).filter(\.1).map(\.0)
  }

  /// The correlations' parameters among phi.
  func partialCorrelations(_ phi: [Double]) -> [Double] {
    zip(phi, hyperparameters.isLogSD).filter { !$0.1 }.map(\.0)
  }

  /// phi from its log SDs, its correlations' parameters and those of the family.
  func hyperparameters(
    logSDs: [Double], partialCorrelations: [Double], family: [Double]
  ) -> [Double] {
    var (next, nextCorrelation) = (0, 0)
    let own = hyperparameters.isLogSD.map { isLogSD in
      if isLogSD {
        next += 1
        return logSDs[next - 1]
      }
      nextCorrelation += 1
      return partialCorrelations[nextCorrelation - 1]
    }
    return own + family
  }
}
