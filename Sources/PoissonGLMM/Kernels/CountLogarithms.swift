import GSLNumerics
import PlatformEssentials

/// log y! for many counts: small counts repeat, so theirs are looked up.
struct LogFactorials {
  private let table = (0..<256).map { GammaFunction.logFactorial(Double($0)) }

  /// log `count`! for a whole number, zero or more.
  subscript(count: Double) -> Double {
    count < 256 ? table[Int(count)] : GammaFunction.logFactorial(count)
  }
}

/// log(y + 1/2) for many counts, looked up likewise.
struct LogHalfCounts {
  private let table = (0..<256).map { log(Double($0) + 0.5) }

  /// log(`count` + 1/2) for a whole number, zero or more.
  subscript(count: Double) -> Double {
    count < 256 ? table[Int(count)] : log(count + 0.5)
  }
}
