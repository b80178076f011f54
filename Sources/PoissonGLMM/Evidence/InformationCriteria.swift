import Foundation

/// Akaike's and the Bayesian (Schwarz's) information criterion of a log-likelihood at given
/// parameters.
///
///     aic = -2 logLikelihood + 2 k        bic = -2 logLikelihood + k log n
///
/// with k = p + q parameters (the fixed effects and the log SDs) and n observations. The smaller
/// the better.
public struct InformationCriteria: Sendable, Equatable {
  public let logLikelihood: Double
  /// k
  public let parameterCount: Int
  /// n
  public let observationCount: Int

  public var aic: Double { -2 * logLikelihood + 2 * Double(parameterCount) }
  public var bic: Double {
    -2 * logLikelihood + Double(parameterCount) * log(Double(observationCount))
  }

  public init(logLikelihood: Double, parameterCount: Int, observationCount: Int) {
    self.logLikelihood = logLikelihood
    self.parameterCount = parameterCount
    self.observationCount = observationCount
  }
}
