import PlatformEssentials

/// The `integrated` and `corrected` approximations: q(b, u | s) Gaussian for each s, q(s) free and
/// integrated by quadrature.
///
/// With F(s) the largest bound at given s, q(s) is proportional to exp(F(s)) p(s), and
/// the bound on the evidence is the log of its integral. Marginals are mixtures over the points of
/// a rule. For up to three random terms these are a lattice; where the posterior is smooth enough,
/// polynomials through few fits give the values at most of its points. With more terms the rule is
/// a central composite design, with lines of fits through its center for the log SDs themselves.
///
/// `corrected` takes the covariances from linear response. On a lattice it also takes an estimate
/// of log p(y | s) in place of F(s). The derivatives of that estimate give the fixed effects'
/// skewness given s and, with many groups, a shift of their means. Without a lattice the mixtures
/// are of normals.
struct IntegratedFit {
  private let model: PoissonMixedModel
  /// The points of the rule, their weights, which add up to 1, and the fits that they refer to.
  let points: [LogSDPoint]
  let weights: [Double]
  let fits: [LogSDEvaluation]
  private let logSDs: [Marginal]
  let bound: Double
  let logEvidence: Double?
  /// nil where the fit began at that of another model.
  private let structured: OptimizationSummary?
  /// Its bounds, where it was made under the same priors. It has N(0, logSDSD^2) for all log SDs:
  /// where some have other priors, it is a start only.
  private let structuredBounds: [Double]
  private let keepsRandomEffects: Bool
  /// M, p x p, where the fixed effects to be reported are M b.
  private let effectMatrix: Matrix?
  private let combinations: [[Double]]
  private let iterations: Int
  private let stopReason: StopReason
  /// How far the fits are from the optimum, in posterior SDs.
  let distance: Double
  /// Where to start a fit of the same columns.
  let mode: Start
  /// Whether the log SDs have a second mode, far from the first.
  let hasDistantMode: Bool
  let warnings: [String]
  private let branches: Set<IntegrationBranch>

  /// The most random terms for which a lattice is affordable: about 11, 100 and 620 points for one,
  /// two and three.
  static let maximumLatticeDimensions = 3
  /// The most random terms at all: a composite design has 2^K corners.
  static let maximumDimensions = 10

  /// About the mode of q(s), and the state of the fit there.
  struct Start {
    let logSDs: [Double]
    let state: DoubleStorage
  }

  /// - Parameters:
  ///   - effectMatrix: M, p x p, where the fixed effects to be reported are M b.
  ///   - interpolates: whether polynomials may take the place of fits where they are near enough.
  ///   - start: the mode of a fit to nearly the same data; by default that of the structured
  ///     approximation.
  init(
    _ model: PoissonMixedModel, options: FitOptions, effectMatrix: Matrix? = nil,
    interpolates: Bool = true, from start: Start? = nil
  ) throws(FitError) {
    self.model = model
    keepsRandomEffects = options.keepsRandomEffects
    self.effectMatrix = effectMatrix
    combinations = options.combinations
    let isCorrected = options.approximation == .corrected
    let dimensions = model.randomNames.count
    let usesLattice = dimensions <= Self.maximumLatticeDimensions
    guard dimensions <= Self.maximumDimensions else {
      throw FitError(
        "There are \(dimensions) random terms: \(options.approximation.rawValue) integrates over "
          + "at most "
          + "\(Self.maximumDimensions) log standard deviations; structured takes any number.")
    }
    // Without a single event SDs may be so large that quadrature over the random effects fails: the
    // bound is used then.
    let usesEvidence = isCorrected && usesLattice && model.data.hasEvents
    let maximizer = model.boundMaximizer(options)
    let first = start == nil ? try maximizer.maximize() : nil
    structured = first?.summary
    structuredBounds =
      model.priors.standardDeviations.isEmpty ? first?.summary.bounds ?? [] : []
    let evidence = usesEvidence ? try Self.evidence(model, options) : nil
    let fitter = LogSDEvaluator(
      maximizer, model: model, evidence: evidence, usesLinearResponse: isCorrected,
      effectMatrix: effectMatrix, combinations: options.combinations)
    let mode = try LogSDMode(
      fitter, start: start?.logSDs ?? first?.posterior.logSDMean ?? [], from: start?.state,
      priors: model.logSDPriors)
    self.mode = Start(logSDs: mode.center, state: mode.state)
    let rule: Rule
    let reach = usesLattice ? DistantMode.reach(fitter, mode: mode, model: model) : nil
    hasDistantMode = reach != nil
    if !usesLattice {
      rule = try Self.composite(fitter, mode: mode)
    } else {
      if interpolates, reach == nil, let interpolated = try Self.interpolated(fitter, mode: mode) {
        rule = interpolated
      } else {
        let (lattice, fits) = try LogSDLattice.fitted(fitter, mode: mode, reach: reach)
        rule = Rule(.fittedLattice, lattice, fits: fits)
      }
    }
    (points, weights, logSDs) = (rule.points, rule.weights, rule.logSDs)
    let shift = FixedMeanShift(evidence, data: model.data)
    fits = shift?.move(rule.fits, logSDs: rule.logSDs) ?? rule.fits
    // Both are bounds on the evidence, under the same priors. With very many groups q(s) under
    // `corrected` is far from the mass of exp(F(s)), so that its rule misses that mass.
    let structuredBound = structuredBounds.last ?? -.infinity
    bound = isCorrected ? max(rule.bound, structuredBound) : rule.bound
    let shareWithoutEvidence = Self.share(of: rule) { !$0.hasEvidence }
    logEvidence = usesEvidence && shareWithoutEvidence < 0.5 ? rule.logEvidence : nil
    warnings = Self.warnings(
      withoutEvidence: shareWithoutEvidence,
      withoutResponse: Self.share(of: rule) { !$0.hasResponse })
    iterations = (structured?.iterations ?? 0) + fitter.iterations
    distance = Self.distance(rule)
    stopReason = Self.stopReason(structured, distance: distance)
    let hasResponse = Self.share(of: rule) { !$0.hasResponse } == 0
    branches = IntegrationBranch.set([
      rule.branch: true,
      .distantMode: hasDistantMode,
      .noEvents: isCorrected && !model.data.hasEvents,
      .missingEvidence: usesEvidence && shareWithoutEvidence > 0,
      .missingResponse: isCorrected && !hasResponse,
      .meanSteps: shift?.takesAverages == false,
      .averagedMeanSteps: shift?.takesAverages == true,
    ])
  }

  private static func evidence(
    _ model: PoissonMixedModel, _ options: FitOptions
  ) throws(FitError) -> QuadratureEvidence {
    do {
      return try QuadratureEvidence(
        MarginalRows(model.data), fixedEffectSD: model.priors.fixedEffectSD,
        threads: options.threads, minimumRowsOfChunk: options.minimumRowsOfChunk)
    } catch {
      throw FitError("The evidence could not be estimated: \(error.description)")
    }
  }

  /// The share of q(s) that rests on fits of a kind.
  private static func share(of rule: Rule, _ isOfKind: (LogSDEvaluation) -> Bool) -> Double {
    zip(rule.weights, rule.points).reduce(0) { sum, point in
      sum
        + point.1.parts.reduce(0) {
          $0 + (isOfKind(rule.fits[$1.fit]) ? point.0 * $1.share.magnitude : 0)
        }
    }
  }

  /// Warnings about what `corrected` had to leave out, if that concerns more than a hundredth of
  /// the posterior: less is not seen in an interval.
  private static func warnings(
    withoutEvidence: Double, withoutResponse: Double
  ) -> [String] {
    func percent(_ share: Double) -> String { String(printf: "%.0f %%", 100 * min(share, 1)) }
    var warnings: [String] = []
    if withoutEvidence > 0.01 {
      warnings.append(
        "For \(percent(withoutEvidence)) of the posterior of the log standard deviations the "
          + "evidence has no estimate by quadrature: what corrected adds to integrated there is "
          + "borrowed or missing."
      )
    }
    if withoutResponse > 0.01 {
      warnings.append(
        "For \(percent(withoutResponse)) of the posterior of the log standard deviations the "
          + "linear response "
          + "does not converge: covariances there are those of integrated, which may be too small.")
    }
    return warnings
  }

  /// The fits' weighted distance from the optimum, in posterior SDs. It is infinite if nearly all
  /// weight is at one value of a log SD: either points one SD apart have missed its posterior, or
  /// fits nearby have ended in another optimum.
  private static func distance(_ rule: Rule) -> Double {
    let areFinite = rule.logSDs.allSatisfy {
      $0.mean.isFinite && $0.standardDeviation.isFinite
    }
    guard areFinite, rule.logSDs.indices.allSatisfy({ largestShare(of: $0, rule) < 0.9 })
    else { return .infinity }
    return zip(rule.weights, rule.points).reduce(0) { sum, point in
      sum
        + point.1.parts.reduce(0) {
          $0 + (point.0 * $1.share * rule.fits[$1.fit].optimum.lastStep).magnitude
        }
    }
  }

  /// The distance up to which fits have converged.
  static let largestDistance = 1e-3

  /// The structured fit, which only gives a start, need not have converged: under a wide prior its
  /// normal q(s) moves away without end where random effects are nothing.
  private static func stopReason(
    _ structured: OptimizationSummary?, distance: Double
  ) -> StopReason {
    guard distance.isFinite else { return .stalled }
    if distance < largestDistance { return .converged }
    guard let structured, !structured.converged else { return .iterationLimit }
    return structured.stopReason
  }

  /// The largest weight of one value of the log SD k; 0 if the model has no such term.
  private static func largestShare(of k: Int, _ rule: Rule) -> Double {
    var shares: [Double: Double] = [:]
    for (weight, point) in zip(rule.weights, rule.points) {
      shares[point.logSDs[k], default: 0] += weight
    }
    return shares.values.max() ?? 0
  }

  /// The Gaussians at the points of the rule, in the fixed effects that are reported; the log
  /// SDs' own distributions; and the random effects' moments, with their distributions if that was
  /// asked for.
  var posterior: Posterior {
    let (means, variances) = randomMoments()
    var posterior = Posterior(
      components: zip(weights, points).map { weight, point in
        let gaussian = GaussianPosterior(
          logSDMean: point.logSDs,
          logSDVariance: [Double](repeating: 0, count: point.logSDs.count),
          fixedMean: point.combination(of: fits) { $0.optimum.posterior.fixedMean },
          fixedCovariance: point.fixedCovariance(of: fits),
          randomMean: keepsRandomEffects
            ? point.combination(of: fits) { $0.optimum.posterior.randomMean } : [],
          randomVariance: keepsRandomEffects ? randomVariance(at: point) : [],
          covarianceSource: covarianceSource(at: point))
        return Posterior.Component(
          weight: weight, gaussian: gaussian.transformed(by: effectMatrix),
          fixedSkewness: point.combination(of: fits) { $0.fixedSkewness })
      }, logSDs: logSDs, randomMean: means, randomVariance: variances)
    posterior.skewedCombinations = combinations
    return posterior
  }

  /// E b, p, in the model's own columns.
  var fixedMean: [Double] {
    var mean = [Double](repeating: 0, count: model.fixedNames.count)
    for (weight, point) in zip(weights, points) {
      let own = point.combination(of: fits) { $0.optimum.posterior.fixedMean }
      for c in mean.indices { mean[c] += weight * own[c] }
    }
    return mean
  }

  /// Where covariances are combined, all of them come from linear response or the result does not.
  private func covarianceSource(at point: LogSDPoint) -> GaussianPosterior.CovarianceSource {
    let sources = point.parts.map { fits[$0.fit].optimum.posterior.covarianceSource }
    return sources.allSatisfy { $0 == .linearResponse } ? .linearResponse : .bound
  }

  /// The record of the optimization: that of the structured fit, ended by the bound of this one.
  var optimization: OptimizationSummary {
    var summary = OptimizationSummary(
      bounds: structuredBounds + [bound],
      boundRoundingError: structured?.boundRoundingError ?? 0, stopReason: stopReason,
      iterations: iterations)
    summary.integration = branches
    return summary
  }

  /// The random effects' variances at a point. Interpolation is accurate on average over the
  /// points; at the outermost it could give variances that are not positive, which are replaced
  /// here.
  private func randomVariance(at point: LogSDPoint) -> [Double] {
    var variances = point.combination(of: fits) { $0.optimum.posterior.randomVariance }
    for index in variances.indices where !(variances[index] > 0) {
      variances[index] = fits.reduce(.infinity) {
        min($0, $1.optimum.posterior.randomVariance[index])
      }
    }
    return variances
  }

  /// The posterior means and variances of the random effects.
  ///
  /// With the means m_f and variances v_f of the fits and a point's shares c_f, the mixture has
  /// mean sum_f W_f m_f and variance sum_f W_f v_f + sum_fg M_fg d_f d_g, where d_f = m_f - mean, W
  /// = E c and M = E c c' over the points.
  private func randomMoments() -> (means: [Double], variances: [Double]) {
    let count = fits.count
    var shares = [Double](repeating: 0, count: count)
    var products = [Double](repeating: 0, count: count * count)
    for (weight, point) in zip(weights, points) {
      for part in point.parts {
        shares[part.fit] += weight * part.share
        for other in point.parts {
          products[part.fit * count + other.fit] += weight * part.share * other.share
        }
      }
    }
    var means = [Double](repeating: 0, count: model.data.shape.randomEffectCount)
    var variances = means
    for (fit, share) in zip(fits, shares) where share != 0 {
      for index in means.indices {
        means[index] += share * fit.optimum.posterior.randomMean[index]
        variances[index] += share * fit.optimum.posterior.randomVariance[index]
      }
    }
    for f in 0..<count {
      for g in 0...f where products[f * count + g] != 0 {
        let factor = (f == g ? 1 : 2) * products[f * count + g]
        let (a, b) = (fits[f].optimum.posterior.randomMean, fits[g].optimum.posterior.randomMean)
        for index in means.indices {
          variances[index] += factor * (a[index] - means[index]) * (b[index] - means[index])
        }
      }
    }
    return (means, variances)
  }
}
