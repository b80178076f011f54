import Synchronization

/// An end to a computation before its own: when its time is over, or when somebody asks for it.
///
/// Whatever runs within `run` looks at the limit once an iteration, and ends with a `FitError`.
package final class FitLimit: Sendable {
  /// The limit under which the current thread works. Threads that a fit starts are handed it.
  @TaskLocal package static var current: FitLimit?

  private let seconds: Double?
  private let deadline: ContinuousClock.Instant?
  private let isCancelled = Atomic(false)
  /// How many numbers the design matrix of one formula may have, rows times columns; nil for no
  /// limit.
  let designValues: Int?

  /// - Parameters:
  ///   - seconds: the time from now on; nil, or more than a year, for no limit.
  ///   - designValues: how many numbers a design matrix may have, rows times columns; nil for no
  ///     limit.
  package init(seconds: Double?, designValues: Int? = nil) {
    self.designValues = designValues
    let year = 366.0 * 24 * 3600
    let limit = seconds.flatMap { $0 < year ? max($0, 0) : nil }
    self.seconds = limit
    deadline = limit.map { ContinuousClock.now + .seconds($0) }
  }

  /// Ends what runs under the limit; any thread may call it.
  package func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// Runs `body` under the limit.
  package func run<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.$current.withValue(self, operation: body)
  }

  private func check() throws(FitError) {
    if isCancelled.load(ordering: .relaxed) { throw FitError("The fit was cancelled.") }
    if let deadline, let seconds, ContinuousClock.now >= deadline {
      throw FitError("The fit did not end within its time limit of \(seconds) s.")
    }
  }

  /// Whether its time is over, or somebody has asked for the end.
  var isReached: Bool { (try? check()) == nil }

  /// Throws a `FitError` if the limit of the current thread is reached.
  package static func check() throws(FitError) { try current?.check() }
}
