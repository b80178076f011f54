@preconcurrency internal import CGSL
import PlatformEssentials

extension RandomStream {
  /// Uniform on [0, 1): 53 random bits with Philox, as many as the generator has with the others.
  public func uniform() -> Double {
    gsl_rng_uniform(generator)
  }

  /// Uniform between two finite bounds, the lower first. NaN if they are not.
  public func uniform(from lower: Double, to upper: Double) -> Double {
    guard lower.isFinite, upper.isFinite, lower <= upper else { return .nan }
    return gsl_ran_flat(generator, lower, upper)
  }

  /// Uniform over the whole numbers of a range, without modulo bias.
  public func uniformInteger(in range: ClosedRange<Int>) -> Int {
    let largest =
      UInt64(bitPattern: Int64(range.upperBound)) &- UInt64(bitPattern: Int64(range.lowerBound))
    return Int(
      truncatingIfNeeded: UInt64(bitPattern: Int64(range.lowerBound)) &+ uniform(through: largest))
  }

  /// Normal with a finite mean and a finite standard deviation, zero or more. NaN otherwise.
  ///
  /// By the ratio of uniforms (Kinderman & Monahan 1977, as Leva 1992 refined it). GSL's ziggurat
  /// is faster, but takes only 24 bits for the position in a strip and 8 for strip and sign,
  /// whatever the generator offers: 2^32 distinct values, so that a million draws hold a hundred
  /// ties. The ratio method uses all 53 bits of both its uniforms.
  public func normal(mean: Double = 0, sd: Double = 1) -> Double {
    guard mean.isFinite, sd.isFinite, sd >= 0 else { return .nan }
    return mean + gsl_ran_gaussian_ratio_method(generator, sd)
  }

  /// exp of a normal with mean `meanLog` and standard deviation `sdLog` (finite, zero or more), as
  /// `normal` draws it. NaN otherwise.
  public func lognormal(meanLog: Double, sdLog: Double) -> Double {
    exp(normal(mean: meanLog, sd: sdLog))
  }

  /// Gamma with mean `shape * scale` and variance `shape * scale^2`. NaN unless the shape is
  /// positive and the scale zero or more, both finite.
  ///
  /// GSL's method is Marsaglia & Tsang's (2000), over its ziggurat: values are continuous, but from
  /// about 2^32 distinct ones for shapes above 1.
  public func gamma(shape: Double, scale: Double) -> Double {
    guard shape.isFinite, shape > 0, scale.isFinite, scale >= 0 else { return .nan }
    return gsl_ran_gamma(generator, shape, scale)
  }

  /// 1 with the given probability, else 0. NaN unless the probability is between 0 and 1.
  public func bernoulli(probability: Double) -> Double {
    guard probability >= 0, probability <= 1 else { return .nan }
    return uniform() < probability ? 1 : 0
  }

  /// Student's t about 0 with scale 1, by GSL's `gsl_ran_tdist`. NaN unless the degrees of
  /// freedom are positive and finite. Infinite where a draw is beyond the range of a double, as
  /// happens far below one degree of freedom.
  public func studentT(degreesOfFreedom: Double) -> Double {
    guard degreesOfFreedom.isFinite, degreesOfFreedom > 0 else { return .nan }
    return gsl_ran_tdist(generator, degreesOfFreedom)
  }

  /// One of the categories 0, 1, ..., each with a probability in proportion to its weight. nil, and
  /// nothing drawn, unless the weights are finite, zero or more, and their sum is finite and above
  /// zero.
  ///
  /// By inversion: the time is in proportion to the number of categories.
  public func category(weights: [Double]) -> Int? {
    guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }) else { return nil }
    let total = weights.reduce(0, +)
    guard total > 0, total.isFinite else { return nil }
    let position = uniform() * total
    var reached = 0.0
    for (category, weight) in weights.enumerated() {
      reached += weight
      if position < reached { return category }
    }
    // Only where the product was rounded up to the sum of all.
    return weights.lastIndex { $0 > 0 }
  }

  /// Uniform over 0 ... `largest`.
  private func uniform(through largest: UInt64) -> UInt64 {
    let span = UInt64(gsl_rng_max(generator)) - UInt64(gsl_rng_min(generator))
    if largest < span {
      return UInt64(gsl_rng_uniform_int(generator, UInt(largest + 1)))
    }
    // GSL's function cannot give more values than the generator has. The number is put together
    // from pieces of as many bits as one draw holds, and drawn anew while it is too large.
    let bits = UInt64.bitWidth - largest.leadingZeroBitCount
    let bitsPerDraw = UInt64.bitWidth - 1 - span.leadingZeroBitCount
    while true {
      var number: UInt64 = 0
      var missing = bits
      while missing > 0 {
        let piece = min(missing, bitsPerDraw)
        number =
          (number << UInt64(piece)) | UInt64(gsl_rng_uniform_int(generator, 1 << UInt(piece)))
        missing -= piece
      }
      if number <= largest { return number }
    }
  }
}

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
