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
    #expect(status(0.93.nextUp, 1) == .withinError)
    #expect(status(0, 0.93.nextDown) == .withinError)
  }

  /// By three of the errors that a share has at the limit: 3 sqrt(0.95 * 0.05 / 1000) = 0.0207 and
  /// at 0.9 0.0285.
  @Test func whatTheErrorAllowsPasses() {
    #expect(status(0.95, 1) == .withinError)
    #expect(status(0.951, 1) == .failed)
    #expect(status(0, 0.902) == .withinError)
    #expect(status(0, 0.901) == .failed)
  }

  private func result(
    _ measure: PerformanceMeasure, _ estimate: Double, error: Double?, used: Int,
    _ limits: ClosedRange<Double>
  ) -> GateResult.Status? {
    let row = MeasureRow(
      scenario: "s", method: "m", parameter: "a", measure: measure, estimate: estimate,
      monteCarloStandardError: error, truth: 0, attempted: used, failed: 0, used: used)
    let gate = Gate(
      scenario: "s", method: "m", parameter: "a", measure: measure, lower: limits.lowerBound,
      upper: limits.upperBound)
    return GateCheck.evaluate([([gate], 0.05)], rows: [row]).first?.status
  }

  /// One gate at any number of replicates: few do not fail it by chance, many do not pass it with
  /// what they disprove.
  @Test func aGateKnowsHowManyReplicatesThereAre() {
    // 54 of 60, below 0.93: one of 0.93 has an error of 0.033.
    #expect(result(.coverage, 0.9, error: 0.0387, used: 60, 0.93...0.97) == .withinError)
    #expect(result(.coverage, 0.9, error: 0.0095, used: 1000, 0.93...0.97) == .failed)
    #expect(result(.coverage, 0.929, error: 0.000_257, used: 1_000_000, 0.93...0.97) == .failed)
    #expect(
      result(.coverage, 0.9295, error: 0.000_256, used: 1_000_000, 0.93...0.97) == .withinError)
    // All of few: the estimated error is 0, that at the limit is not.
    #expect(result(.coverage, 1, error: 0, used: 60, 0.93...0.97) == .withinError)
    #expect(result(.coverage, 1, error: 0, used: 1000, 0.93...0.97) == .failed)
    // Of other measures the estimated error counts; without one the limits are sharp.
    #expect(result(.bias, 0.035, error: 0.01, used: 60, -0.01...0.01) == .withinError)
    #expect(result(.bias, 0.041, error: 0.01, used: 60, -0.01...0.01) == .failed)
    #expect(result(.calibrationECDFP, 0.0099, error: nil, used: 60, 0.01...1) == .failed)
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
