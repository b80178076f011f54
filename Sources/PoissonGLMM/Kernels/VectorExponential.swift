/// exp(x) of eight numbers at once, by IEEE additions and multiplications alone: the same bits on
/// every machine.
///
/// Cody and Waite's reduction (1980): x = k log 2 + r with |r| <= log(2) / 2, log 2 in two parts so
/// that k times the first is exact, and exp(x) = 2^k (1 + r + r^2 q(r)). q has degree 9 and is
/// within 1.1e-16 of (exp(r) - 1 - r) / r^2 (Chebyshev fit, computed with mpmath 1.3 at 40 digits),
/// which is 2e-17 of exp(r); rounding takes the error to at most 1 unit in the last place.
///
/// Infinite above 709.78; zero below -708, where exp(x) falls below the normal numbers; NaN for
/// NaN.
@inline(__always)
func vectorExponential(_ x: SIMD8<Double>) -> SIMD8<Double> {
  // One test for all eight, false also for NaN: no |x| is above 708 if the sum of squares is at
  // most 708^2.
  if sumOfLanes(x * x) <= 708 * 708 { return exponentialWithinRange(x) }
  return exponentialAtTheEnds(x)
}

/// exp(x) of `count` numbers. Both arrays have room for whole blocks of eight: what is beyond
/// `count` in the last is read and overwritten.
@inline(__always)
func fillExponentials(
  of source: UnsafePointer<Double>, into target: UnsafeMutablePointer<Double>, count: Int
) {
  for i in stride(from: 0, to: count, by: 8) {
    store(vectorExponential(load(source + i)), to: target + i)
  }
}

/// exp(x) - 1 of eight numbers from -700 to 700 at once, without cancellation: 2^k (r + r^2 q(r)) +
/// (2^k - 1).
@inline(__always)
func vectorExponentialMinusOne(_ x: SIMD8<Double>) -> SIMD8<Double> {
  let (rise, whole) = reducedExponentialMinusOne(x)
  // 2^k: k is added to the exponent's bits of 1.
  let scale = unsafeBitCast(
    SIMD8<UInt64>(repeating: 0x3ff0_0000_0000_0000) &+ (whole &<< 52), to: SIMD8<Double>.self)
  return scale * rise + (scale - 1)
}

@inline(__always)
private func exponentialWithinRange(_ x: SIMD8<Double>) -> SIMD8<Double> {
  let (fraction, whole) = reducedExponential(x)
  return unsafeBitCast(
    unsafeBitCast(fraction, to: SIMD8<UInt64>.self) &+ (whole &<< 52), to: SIMD8<Double>.self)
}

@inline(never)
private func exponentialAtTheEnds(_ x: SIMD8<Double>) -> SIMD8<Double> {
  // 2^k may be out of range where 2^k (1 + ...) is not. So 2^(k-1) is used above 0 and the result
  // doubled, and 2^(k+1) below and the result halved.
  let (fraction, whole) = reducedExponential(x)
  var shift = SIMD8<UInt64>(repeating: 1)
  var factor = SIMD8<Double>(repeating: 0.5)
  let isHigh = x .> 0
  shift.replace(with: .max, where: isHigh)
  factor.replace(with: 2, where: isHigh)
  let scaled = unsafeBitCast(
    unsafeBitCast(fraction, to: SIMD8<UInt64>.self) &+ ((whole &+ shift) &<< 52),
    to: SIMD8<Double>.self)
  var result = scaled * factor
  result.replace(with: .infinity, where: x .> 709.782712893384)
  result.replace(with: 0, where: x .< -708)
  result.replace(with: x, where: x .!= x)
  return result
}

/// 1 + r + r^2 q(r), and k in the low bits of whole numbers.
@inline(__always)
private func reducedExponential(
  _ x: SIMD8<Double>
) -> (fraction: SIMD8<Double>, whole: SIMD8<UInt64>) {
  let (rise, whole) = reducedExponentialMinusOne(x)
  return (rise + 1, whole)
}

/// r + r^2 q(r), and k in the low bits of whole numbers.
@inline(__always)
private func reducedExponentialMinusOne(
  _ x: SIMD8<Double>
) -> (rise: SIMD8<Double>, whole: SIMD8<UInt64>) {
  // Adding 1.5 * 2^52 rounds to a whole number, and leaves it in the low bits.
  let shifter = SIMD8<Double>(repeating: 0x1.8p52)
  let shifted = x * 0x1.7154_7652_b82fep0 + shifter
  let k = shifted - shifter
  let r = (x - k * 0x1.62e4_2fee_0000_0p-1) - k * 0x1.a39e_f357_93c7_6p-33
  var q = SIMD8<Double>(repeating: 0x1.af38_d538_5751_3p-26)
  q = q * r + 0x1.2891_a8c1_d838_dp-22
  q = q * r + 0x1.71de_0d9c_145d_0p-19
  q = q * r + 0x1.a019_b8ef_67c6_cp-16
  q = q * r + 0x1.a01a_01a7_c8d4_7p-13
  q = q * r + 0x1.6c16_c178_9383_3p-10
  q = q * r + 0x1.1111_1111_109a_dp-7
  q = q * r + 0x1.5555_5555_53d4_fp-5
  q = q * r + 0x1.5555_5555_5555_6p-3
  q = q * r + 0x1.0000_0000_0000_1p-1
  return (r * r * q + r, unsafeBitCast(shifted, to: SIMD8<UInt64>.self))
}
