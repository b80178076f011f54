import CalculatorAPI
import NIOCore
import Synchronization

/// The work that is under way, by the connections that wait for it.
final class RequestRuns: Sendable {
  private let runs = Mutex<[ObjectIdentifier: RequestRun]>([:])

  /// Work for a connection, which has one at a time.
  func begin(on channel: any Channel, limits: RequestLimits) -> RequestRun {
    let run = RequestRun(limits: limits)
    runs.withLock { $0[ObjectIdentifier(channel)] = run }
    // The connection may have ended before there was something to cancel.
    if !channel.isActive { run.cancel() }
    return run
  }

  /// The work has its answer.
  func end(on channel: any Channel) {
    _ = runs.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }
  }

  /// Nobody waits for the answer any more.
  func cancel(on channel: any Channel) {
    runs.withLock { $0[ObjectIdentifier(channel)] }?.cancel()
  }

  /// The server is about to end.
  func cancelAll() {
    for run in runs.withLock({ Array($0.values) }) { run.cancel() }
  }
}
