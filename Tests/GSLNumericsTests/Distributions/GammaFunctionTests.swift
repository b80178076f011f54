import GSLNumerics
import Testing

/// Expected values: mpmath 1.3.0 at 40 digits.
struct GammaFunctionTests {
  /// As documented: 10^-14 relative or 10^-15 absolute.
  private func agrees(_ value: Double, _ expected: Double) -> Bool {
    abs(value - expected) <= max(1e-15, 1e-14 * abs(expected))
  }

  @Test func logGammaAgreesOverItsRange() {
    let expected: [(x: Double, value: Double)] = [
      (1e-300, 690.7755278982137051803383), (1e-10, 23.02585092988273523726579),
      (0.5, 0.5723649429247000870717137), (1, 0), (1.5, -0.1207822376352452223455184), (2, 0),
      (2.5, 0.2846828704729191596324947), (10, 12.80182748008146961120772),
      (100.5, 361.4355404677776215552519), (1e3, 5905.220423209181211826077),
      (1e6, 12815504.56914761165997697), (1e9, 19723265827.50371677097672),
      (1e15, 33538776394910668.90982021), (1e100, 2.292585092994045720635751e102),
      (1e305, 7.012884533631838909639587e307), (-0.5, 1.265512123484645396488946),
      (-100.25, -363.4009232278215407065775),
    ]
    for (x, value) in expected {
      #expect(agrees(GammaFunction.logGamma(x), value), "x = \(x)")
    }
  }

  @Test func logFactorialAgreesOnBothSidesOfTheTable() {
    let expected: [(n: Double, value: Double)] = [
      (0, 0), (1, 0), (2, 0.6931471805599453094172321), (10, 15.10441257307551529522571),
      (170, 706.5730622457873471107223), (171, 711.7147258022900069535218),
      (1000, 5912.128178488163348878131), (1e9, 19723265848.22698260792313),
      (0.5, -0.1207822376352452223455184),
    ]
    for (n, value) in expected {
      #expect(agrees(GammaFunction.logFactorial(n), value), "n = \(n)")
    }
  }

  @Test func polesAndOverflowAreInfiniteAndNaNStaysNaN() {
    for x in [0, -1, -17, 1e307, .infinity] {
      #expect(GammaFunction.logGamma(x) == .infinity, "x = \(x)")
    }
    #expect(GammaFunction.logGamma(.nan).isNaN)
    #expect(GammaFunction.logGamma(-.infinity).isNaN)
    #expect(GammaFunction.logFactorial(-1) == .infinity)
    #expect(GammaFunction.logFactorial(.infinity) == .infinity)
    #expect(GammaFunction.logFactorial(.nan).isNaN)
  }
}
