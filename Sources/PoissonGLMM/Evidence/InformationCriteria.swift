import GSLNumerics
import PlatformEssentials

/// Akaike's and the Bayesian (Schwarz's) information criterion of a log-likelihood at given
/// parameters.
///
///     aic = -2 logLikelihood + 2 k        bic = -2 logLikelihood + k log n
///
/// with k parameters (the fixed effects, the log SDs and the correlations) and n observations. The
/// smaller the better.
public struct InformationCriteria: Sendable, Equatable {
  /// The log-likelihood.
  public let logLikelihood: Double
  /// k
  public let parameterCount: Int
  /// n
  public let observationCount: Int

  /// Akaike's information criterion.
  public var aic: Double { -2 * logLikelihood + 2 * Double(parameterCount) }
  /// The Bayesian information criterion.
  public var bic: Double {
    -2 * logLikelihood + Double(parameterCount) * log(Double(observationCount))
  }

  /// The criteria of a log-likelihood.
  /// - Parameters:
  ///   - logLikelihood: the log-likelihood.
  ///   - parameterCount: k.
  ///   - observationCount: n.
  public init(logLikelihood: Double, parameterCount: Int, observationCount: Int) {
    self.logLikelihood = logLikelihood
    self.parameterCount = parameterCount
    self.observationCount = observationCount
  }
}

extension PoissonMixedModel {
  /// How `informationCriteria` integrates this model's random effects out.
  public var marginalIntegration: MarginalIntegration {
    design == nil ? .forTerms(randomNames.count) : .correctedBound
  }

  /// The marginal log-likelihood log p(y | b, phi) at given parameters, with aic and bic.
  /// - Parameters:
  ///   - fixedEffects: b, p numbers in the order of `fixedNames`.
  ///   - logStandardDeviations: s, one number for each of `randomNames`.
  ///   - partialCorrelations: the atanh of canonical partial correlations, one number for each of
  ///     `correlationNames`.
  ///   - familyParameters: one number for each of `CountFamily.parameters`; none for Poisson.
  ///   - threads: how many to use; the result has the same bits whatever it is.
  /// - Throws: `FitError` if the numbers are not as many as described and finite, or the
  ///   log-likelihood is not finite.
  public func informationCriteria(
    fixedEffects: [Double], logStandardDeviations: [Double], partialCorrelations: [Double] = [],
    familyParameters: [Double] = [], threads: Int = 1
  ) throws(FitError) -> InformationCriteria {
    guard fixedEffects.count == fixedNames.count,
      logStandardDeviations.count == randomNames.count,
      partialCorrelations.count == correlationNames.count,
      familyParameters.count == family.parameters.count,
      (fixedEffects + logStandardDeviations + partialCorrelations + familyParameters)
        .allSatisfy(\.isFinite)
    else {
      throw FitError(
        "The log-likelihood is defined for \(fixedNames.count) finite fixed effects, "
          + "\(randomNames.count) finite log SDs, \(correlationNames.count) correlations and "
          + "\(family.parameters.count) parameters of the family of counts.")
    }
    if factors.isEmpty {
      let value = regressionLogLikelihood(fixedEffects, familyParameters)
      guard value.isFinite else {
        throw FitError("The log-likelihood at the given parameters is beyond the range of numbers.")
      }
      return InformationCriteria(
        logLikelihood: value, parameterCount: fixedNames.count + familyParameters.count,
        observationCount: rowCount)
    }
    if let design {
      let value = try GeneralProblem.logLikelihood(
        design, priors: priors, fixedEffects: fixedEffects, logSDs: logStandardDeviations,
        partialCorrelations: partialCorrelations, familyParameters: familyParameters)
      return InformationCriteria(
        logLikelihood: value,
        parameterCount: fixedNames.count + randomNames.count + correlationNames.count
          + familyParameters.count,
        observationCount: rowCount)
    }
    let likelihood: MarginalLogLikelihood
    do {
      likelihood = try MarginalLogLikelihood(MarginalRows(data), integration: marginalIntegration)
    } catch {
      throw FitError("The log-likelihood could not be computed: \(error)")
    }
    let value = likelihood.value(
      fixedEffects: fixedEffects, logSDs: logStandardDeviations, threads: threads)
    guard value.isFinite else {
      throw FitError("The log-likelihood at the given parameters is beyond the range of numbers.")
    }
    return InformationCriteria(
      logLikelihood: value, parameterCount: fixedNames.count + randomNames.count,
      observationCount: rowCount)
  }
}
