import PlatformEssentials

/// The largest log-likelihood log p(y | b, Sigma) of a model, random effects integrated out, which
/// AIC, BIC and likelihood-ratio tests are defined by. Priors do not matter.
public struct MaximumLikelihood: Sendable, Equatable {
  /// The log-likelihood with aic and bic.
  public let criteria: InformationCriteria
  /// b there, p numbers. Where a level has no events its effect has no largest likelihood: it has
  /// gone as far as it matters.
  public let fixedEffects: [Double]
  /// The SD of each random term, in the order of `randomNames`; some may be 0.
  public let standardDeviations: [Double]
  /// The atanh of canonical partial correlations there, one for each of `correlationNames`.
  public let partialCorrelations: [Double]
  /// The family's own parameters there, one for each of `CountFamily.parameters`.
  public let familyParameters: [Double]
  /// Whether the search has ended at a maximum.
  public let converged: Bool

  /// SDs below this, as a share of their posterior means, are reported as 0.
  fileprivate static let negligibleShare = 1e-3
}

extension PoissonMixedModel {
  /// Maximizes the log-likelihood from where a fit is: by quadrature over each group's effects,
  /// with the bound and its correction where that does not exist (see `marginalIntegration`).
  ///
  /// The coordinates are the fixed effects in units of their posterior, and Cholesky roots of the
  /// random effects' covariances, in which an SD of 0 is a point like others.
  /// - Parameters:
  ///   - fit: a fit of this model.
  ///   - threads: how many to use; the results have the same bits whatever it is.
  /// - Throws: `FitError` if the log-likelihood is not finite, or cannot be computed for such a
  ///   model.
  public func maximumLikelihood(
    from fit: PoissonMixedModelFit, threads: Int = 1
  ) throws(FitError) -> MaximumLikelihood {
    let p = fixedNames.count
    let roots = CovarianceRoots(factors)
    let center = fit.fixedEffects.map(\.marginal.mean)
    let spread = fit.fixedCovariance.semidefiniteRoot
    let sds = fit.standardDeviations.map(\.marginal.mean)
    let start = roots.roots(
      standardDeviations: sds, partialCorrelations: fit.correlations.map(\.atanh.mean))
    // An SD of a log SD above 1 says that the SD is next to nothing.
    let scales = roots.terms.map { term in
      sds[term] * min(1, max(0.02, fit.logStandardDeviations[term].marginal.standardDeviation))
    }
    let own = fit.familyParameters.map(\.marginal)
    func parameters(_ position: [Double]) -> (b: [Double], roots: [Double], own: [Double]) {
      let moved = spread * Array(position[..<p])
      return (
        zip(center, moved).map(+), zip(position[p...], scales).map(*),
        zip(own, position[(p + scales.count)...]).map { $0.mean + $0.standardDeviation * $1 }
      )
    }
    let likelihood = try ParameterLogLikelihood(self, threads: threads)
    let ascent = try QuasiNewtonAscent(
      from: [Double](repeating: 0, count: p) + zip(start, scales).map(/)
        + [Double](repeating: 0, count: own.count)
    ) { position in
      let (b, values, own) = parameters(position)
      let (logSDs, partials) = roots.hyperparameters(of: values)
      return likelihood.value(
        fixedEffects: b, logSDs: logSDs, partialCorrelations: partials, familyParameters: own)
    }
    guard ascent.value.isFinite else {
      throw FitError("The log-likelihood at the posterior means is beyond the range of numbers.")
    }
    let (b, values, ownValues) = parameters(ascent.position)
    let (logSDs, partials) = roots.hyperparameters(of: values)
    return MaximumLikelihood(
      criteria: InformationCriteria(
        logLikelihood: ascent.value,
        parameterCount: p + randomNames.count + correlationNames.count + own.count,
        observationCount: rowCount),
      fixedEffects: b,
      standardDeviations: zip(logSDs, sds).map { logSD, mean in
        exp(logSD) < MaximumLikelihood.negligibleShare * mean ? 0 : exp(logSD)
      }, partialCorrelations: partials, familyParameters: ownValues,
      converged: ascent.converged)
  }
}

/// log p(y | b, s, z) of a model at one point after another.
private final class ParameterLogLikelihood {
  private enum Kind {
    case regression(RegressionRows, CountFamily)
    case quadrature(MarginalLogLikelihood)
    case bound(DesignData, GeneralLogLikelihood)
  }

  private let kind: Kind
  private let threads: Int

  init(_ model: PoissonMixedModel, threads: Int) throws(FitError) {
    self.threads = threads
    if model.factors.isEmpty {
      kind = .regression(RegressionRows(model.data, priors: model.priors), model.family)
    } else if let design = model.design {
      kind = .bound(
        design,
        try GeneralLogLikelihood(
          counts: design.counts, factors: design.factors, priors: model.priors,
          family: model.family, isContinued: true))
    } else {
      do {
        kind = .quadrature(
          try MarginalLogLikelihood(
            MarginalRows(model.data), integration: model.marginalIntegration))
      } catch {
        throw FitError("The log-likelihood could not be computed: \(error)")
      }
    }
  }

  /// NaN where it has no value.
  func value(
    fixedEffects: [Double], logSDs: [Double], partialCorrelations: [Double],
    familyParameters: [Double]
  ) -> Double {
    switch kind {
    case .regression(let rows, let family):
      return rows.logLikelihood(
        fixedEffects,
        family == .poisson ? nil : CountDistribution(family, parameters: familyParameters))
    case .quadrature(let likelihood):
      return likelihood.value(fixedEffects: fixedEffects, logSDs: logSDs, threads: threads)
    case .bound(let design, let likelihood):
      let value = try? likelihood.value(
        offset: design.linearPredictor(fixedEffects), logSDs: logSDs,
        partialCorrelations: partialCorrelations, familyParameters: familyParameters)
      return value ?? .nan
    }
  }
}
