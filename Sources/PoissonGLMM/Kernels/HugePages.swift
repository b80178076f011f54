import Foundation

/// Zeros for a large storage, where the system may back them with pages of 2 MB: a storage that is
/// used once costs as much to be handed over in pages of 4 KB as to be computed with.
struct HugePages {
  private static let pageSize = 1 << 21

  let address: UnsafeMutableRawPointer
  private let reserved: UnsafeMutableRawPointer
  private let reservedBytes: Int

  /// - Returns: nil for sizes below a page, and where the system gives none.
  init?(bytes: Int) {
    #if os(Linux)
      guard bytes >= Self.pageSize else { return nil }
      // Room to begin at a page's boundary; what is not touched costs nothing.
      reservedBytes = bytes + Self.pageSize
      guard
        let reserved = mmap(
          nil, reservedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        reserved != MAP_FAILED
      else { return nil }
      self.reserved = reserved
      address = reserved.alignedUp(toMultipleOf: Self.pageSize)
      // A wish: without it, pages are small.
      madvise(address, bytes, MADV_HUGEPAGE)
    #else
      return nil
    #endif
  }

  func release() {
    munmap(reserved, reservedBytes)
  }
}
