import Dispatch
import Foundation
import GRDB
import Synchronization

/// Writes the records of a running study, from a thread of its own: workers leave their batches and
/// go on.
///
/// What has been left is written ten times a second, in one transaction. If the disk cannot keep
/// up, the worker that finds too much waiting writes it itself, so that memory does not fill.
package final class ResultWriter: Sendable {
  private struct Waiting {
    var batches: [RecordBatch] = []
    var fits = 0
    var failure: StoreError?
  }

  private static let interval = DispatchTimeInterval.milliseconds(100)
  /// About 20 MB.
  private static let maximumFitsWaiting = 20_000

  private let store: StudyStore
  private let waiting = Mutex(Waiting())
  private let inserter: Mutex<FitInserter>
  private let closing = DispatchSemaphore(value: 0)
  private let closed = DispatchSemaphore(value: 0)

  /// - Throws: `StoreError`.
  package init(_ study: RegisteredStudy, in store: StudyStore) throws(StoreError) {
    self.store = store
    inserter = Mutex(try store.read { db in try FitInserter(study, db) })
    let thread = Thread { [self] in
      while closing.wait(timeout: .now() + Self.interval) == .timedOut { writeAll() }
      writeAll()
      closed.signal()
    }
    thread.name = "result writer"
    thread.start()
  }

  /// Leaves a batch to be written.
  /// - Throws: the `StoreError` of an earlier batch that could not be written.
  package func append(_ batch: RecordBatch) throws(StoreError) {
    let (fits, failure) = waiting.withLock { waiting in
      waiting.batches.append(batch)
      waiting.fits += batch.records.count
      return (waiting.fits, waiting.failure)
    }
    if let failure { throw failure }
    if fits > Self.maximumFitsWaiting { writeAll() }
  }

  /// Writes what is left and ends the thread; to be called once, after the last batch.
  /// - Throws: the first `StoreError` since the beginning.
  package func finish() throws(StoreError) {
    closing.signal()
    closed.wait()
    if let failure = waiting.withLock({ $0.failure }) { throw failure }
  }

  private func writeAll() {
    // Taken and written under one lock: two threads never have a transaction each.
    inserter.withLock { inserter in
      let batches = waiting.withLock { waiting -> [RecordBatch] in
        // After a failure nothing more is written: what is recorded has no holes that are not
        // known.
        guard waiting.failure == nil else { return [] }
        defer {
          waiting.batches = []
          waiting.fits = 0
        }
        return waiting.batches
      }
      guard !batches.isEmpty else { return }
      do throws(StoreError) {
        try store.write { db in
          for batch in batches { try inserter.insert(batch, db) }
        }
      } catch {
        waiting.withLock { $0.failure = error }
      }
    }
  }
}
