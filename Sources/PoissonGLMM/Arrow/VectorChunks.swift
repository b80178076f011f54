import Dispatch

/// The elements of a long vector cut into consecutive chunks, for loops that run over threads.
///
/// As with `GroupChunks`, the cuts do not depend on the number of threads, and sums are added in chunk order.
struct VectorChunks: Sendable {
  /// Small enough for a handful of vectors to stay in cache.
  private static let length = 4096
  let elementCount: Int
  private let threads: Int

  var count: Int { (elementCount + Self.length - 1) / Self.length }

  init(elementCount: Int, threads: Int) {
    self.elementCount = elementCount
    // Handing out less work than this costs more than it saves.
    self.threads = max(1, min(threads, elementCount / (8 * Self.length)))
  }

  /// Runs `body(chunk, its elements)` once for every chunk.
  func run(_ body: @Sendable (_ chunk: Int, _ elements: Range<Int>) -> Void) {
    @Sendable func perform(_ chunk: Int) {
      let first = chunk * Self.length
      body(chunk, first..<min(first + Self.length, elementCount))
    }
    if threads == 1 {
      for chunk in 0..<count { perform(chunk) }
      return
    }
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      for chunk in stride(from: thread, to: count, by: threads) { perform(chunk) }
    }
  }
}
