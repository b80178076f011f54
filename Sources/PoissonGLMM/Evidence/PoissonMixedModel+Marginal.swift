import Foundation
import GSLNumerics

extension PoissonMixedModel {
  /// How `informationCriteria` integrates this model's random effects out.
  public var marginalIntegration: MarginalIntegration { .forTerms(randomNames.count) }

  /// The marginal log-likelihood log p(y | b, s) at given parameters, with aic and bic.
  /// - Parameters:
  ///   - fixedEffects: b, p numbers in the order of `fixedNames`.
  ///   - logStandardDeviations: s, one number for each of `randomNames`.
  ///   - threads: how many to use; the result has the same bits whatever it is.
  /// - Throws: `FitError` if the numbers are not as many as described and finite, or the
  ///   log-likelihood is not finite.
  public func informationCriteria(
    fixedEffects: [Double], logStandardDeviations: [Double], threads: Int = 1
  ) throws(FitError) -> InformationCriteria {
    guard fixedEffects.count == fixedNames.count,
      logStandardDeviations.count == randomNames.count,
      fixedEffects.allSatisfy(\.isFinite), logStandardDeviations.allSatisfy(\.isFinite)
    else {
      throw FitError(
        "The log-likelihood is defined for \(fixedNames.count) finite fixed effects and "
          + "\(randomNames.count) finite log SDs.")
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
