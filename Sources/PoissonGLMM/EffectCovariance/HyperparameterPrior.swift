import GSLNumerics
import PlatformEssentials

/// The prior of the hyperparameters of one factor: one for every log SD, and for the correlations
/// of every set of q correlated terms R ~ LKJ(eta), whose density is |R|^(eta - 1) up to a
/// constant.
///
/// Of the z_ij, the atanh of the canonical partial correlations, LKJ makes independent variables:
///
///     p(z_ij) = Gamma(a + 1/2) / (sqrt(pi) Gamma(a)) sech(z_ij)^(2a)     a = eta + (q - 2 - j) / 2
///
/// with j the column, counted from 0.
struct HyperparameterPrior: Sendable, Equatable {
  /// By term.
  let logSDs: [LogSDPrior]
  /// eta: 1 is uniform over correlation matrices, 2 makes correlations near +-1 unlikely.
  let correlationShape: Double

  init(logSDs: [LogSDPrior], correlationShape: Double = 2) {
    self.logSDs = logSDs
    self.correlationShape = correlationShape
  }

  /// 2 a: the power of sech in the density of a z.
  func power(column: Int, setSize: Int) -> Double {
    2 * correlationShape + Double(setSize - 2 - column)
  }

  /// The log of the constant in the density of a z.
  func logNormalizer(column: Int, setSize: Int) -> Double {
    let a = power(column: column, setSize: setSize) / 2
    return GammaFunction.logGamma(a + 0.5) - GammaFunction.logGamma(a) - 0.5 * log(Double.pi)
  }
}
