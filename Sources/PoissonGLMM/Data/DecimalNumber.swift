/// Decimal numbers from ASCII bytes, correctly rounded, whatever the locale.
///
///     [+-] digits [. digits] [e|E [+-] digits]        at least one digit before the exponent
///
/// A number with at most 19 significant digits is m 10^k with m < 2^64. For |k| <= 19 the power
/// fits in 64 bits too, so that product and quotient are computed exactly in integers, and are
/// rounded once. That covers what programs print; anything else goes to the standard library.
enum DecimalNumber {
  /// The number that `bytes` spell; NaN if they spell none; infinite if it is too large for a
  /// `Double`.
  static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Double {
    parse(bytes, decimalMark: UInt8(ascii: "."))
  }

  /// The same for numbers with `decimalMark` in place of the point.
  static func parse(_ bytes: UnsafeBufferPointer<UInt8>, decimalMark: UInt8) -> Double {
    var position = 0
    let count = bytes.count
    var isNegative = false
    if count > 0, bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+") {
      isNegative = bytes[0] == UInt8(ascii: "-")
      position = 1
    }

    var mantissa: UInt64 = 0
    var significantDigits = 0
    var digits = 0
    var exponent = 0
    while position < count, let digit = digitValue(bytes[position]) {
      // Wrapping: with more than 19 digits the result is thrown away.
      mantissa = mantissa &* 10 &+ digit
      if significantDigits > 0 || digit > 0 { significantDigits += 1 }
      digits += 1
      position += 1
    }
    if position < count, bytes[position] == decimalMark {
      position += 1
      while position < count, let digit = digitValue(bytes[position]) {
        mantissa = mantissa &* 10 &+ digit
        if significantDigits > 0 || digit > 0 { significantDigits += 1 }
        digits += 1
        exponent -= 1
        position += 1
      }
    }
    guard digits > 0 else { return .nan }
    if position < count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      guard let written = parseExponent(bytes, from: position + 1) else { return .nan }
      exponent += written
      position = count
    }
    guard position == count else { return .nan }

    if significantDigits > 19 || exponent < -19 || exponent > 19 {
      return parseSlowly(bytes, decimalMark: decimalMark)
    }
    let magnitude =
      exponent < 0
      ? quotient(mantissa, powersOfTen[-exponent]) : product(mantissa, powersOfTen[exponent])
    return isNegative ? -magnitude : magnitude
  }

  /// The number of significant digits that `bytes` write out, zeros before the first other digit
  /// not counted.
  static func significantDigits(_ bytes: some Sequence<UInt8>) -> Int {
    var count = 0
    for byte in bytes {
      guard let digit = digitValue(byte) else {
        if byte | 0x20 == UInt8(ascii: "e") { break }
        continue
      }
      if count > 0 || digit > 0 { count += 1 }
    }
    return count
  }

  private static func digitValue(_ byte: UInt8) -> UInt64? {
    let value = byte &- UInt8(ascii: "0")
    return value < 10 ? UInt64(value) : nil
  }

  /// The exponent from `start` to the end, held within +-100,000 (far beyond any `Double`); nil
  /// without a digit.
  private static func parseExponent(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    var position = start
    var isNegative = false
    if position < bytes.count,
      bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+")
    {
      isNegative = bytes[position] == UInt8(ascii: "-")
      position += 1
    }
    guard position < bytes.count else { return nil }
    var exponent = 0
    while position < bytes.count {
      guard let digit = digitValue(bytes[position]) else { return nil }
      exponent = min(exponent * 10 + Int(digit), 100_000)
      position += 1
    }
    return isNegative ? -exponent : exponent
  }

  private static func parseSlowly(
    _ bytes: UnsafeBufferPointer<UInt8>, decimalMark: UInt8
  ) -> Double {
    let text = bytes.map { $0 == decimalMark ? UInt8(ascii: ".") : $0 }
    return Double(String(decoding: text, as: UTF8.self)) ?? .nan
  }

  /// a b, rounded once.
  private static func product(_ a: UInt64, _ b: UInt64) -> Double {
    let (high, low) = a.multipliedFullWidth(by: b)
    if high == 0 { return Double(low) }
    // The top 64 bits, the last of them standing for whatever is cut off below: a Double keeps 53.
    let shift = high.leadingZeroBitCount
    let top = high << shift | (shift == 0 ? 0 : low >> (64 - shift))
    let isInexact = low << shift != 0
    return Double(top | (isInexact ? 1 : 0)) * powerOfTwo(64 - shift)
  }

  /// a / b for b > 0, rounded once.
  private static func quotient(_ a: UInt64, _ b: UInt64) -> Double {
    // Both below 2^53: they are exact Doubles, and a division rounds once.
    if a <= 1 << 53 && b <= 1 << 53 { return Double(a) / Double(b) }
    let shiftA = a.leadingZeroBitCount
    let shiftB = b.leadingZeroBitCount
    let dividend = a << shiftA
    // With the top bit of both set, dividend * 2^63 / divisor has 63 or 64 bits; the last one
    // stands for the remainder.
    let (quotient, remainder) = (b << shiftB).dividingFullWidth((dividend >> 1, dividend << 63))
    return Double(quotient | (remainder != 0 ? 1 : 0)) * powerOfTwo(shiftB - shiftA - 63)
  }

  private static func powerOfTwo(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }

  private static let powersOfTen: [UInt64] = {
    var powers: [UInt64] = [1]
    for _ in 1...19 { powers.append(powers[powers.count - 1] * 10) }
    return powers
  }()
}
