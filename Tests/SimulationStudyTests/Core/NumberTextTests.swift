import Testing

@testable import SimulationStudy

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0.00689, 3), (0.0096, 3), (0.00999999, 3), (0.0158, 3), (0.0354, 3), (0.0356, 2), (0.05, 2),
    (0.2, 2), (1, 1), (2.3, 1), (4, 0), (12.5, 0), (400, 0),
  ])
  func decimalsAreThoseTheErrorSupports(_ error: Double, _ decimals: Int) {
    #expect(NumberText.decimals(supportedBy: error) == decimals)
  }

  @Test(arguments: [nil, 0, Double.nan, .infinity, -1])
  func noErrorSupportsNothing(_ error: Double?) {
    #expect(NumberText.decimals(supportedBy: error) == nil)
  }

  @Test(arguments: [
    (0.94712, 0.00708, "0.947 (0.007)"), (-0.0004, 0.004, "0.000 (0.004)"),
    (1.5, 0, "1.5 (0)"), (12_345, 400, "12345 (400)"), (1e9, 1e7, "1e+09 (1e+07)"),
    (1e-9, 1e-10, "1e-09 (1e-10)"), (.nan, 0.1, "n/a (0.10)"),
  ])
  func withError(_ value: Double, _ error: Double, _ text: String) {
    #expect(NumberText.withError(value, error) == text)
  }

  /// Halves in decimal digits, whatever side of them the nearest double is on.
  @Test(arguments: [
    (0.9445, 3, "0.945"), (0.5375, 3, "0.538"), (-0.5375, 3, "-0.538"), (0.8625, 3, "0.863"),
    (0.94449999999999, 3, "0.944"), (2.5, 0, "3"), (-0.5, 0, "-1"), (-0.0004, 3, "0.000"),
    (0.1 + 0.2, 1, "0.3"), (999_999.5, 0, "1000000"), (1e-300, 3, "0.000"), (0.95, 3, "0.950"),
  ])
  func halvesAreRoundedAwayFromZero(_ value: Double, _ decimals: Int, _ text: String) {
    #expect(NumberText.fixed(value, decimals: decimals) == text)
  }

  @Test func others() {
    #expect(NumberText.withError(1.56251, nil) == "1.563")
    #expect(NumberText.count(0) == "0")
    #expect(NumberText.count(999) == "999")
    #expect(NumberText.count(-12_345_678) == "-12,345,678")
    #expect(NumberText.count(1, "fit") == "1 fit")
    #expect(NumberText.count(2000, "fit") == "2,000 fits")
    #expect(NumberText.significant(12_345.6) == "12,346")
    #expect(NumberText.significant(0.0123456) == "0.0123")
    #expect(NumberText.significant(1e300) == "1e+300")
    #expect(NumberText.significant(nil) == "n/a")
    #expect(NumberText.setting(0.5) == "0.5")
    #expect(NumberText.setting(2) == "2")
    #expect(NumberText.setting(-0.6931471805599453) == "-0.6931")
    #expect(NumberText.percent(0.95) == "95")
    #expect(NumberText.percent(0.999) == "99.9")
    #expect(Wording.share(1, of: 1_000_000) == "less than 0.01 %")
    #expect(Wording.share(0, of: 10) == "0 %")
    #expect(Wording.share(3, of: 0) == "n/a")
    #expect(Wording.share(1, of: 8) == "13 %")
  }
}
