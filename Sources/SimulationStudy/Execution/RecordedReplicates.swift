/// What a store already has of one scenario, within one shard.
public struct RecordedReplicates: Sendable, Equatable {
  /// Positions in the shard: disjoint, not touching, ascending.
  private(set) var positions: [Range<Int>] = []
  /// Fits of these replicates, those that failed among them.
  public private(set) var fits = 0
  public private(set) var failedFits = 0

  public init() {}

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
