import Synchronization
import Testing

@testable import SimulationStudy

@Suite struct ProgressReporterTests {
  /// What was written, piece by piece.
  private final class Log: Sendable {
    let pieces = Mutex<[String]>([])
    var all: [String] { pieces.withLock { $0 } }
  }

  private func makeReporter(
    isTerminal: Bool, columns: Int = 80
  ) -> (ProgressReporter, Log) {
    let log = Log()
    let reporter = ProgressReporter(
      isTerminal: isTerminal, now: 100, columns: { columns },
      write: { text in log.pieces.withLock { $0.append(text) } })
    return (reporter, log)
  }

  @Test func elsewhereThanOnATerminalThereIsALineEveryTenSeconds() {
    var (reporter, log) = makeReporter(isTerminal: false)
    for second in 1...25 {
      reporter.update(
        StudyProgress(done: 10 * second, failed: 1, total: 1000), now: 100 + Double(second))
    }
    reporter.finish(StudyProgress(done: 260, failed: 1, total: 1000), now: 126)
    #expect(
      log.all == [
        "100 of 1000 fits, 10 a second, 1 failed, 1 min 30 s left\n",
        "200 of 1000 fits, 10 a second, 1 failed, 1 min 20 s left\n",
        "260 fits in 26 s, 1 failed\n",
      ])
  }

  @Test func onATerminalABarIsRedrawnAndRemoved() {
    var (reporter, log) = makeReporter(isTerminal: true)
    reporter.update(StudyProgress(done: 1, failed: 0, total: 4), now: 100.01)
    reporter.update(StudyProgress(done: 2, failed: 0, total: 4), now: 100.5)
    reporter.finish(StudyProgress(done: 2, failed: 0, total: 4), now: 101)
    #expect(
      log.all == [
        "\r\u{1B}[K[##########..........] 2 of 4 fits, 4 a second, 0 failed, 0.5 s left",
        "\r\u{1B}[K", "2 fits in 1.0 s, 0 failed\n",
      ])
  }

  /// A line that wraps could not be cleared: it would scroll by ten times a second.
  @Test(arguments: [0, 1, 20, 60, 80, 87, 88, 89, 200])
  func theBarIsNoWiderThanTheTerminal(columns: Int) throws {
    var (reporter, log) = makeReporter(isTerminal: true, columns: columns)
    let progress = StudyProgress(done: 1_234_567, failed: 12_345, total: 2_000_000)
    reporter.update(progress, now: 400)
    let line = try #require(log.all.first).dropFirst("\r\u{1B}[K".count)
    let status = "1234567 of 2000000 fits, 4115 a second, 12345 failed, 3 min 6 s left"
    #expect(line.count <= max(0, columns - 1))
    // The numbers go before the bar.
    if columns > status.count { #expect(line.hasSuffix(status)) }
    if columns >= 100 { #expect(line == "[############........] " + status) }
  }

  @Test func theBarMakesRoomForSomethingElse() {
    var (reporter, log) = makeReporter(isTerminal: true)
    reporter.clear()
    #expect(log.all.isEmpty)
    reporter.update(StudyProgress(done: 1, failed: 0, total: 4), now: 101)
    reporter.clear()
    reporter.clear()
    #expect(log.all.dropFirst() == ["\r\u{1B}[K"])
  }

  /// What an earlier run has done counts as done, but not for the speed.
  @Test func aStudyThatGoesOnCountsWhatItHad() {
    var (reporter, log) = makeReporter(isTerminal: false)
    let progress = StudyProgress(done: 900, failed: 2, total: 1000, doneBefore: 800)
    reporter.update(progress, now: 110)
    reporter.finish(progress, now: 110)
    #expect(
      log.all == [
        "900 of 1000 fits, 10 a second, 2 failed, 10 s left\n",
        "100 fits in 10 s, 2 failed; 800 were recorded before\n",
      ])
  }

  @Test(arguments: [
    (0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 0 s"), (3700, "1 h 1 min"),
    (1e12, "unknown time"), (.infinity, "unknown time"), (.nan, "unknown time"),
  ])
  func secondsAreWordedForPeople(seconds: Double, expected: String) {
    #expect(ProgressReporter.seconds(seconds) == expected)
  }
}
