/// A set of replicate numbers, one bit each.
struct ReplicateSet {
  private var words: [UInt64]
  let capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(0, capacity)
    words = [UInt64](repeating: 0, count: (self.capacity + 63) / 64)
  }

  func contains(_ replicate: Int) -> Bool {
    guard (0..<capacity).contains(replicate) else { return false }
    return words[replicate >> 6] & (1 << UInt64(replicate & 63)) != 0
  }

  /// - Returns: false if the replicate was there already, or is beyond the capacity.
  mutating func insert(_ replicate: Int) -> Bool {
    guard (0..<capacity).contains(replicate), !contains(replicate) else { return false }
    words[replicate >> 6] |= 1 << UInt64(replicate & 63)
    count += 1
    return true
  }

  /// The replicates below a number that are not in the set, ascending.
  func missing(below limit: Int) -> LazyFilterSequence<Range<Int>> {
    (0..<min(limit, capacity)).lazy.filter { !contains($0) }
  }
}
