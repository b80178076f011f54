/// The prior standard deviations: `b_c ~ N(0, fixedEffectSD^2)` for every fixed effect and
/// `s_k ~ N(0, logSDSD^2)` for the log standard deviation of every random term.
public struct Priors: Sendable, Equatable {
  /// Prior standard deviation of each fixed effect (statsmodels' `fe_p`).
  public var fixedEffectSD: Double
  /// Prior standard deviation of each log standard deviation (statsmodels' `vcp_p`).
  public var logSDSD: Double

  /// The standard deviations for which precisions and their products are ordinary numbers.
  public static let supportedSDs = 1e-6...1e6

  /// 1 / fixedEffectSD^2.
  var fixedEffectPrecision: Double { 1 / (fixedEffectSD * fixedEffectSD) }

  /// Prior standard deviations; the defaults are those of statsmodels.
  /// - Parameters:
  ///   - fixedEffectSD: of each fixed effect.
  ///   - logSDSD: of each log standard deviation.
  public init(fixedEffectSD: Double = 2, logSDSD: Double = 1) {
    self.fixedEffectSD = fixedEffectSD
    self.logSDSD = logSDSD
  }
}
