/// What a store already has of one scenario, within one shard.
package struct RecordedReplicates: Sendable, Equatable {
  /// Positions in the shard: disjoint, not touching, ascending.
  private(set) var positions: [Range<Int>] = []
  /// Fits of these replicates, those that failed among them.
  private(set) var fits = 0
  private(set) var failedFits = 0

  init() {}

  /// Adds a replicate at a position after all others.
  mutating func append(position: Int, fits: Int, failedFits: Int) {
    self.fits += fits
    self.failedFits += failedFits
    if let last = positions.last, last.upperBound == position {
      positions[positions.count - 1] = last.lowerBound..<(position + 1)
    } else {
      positions.append(position..<(position + 1))
    }
  }

  /// The positions below `size` that are not recorded.
  func missing(size: Int) -> [Range<Int>] {
    var missing: [Range<Int>] = []
    var next = 0
    for range in positions where range.lowerBound < size {
      if next < range.lowerBound { missing.append(next..<range.lowerBound) }
      next = range.upperBound
    }
    if next < size { missing.append(next..<size) }
    return missing
  }
}

/// The work that a study still has to do, cut into batches: a few replicates of one scenario each.
struct StudyPlan: Sendable {
  struct Batch: Sendable, Equatable {
    /// Batches are numbered scenario by scenario, in the order of their replicates.
    let number: Int
    /// Position in the study's scenarios.
    let scenario: Int
    /// Ascending.
    let replicates: [Int]
  }

  /// The number of fits to do: one for each missing replicate and method.
  let fitCount: Int

  private struct Part {
    let batchSize: Int
    /// Positions in the shard, ascending.
    var missing: [Range<Int>]
  }

  private let shard: Shard
  private var parts: [Part]
  // Where the next batch begins: scenario, range, and the positions of that range already given
  // out.
  private var scenario = 0
  private var range = 0
  private var used = 0
  private var number = 0

  /// Replicates of a batch: enough to make the exchange between workers cheap, few enough to keep
  /// all of them busy to the end.
  private static let maximumBatchSize = 16

  /// - Parameter recorded: what is done already, one value for each scenario; nothing where it is
  ///   short.
  init(
    scenarios: [Scenario], workers: Int, shard: Shard = .whole, recorded: [RecordedReplicates] = []
  ) {
    self.shard = shard
    var fits = 0
    var parts: [Part] = []
    for (index, scenario) in scenarios.enumerated() {
      let done = index < recorded.count ? recorded[index] : RecordedReplicates()
      let missing = done.missing(size: shard.size(ofReplicates: scenario.replicates))
      let count = missing.reduce(0) { $0 + $1.count }
      fits += count * scenario.methods.count
      parts.append(
        Part(batchSize: min(Self.maximumBatchSize, max(1, count / (4 * workers))), missing: missing)
      )
    }
    self.parts = parts
    fitCount = fits
  }

  /// The next batch, or nil when all are given out.
  mutating func next() -> Batch? {
    while scenario < parts.count {
      let part = parts[scenario]
      var replicates: [Int] = []
      while range < part.missing.count, replicates.count < part.batchSize {
        let positions = part.missing[range].dropFirst(used)
        let taken = positions.prefix(part.batchSize - replicates.count)
        replicates += taken.map { shard.replicate(at: $0) }
        used += taken.count
        if taken.count == positions.count {
          range += 1
          used = 0
        }
      }
      if !replicates.isEmpty {
        defer { number += 1 }
        return Batch(number: number, scenario: scenario, replicates: replicates)
      }
      scenario += 1
      range = 0
      used = 0
    }
    return nil
  }

  /// Takes the replicates of a scenario from `replicates` on out of the plan, as far as they are
  /// not given out.
  /// - Returns: how many these were.
  mutating func drop(scenario dropped: Int, from replicates: Int) -> Int {
    guard dropped >= scenario else { return 0 }
    let limit = shard.size(ofReplicates: replicates)
    let isCurrent = dropped == scenario
    var count = 0
    for index in parts[dropped].missing.indices where !isCurrent || index >= range {
      let positions = parts[dropped].missing[index]
      let givenOut = positions.lowerBound + (isCurrent && index == range ? used : 0)
      let end = max(givenOut, min(positions.upperBound, limit))
      parts[dropped].missing[index] = positions.lowerBound..<end
      count += positions.upperBound - end
    }
    return count
  }
}
