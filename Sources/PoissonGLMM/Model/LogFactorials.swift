import GSLNumerics

/// log y! for many counts: small counts repeat, so theirs are looked up.
struct LogFactorials {
  private let table = (0..<256).map { GammaFunction.logFactorial(Double($0)) }

  /// log `count`! for a whole number, zero or more.
  subscript(count: Double) -> Double {
    count < 256 ? table[Int(count)] : GammaFunction.logFactorial(count)
  }
}
