import Dispatch

/// The groups cut into consecutive chunks, for loops that run over threads.
///
/// The cuts depend on the data's shape alone, each chunk writes its own partial sums, and partial
/// sums are added in chunk order: results carry the same bits whatever the number of threads.
struct GroupChunks: Sendable {
  /// Chunk c holds groups `boundaries[c] ..< boundaries[c + 1]`.
  let boundaries: [Int]
  let threads: Int

  var count: Int { boundaries.count - 1 }

  /// Fewer rows are not worth the cost of handing them to another thread.
  static let minimumRows = 2048

  /// - Parameters:
  ///   - groupStarts: first row of each group, and n at the end.
  ///   - minimumRows: the least number of rows that make a chunk.
  init(groupStarts: [Int], threads: Int, minimumRows: Int = minimumRows) {
    let rows = groupStarts.last ?? 0
    let groups = groupStarts.count - 1
    // Few enough chunks that their partial sums stay small.
    let rowsPerChunk = max(minimumRows, (rows + 255) / 256)
    var boundaries = [0]
    for group in 0..<groups
    where groupStarts[group + 1] - groupStarts[boundaries[boundaries.count - 1]] >= rowsPerChunk {
      boundaries.append(group + 1)
    }
    if boundaries[boundaries.count - 1] != groups { boundaries.append(groups) }
    self.boundaries = boundaries
    self.threads = max(1, min(threads, boundaries.count - 1))
  }

  /// Runs `body(thread, chunk, groups of the chunk)` once for every chunk.
  func run(_ body: @Sendable (_ thread: Int, _ chunk: Int, _ groups: Range<Int>) -> Void) {
    if threads == 1 {
      for chunk in 0..<count { body(0, chunk, boundaries[chunk]..<boundaries[chunk + 1]) }
      return
    }
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      for chunk in stride(from: thread, to: count, by: threads) {
        body(thread, chunk, boundaries[chunk]..<boundaries[chunk + 1])
      }
    }
  }
}
