/// Tells a waiting person how far a study has come: on a terminal a bar that is redrawn, elsewhere
/// a plain line every 10 seconds. It decides what to say and when; the caller says it.
package struct ProgressReporter: Sendable {
  private let isTerminal: Bool
  private let columns: @Sendable () -> Int
  private let write: @Sendable (String) -> Void
  private let start: Double
  private var lastSaid: Double
  private var barIsShown = false

  /// Seconds between two redraws of the bar, and between two lines.
  private static let barInterval = 0.1
  private static let lineInterval = 10.0

  /// - Parameters:
  ///   - now: seconds of a monotonic clock.
  ///   - columns: the terminal's width, asked for each time: windows are resized.
  ///   - write: takes text for standard error.
  package init(
    isTerminal: Bool, now: Double, columns: @escaping @Sendable () -> Int = { 80 },
    write: @escaping @Sendable (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.columns = columns
    self.write = write
    start = now
    lastSaid = now
  }

  /// Says how far the study is, when it is time.
  package mutating func update(_ progress: StudyProgress, now: Double) {
    guard now - lastSaid >= (isTerminal ? Self.barInterval : Self.lineInterval) else { return }
    lastSaid = now
    if isTerminal {
      barIsShown = true
      write(Self.cleared + barLine(progress, now: now))
    } else {
      write(status(progress, now: now) + "\n")
    }
  }

  /// Removes the bar, so that something else can be said.
  package mutating func clear() {
    if barIsShown { write(Self.cleared) }
    barIsShown = false
  }

  /// The last line.
  package mutating func finish(_ progress: StudyProgress, now: Double) {
    clear()
    let before = progress.doneBefore > 0 ? "; \(progress.doneBefore) were recorded before" : ""
    write(
      "\(progress.done - progress.doneBefore) fits in \(Self.seconds(now - start)), "
        + "\(progress.failed) failed\(before)\n")
  }

  private func status(_ progress: StudyProgress, now: Double) -> String {
    let rate = Double(progress.done - progress.doneBefore) / max(now - start, 1e-9)
    let left = rate > 0 ? Double(progress.total - progress.done) / rate : .infinity
    return "\(progress.done) of \(progress.total) fits, \(Self.whole(rate)) a second, "
      + "\(progress.failed) failed, \(Self.seconds(left)) left"
  }

  /// Return to the start of the line and clear it to its end.
  private static let cleared = "\r\u{1B}[K"

  /// At most as wide as the terminal: the end of a line that wraps would stay when it is cleared.
  /// The bar gives way to the numbers. The last column stays empty, where some terminals wrap
  /// already.
  private func barLine(_ progress: StudyProgress, now: Double) -> String {
    let (room, status) = (max(0, columns() - 1), status(progress, now: now))
    let width = min(20, room - status.count - "[] ".count)
    guard width >= 5 else { return String(status.prefix(room)) }
    return Self.bar(progress, width: width) + " " + status
  }

  private static func bar(_ progress: StudyProgress, width: Int) -> String {
    let share = Double(progress.done) / Double(max(1, progress.total))
    let full = min(width, max(0, Int(share * Double(width))))
    return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
      + "]"
  }

  /// `0.4 s`, `12 s`, `3 min 5 s`, `2 h 7 min`.
  static func seconds(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 3.6e9 else { return "unknown time" }
    if seconds < 9.95 { return "\((seconds * 10).rounded() / 10) s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  private static func whole(_ number: Double) -> String {
    number < 1e15 ? String(Int(number.rounded())) : "\(number)"
  }
}
