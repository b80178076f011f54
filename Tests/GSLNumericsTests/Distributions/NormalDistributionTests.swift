import GSLNumerics
import Testing

/// Expected values: mpmath 1.3.0 at 40 digits, 0.5 erfc(z / sqrt(2)) of the double nearest to z.
struct NormalDistributionTests {
  private static let tails: [(z: Double, upper: Double)] = [
    (-1, 8.413447460685429485852325e-1), (-0.3, 6.179114221889526330722736e-1), (0, 0.5),
    (0.3, 3.820885778110473669277264e-1), (1, 1.586552539314570514147675e-1),
    (1.96, 2.499789514822043621282369e-2), (3, 1.349898031630094526651815e-3),
    (5.5, 1.898956246588771938385127e-8), (8, 6.220960574271784123515995e-16),
    (8.7, 1.659420869964784224158769e-18), (11.5, 6.595771446113675079052472e-31),
    (20, 2.753624118606233695075623e-89), (30, 4.906713927148187059533809e-198),
    (37, 5.725571222524576822683193e-300), (37.5, 4.605353009581954843827969e-308),
  ]

  /// 10^-15 relative is five units in the last place; three were seen at most.
  @Test func tailsKeepTheirRelativePrecision() {
    for (z, upper) in Self.tails {
      #expect(abs(NormalDistribution.upperTail(z) / upper - 1) < 1e-15, "z = \(z)")
      #expect(abs(NormalDistribution.cumulative(-z) / upper - 1) < 1e-15, "z = \(-z)")
    }
  }

  /// Beyond z = 37.5 the true values are subnormal: whole multiples of 2^-1074. At 38 the true
  /// value is 2.88542836006878e-316, 58401720.18 of them, and erfc keeps 13 digits; at 38.4 it is
  /// 6.60159985432677e-323, 13.36 of them.
  @Test func tailsGoOnWhereNumbersAreSubnormal() {
    let units = { (value: Double) in value / .leastNonzeroMagnitude }
    #expect(abs(units(NormalDistribution.upperTail(38)) - 58401720.18) < 1)
    #expect(abs(units(NormalDistribution.cumulative(-38)) - 58401720.18) < 1)
    #expect(abs(units(NormalDistribution.upperTail(38.4)) - 13.36) < 1)
    #expect(NormalDistribution.upperTail(40) == 0)
    #expect(NormalDistribution.upperTail(.infinity) == 0)
    #expect(NormalDistribution.upperTail(-40) == 1)
    #expect(NormalDistribution.cumulative(40) == 1)
    #expect(NormalDistribution.cumulative(-.infinity) == 0)
  }

  /// Expected values: the roots of the same function, mpmath 1.3.0.
  @Test func quantilesInvertTheTails() {
    let quantiles: [(p: Double, z: Double)] = [
      (1e-300, 37.04709629936119923654704),
      (1e-100, 21.27345356096532429417952), (1e-30, 11.46402468844361571976697),
      (1e-10, 6.361340902404056199100397), (0.001, 3.090232306167813535358005),
      (0.025, 1.959963984540054211779584), (0.2, 0.8416212335729141655224906),
      (0.4, 0.2533471031357997413246887),
    ]
    for (p, z) in quantiles {
      #expect(abs(NormalDistribution.upperTailQuantile(p) / z - 1) < 1e-15, "p = \(p)")
      #expect(abs(NormalDistribution.quantile(p) / -z - 1) < 1e-15, "p = \(p)")
    }
    // 10^-310, exactly 20240225330731 * 2^-1074.
    let subnormal = 20_240_225_330_731 * Double.leastNonzeroMagnitude
    #expect(abs(NormalDistribution.upperTailQuantile(subnormal) / 37.66306033194952 - 1) < 1e-15)
    #expect(NormalDistribution.quantile(0.5) == 0)
    #expect(NormalDistribution.quantile(0) == -.infinity)
    #expect(NormalDistribution.quantile(1) == .infinity)
    #expect(NormalDistribution.upperTailQuantile(0) == .infinity)
  }

  @Test func whatIsNoProbabilityHasNoQuantile() {
    for p in [-1e-9, 1.1, -.infinity, .infinity, .nan] {
      #expect(NormalDistribution.quantile(p).isNaN)
      #expect(NormalDistribution.upperTailQuantile(p).isNaN)
    }
    #expect(NormalDistribution.cumulative(.nan).isNaN)
    #expect(NormalDistribution.upperTail(.nan).isNaN)
  }
}
