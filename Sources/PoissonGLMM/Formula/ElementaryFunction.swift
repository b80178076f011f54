import PlatformEssentials

/// The functions of one number that a formula knows, by R's names.
enum ElementaryFunction: String, Sendable, CaseIterable {
  case log, log1p, log2, log10, exp, expm1, sqrt, abs
  case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh
  case floor, ceiling, trunc, round, sign

  /// The value at `x`; NaN where the function has none.
  var apply: @Sendable (_ x: Double) -> Double {
    switch self {
    case .log: { PlatformEssentials.log($0) }
    case .log1p: { PlatformEssentials.log1p($0) }
    case .log2: { PlatformEssentials.log2($0) }
    case .log10: { PlatformEssentials.log10($0) }
    case .exp: { PlatformEssentials.exp($0) }
    case .expm1: { PlatformEssentials.expm1($0) }
    case .sqrt: { $0.squareRoot() }
    case .abs: { $0.magnitude }
    case .sin: { PlatformEssentials.sin($0) }
    case .cos: { PlatformEssentials.cos($0) }
    case .tan: { PlatformEssentials.tan($0) }
    case .asin: { PlatformEssentials.asin($0) }
    case .acos: { PlatformEssentials.acos($0) }
    case .atan: { PlatformEssentials.atan($0) }
    case .sinh: { PlatformEssentials.sinh($0) }
    case .cosh: { PlatformEssentials.cosh($0) }
    case .tanh: { PlatformEssentials.tanh($0) }
    case .floor: { $0.rounded(.down) }
    case .ceiling: { $0.rounded(.up) }
    case .trunc: { $0.rounded(.towardZero) }
    // As in R, halves go to the even neighbour.
    case .round: { $0.rounded(.toNearestOrEven) }
    case .sign: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
    }
  }
}

/// The operations on two numbers. Those that compare or join truth values give 1 for true, 0 for
/// false, and NaN where a number is NaN.
enum BinaryOperation: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case power = "^"
  case remainder = "%%"
  case quotient = "%/%"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equal = "=="
  case unequal = "!="
  case and = "&"
  case or = "|"
  case smaller = "pmin"
  case larger = "pmax"

  /// Whether the result is a truth value.
  var isTruth: Bool {
    switch self {
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .unequal, .and, .or: true
    default: false
    }
  }

  /// The result for `a` and `b`.
  var apply: @Sendable (_ a: Double, _ b: Double) -> Double {
    switch self {
    case .add: { $0 + $1 }
    case .subtract: { $0 - $1 }
    case .multiply: { $0 * $1 }
    case .divide: { $0 / $1 }
    case .power: { pow($0, $1) }
    // As in R, the remainder has the sign of the divisor.
    case .remainder: { $0 - $1 * ($0 / $1).rounded(.down) }
    case .quotient: { ($0 / $1).rounded(.down) }
    case .less: { Self.truth($0, $1) { $0 < $1 } }
    case .lessOrEqual: { Self.truth($0, $1) { $0 <= $1 } }
    case .greater: { Self.truth($0, $1) { $0 > $1 } }
    case .greaterOrEqual: { Self.truth($0, $1) { $0 >= $1 } }
    case .equal: { Self.truth($0, $1) { $0 == $1 } }
    case .unequal: { Self.truth($0, $1) { $0 != $1 } }
    case .and: { Self.truth($0, $1) { $0 != 0 && $1 != 0 } }
    case .or: { Self.truth($0, $1) { $0 != 0 || $1 != 0 } }
    case .smaller: { $0.isNaN || $1.isNaN ? .nan : min($0, $1) }
    case .larger: { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
    }
  }

  private static func truth(
    _ a: Double, _ b: Double, _ holds: (Double, Double) -> Bool
  ) -> Double {
    a.isNaN || b.isNaN ? .nan : holds(a, b) ? 1 : 0
  }
}
