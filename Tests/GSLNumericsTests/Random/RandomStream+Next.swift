import CGSL

@testable import GSLNumerics

extension RandomStream {
  /// The generator's next whole number, 64 bits wide with Philox.
  func next() -> UInt64 { UInt64(gsl_rng_get(generator)) }
}
