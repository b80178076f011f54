import Testing

@testable import SimulationStudy

@Suite struct GateCheckTests {
  private func row(_ parameter: String, _ estimate: Double?) -> MeasureRow {
    MeasureRow(
      scenario: "s", method: "m", parameter: parameter, measure: .coverage, estimate: estimate,
      monteCarloStandardError: estimate == nil ? nil : 0.007, truth: 0, attempted: 1000, failed: 0,
      used: estimate == nil ? 1 : 1000)
  }

  private func status(
    _ lower: Double, _ upper: Double, parameter: String = "a",
    measure: PerformanceMeasure = .coverage
  ) -> GateResult.Status? {
    let gate = Gate(
      scenario: "s", method: "m", parameter: parameter, measure: measure, lower: lower,
      upper: upper)
    return GateCheck.evaluate([([gate], 0.05)], rows: [row("a", 0.93), row("b", nil)]).first?.status
  }

  @Test func limitsAreInclusive() {
    #expect(status(0.92, 0.98) == .passed)
    #expect(status(0.93, 0.93) == .passed)
    #expect(status(-.infinity, 0.93) == .passed)
    #expect(status(0.93.nextUp, 1) == .failed)
    #expect(status(0, 0.93.nextDown) == .failed)
  }

  @Test func limitsThatHoldNothingFail() {
    #expect(status(1, 0) == .failed)
    #expect(status(.nan, 1) == .failed)
    #expect(status(0, .nan) == .failed)
  }

  @Test func aMissingRowOrNumberDoesNotPass() {
    #expect(status(0, 1, parameter: "c") == .missing)
    #expect(status(0, 1, parameter: "b") == .missing)
    #expect(status(0, 1, measure: .bias) == .missing)
  }

  @Test func noGatesNoResults() {
    #expect(GateCheck.evaluate([], rows: []) == [])
  }
}
