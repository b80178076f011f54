/// The hash function FNV-1a (Fowler, Noll & Vo), 64 bits wide: the same on every machine and in
/// every process, as Swift's `Hasher` is not.
package enum FNV1a {
  /// The hash of no bytes.
  package static let offsetBasis: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash of a sequence of bytes, after those whose hash is `start`.
  package static func hash(
    _ bytes: some Sequence<UInt8>, continuing start: UInt64 = offsetBasis
  ) -> UInt64 {
    bytes.reduce(start) { ($0 ^ UInt64($1)) &* prime }
  }

  /// The hash of the eight bytes of a word, the lowest first, after those whose hash is `start`.
  package static func hash(word: UInt64, continuing start: UInt64) -> UInt64 {
    var hash = start
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      hash = (hash ^ (word >> shift & 0xff)) &* prime
    }
    return hash
  }

  private static let prime: UInt64 = 0x0000_0100_0000_01b3
}
