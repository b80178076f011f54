import Foundation
import Testing

@testable import PoissonGLMM

@Suite struct VectorExponentialTests {
  /// exp at points across the range, from mpmath 1.3 at 40 digits.
  @Test(arguments: [
    (1.0, 2.718281828459045235), (-1.0, 0.3678794411714423216), (0.5, 1.648721270700128147),
    (10.25, 28282.54192033497909), (-37.5, 5.175555005801868535e-17),
    (300.125, 2.201057464963800928e130), (-700.5, 5.980196118639791206e-305),
    (709.5, 1.354986319314632831e308), (1e-12, 1.0000000000010000000),
  ])
  func knownValues(x: Double, expected: Double) {
    let value = vectorExponential(SIMD8(repeating: x))
    for lane in value.indices {
      #expect((value[lane] - expected).magnitude <= expected.ulp)
    }
  }

  /// The C library's exp is within 1 unit in the last place itself, so that the two are within 2.
  @Test func isTheLibrarysWithinTwoUnits() {
    var worst = 0.0
    for step in 0..<400_000 {
      let x = -708 + Double(step) * (1417.7 / 400_000)
      let value = vectorExponential(SIMD8(repeating: x))[step % 8]
      worst = max(worst, (value - exp(x)).magnitude / exp(x).ulp)
    }
    #expect(worst <= 2)
  }

  /// Two rounding errors more than exp, and the library's own.
  @Test func minusOneDoesNotCancel() {
    for magnitude in [1e-300, 1e-12, 1e-5, 0.01, 0.3, 0.4, 1, 3, 40, 700] {
      for factor in [-1, -0.7, 0.3, 1] {
        let x = magnitude * factor
        let value = vectorExponentialMinusOne(SIMD8(repeating: x))[3]
        #expect((value - expm1(x)).magnitude <= 4 * expm1(x).ulp)
      }
    }
    #expect(vectorExponentialMinusOne(SIMD8(repeating: 0))[0] == 0)
  }

  @Test func limitsAndNaN() {
    let value = vectorExponential(
      [0, -0.0, .infinity, -.infinity, .nan, 1e300, -1e300, 709.79])
    #expect(value[0] == 1 && value[1] == 1)
    #expect(value[2] == .infinity && value[5] == .infinity && value[7] == .infinity)
    #expect(value[3] == 0 && value[6] == 0)
    #expect(value[4].isNaN)
  }
}
