@preconcurrency internal import CGSL
import Foundation

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
