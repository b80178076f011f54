import CalculatorAPI
import NIOPosix
import Synchronization

/// The threads that fit, none of which waits for the network: as many fits at once as they are, a
/// few more waiting, and the others turned away.
final class FitWorkers: Sendable {
  /// For each fit at once, so many may wait.
  private static let waitingEach = 8
  /// Bytes of all bodies that are being received or worked on.
  private static let bodyBytes = 100_000_000

  private let threads: NIOThreadPool
  private let capacity: Int
  private let admitted = Atomic(0)
  private let bytes = Atomic(0)

  /// - Parameter fits: how many may run at once.
  init(fits: Int) {
    threads = NIOThreadPool(numberOfThreads: fits)
    capacity = fits * (1 + Self.waitingEach)
    threads.start()
  }

  /// The answer of a request, worked out in one of the threads once one is free.
  /// - Throws: `RequestProblem`, of too much to do where nothing more may wait.
  func answer(
    _ run: RequestRun, _ body: @escaping @Sendable () throws -> [UInt8]
  ) async throws -> [UInt8] {
    guard admitted.add(1, ordering: .relaxed).newValue <= capacity else {
      admitted.subtract(1, ordering: .relaxed)
      throw RequestProblem(.busy, "The server has too much to do: please try again later.")
    }
    defer { admitted.subtract(1, ordering: .relaxed) }
    return try await threads.runIfActive { run.answer(body) }.get()
  }

  /// Takes note of bytes that are in memory for a request.
  /// - Throws: `RequestProblem` if they are too many with those of the others.
  func hold(_ count: Int) throws(RequestProblem) {
    guard bytes.add(count, ordering: .relaxed).newValue <= Self.bodyBytes else {
      bytes.subtract(count, ordering: .relaxed)
      throw RequestProblem(.busy, "The server has too much to do: please try again later.")
    }
  }

  /// They are no longer in memory.
  func release(_ count: Int) { bytes.subtract(count, ordering: .relaxed) }
}
