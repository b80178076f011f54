@preconcurrency internal import CGSL
import Foundation

extension RandomStream {
  /// A Poisson count, as a whole number. NaN unless the mean is finite and zero or more.
  ///
  /// Up to a mean of 10^8 by GSL (products of uniforms below 10; above, Ahrens & Dieter's reduction
  /// by gamma variates, 1974), whose counts are 32 bits wide. Beyond, by the transformed rejection
  /// below. Means from 2^53 on give whole numbers that a double cannot tell from their neighbours.
  public func poisson(mean: Double) -> Double {
    guard mean.isFinite, mean >= 0 else { return .nan }
    return mean <= 1e8 ? Double(gsl_ran_poisson(generator, mean)) : largePoisson(mean: mean)
  }

  /// Hörmann's transformed rejection PTRS (1993, "The transformed rejection method for generating
  /// Poisson random variables", Insurance: Mathematics and Economics 12), valid for means from 10.
  ///
  /// The acceptance test needs log p(k), which as `k log(mean) - mean - log k!` would lose every
  /// digit. Loader's form (2000, "Fast and accurate computation of binomial probabilities") keeps
  /// them: with d = k - mean,
  ///
  ///     log p(k) = -(k log1p(d / mean) - d) - 1 / (12 k) - 1/2 log(2 pi k)
  ///
  /// whose rounding error is of the order of |d| 2^-53, 10^-8 at a mean of 10^15. The next term of
  /// Stirling's series, 1 / (360 k^3), is below 10^-26 here.
  private func largePoisson(mean: Double) -> Double {
    let width = 0.931 + 2.53 * mean.squareRoot()
    let slope = -0.059 + 0.02483 * width
    let inverseAlpha = 1.1239 + 1.1328 / (width - 3.4)
    let squeeze = 0.9277 - 3.6224 / (width - 2)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let edge = 0.5 - abs(u)
      let k = ((2 * slope / edge + width) * u + mean + 0.43).rounded(.down)
      if edge >= 0.07, v <= squeeze { return k }
      if k < 1 || !k.isFinite || (edge < 0.013 && v > edge) { continue }
      let d = k - mean
      let logProbability =
        d - k * log1p(d / mean) - 1 / (12 * k) - 0.5 * log(2 * Double.pi * k)
      if log(v * inverseAlpha / (slope / (edge * edge) + width)) <= logProbability { return k }
    }
  }
}
