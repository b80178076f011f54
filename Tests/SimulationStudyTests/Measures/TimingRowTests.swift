import Testing

@testable import SimulationStudy

@Suite struct TimingRowTests {
  private func record(
    _ replicate: Int, seconds: Double, iterations: Int, converged: Bool = true
  ) -> ReplicateRecord {
    ReplicateRecord(
      scenario: "s", method: "m", replicate: replicate,
      outcome: .fitted(
        Fixture.result([], iterations: iterations, reason: "r", converged: converged)),
      seconds: seconds)
  }

  @Test func quantilesAndThroughput() {
    // Seconds 1 2 3 10 in any order, the slowest not converged; the error took no time.
    let row = TimingRow(
      scenario: "s", method: "m",
      records: [
        record(0, seconds: 3, iterations: 9), record(1, seconds: 1, iterations: 4),
        Fixture.failure(2, "no"), record(3, seconds: 10, iterations: 50, converged: false),
        record(4, seconds: 2, iterations: 6),
      ])
    #expect(row.fits == 4)
    #expect(row.medianSeconds == 2.5)
    // Type 7: 1 + 0.15 * (2 - 1) and 3 + 0.85 * (10 - 3).
    #expect(abs((row.fifthPercentileSeconds ?? 0) - 1.15) < 1e-14)
    #expect(abs((row.ninetyFifthPercentileSeconds ?? 0) - 8.95) < 1e-14)
    #expect(row.totalSeconds == 16)
    #expect(row.fitsPerSecond == 0.25)
    #expect(row.medianIterations == 7.5)
  }

  @Test func nothingToTime() {
    let row = TimingRow(scenario: "s", method: "m", records: [Fixture.failure(0, "no")])
    #expect(row.fits == 0)
    #expect(row.totalSeconds == 0)
    #expect(row.medianSeconds == nil)
    #expect(row.medianIterations == nil)
    #expect(row.fitsPerSecond == nil)
  }
}
