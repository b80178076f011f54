/// The hash function FNV-1a (Fowler, Noll & Vo), 64 bits wide: the same on every machine and in every
/// process, as Swift's `Hasher` is not.
package enum FNV1a {
  /// The hash of a sequence of bytes; the offset basis for none.
  package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return hash
  }
}
