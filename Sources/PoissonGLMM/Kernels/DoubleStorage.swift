import PlatformEssentials

/// A fixed number of doubles at a fixed address.
///
/// Kernels read and write through `pointer`. Sharing a storage between threads is sound because
/// concurrent kernels write disjoint ranges only. The owner of a storage outlives every use of its
/// pointer. Eight zeros lie behind the last value, so that the last vector of eight may be read
/// whole.
final class DoubleStorage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Double>
  let count: Int
  /// The storage that a view lies in; it lives as long as the view.
  private let parent: DoubleStorage?
  /// The memory of a large storage.
  private let pages: HugePages?

  /// `count` zeros.
  init(count: Int) {
    self.count = count
    parent = nil
    pages = HugePages(bytes: (count + 8) * MemoryLayout<Double>.stride)
    if let pages {
      pointer = pages.address.bindMemory(to: Double.self, capacity: count + 8)
      return
    }
    // `calloc` does not touch the pages of a large storage: the threads that use it are the first
    // to.
    guard let zeros = calloc(count + 8, MemoryLayout<Double>.stride) else {
      fatalError("There is no memory for \(count) more numbers.")
    }
    pointer = zeros.bindMemory(to: Double.self, capacity: count + 8)
  }

  convenience init(_ values: [Double]) {
    self.init(count: values.count)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: source.count) }
    }
  }

  /// A view of `count` doubles of `parent` from `offset` on.
  init(viewOf parent: DoubleStorage, from offset: Int, count: Int) {
    precondition(offset >= 0 && count >= 0 && offset + count <= parent.count)
    self.parent = parent
    pages = nil
    self.count = count
    pointer = parent.pointer + offset
  }

  deinit {
    if let pages {
      pages.release()
    } else if parent == nil {
      free(pointer)
    }
  }

  /// A copy of the values.
  var array: [Double] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  func fill(with value: Double) {
    pointer.update(repeating: value, count: count)
  }

  func copy(from other: DoubleStorage) {
    pointer.update(from: other.pointer, count: count)
  }

  func scale(by factor: Double) {
    for i in 0..<count { pointer[i] *= factor }
  }

  /// self <- self + factor * other, elementwise.
  func add(_ other: DoubleStorage, times factor: Double, in elements: Range<Int>? = nil) {
    for i in elements ?? 0..<count { pointer[i] += factor * other.pointer[i] }
  }

  /// self <- other - self, elementwise.
  func subtract(from other: DoubleStorage, in elements: Range<Int>) {
    for i in elements { pointer[i] = other.pointer[i] - pointer[i] }
  }

  /// self <- (1 - fraction) a + fraction b, elementwise.
  func interpolate(
    from a: DoubleStorage, to b: DoubleStorage, fraction: Double, in elements: Range<Int>? = nil
  ) {
    for i in elements ?? 0..<count {
      pointer[i] = (1 - fraction) * a.pointer[i] + fraction * b.pointer[i]
    }
  }
}

/// Zeros for a large storage, which the system may back with pages of 2 MB. With pages of 4 KB,
/// page faults cost as much as the computation with a storage that is used once.
struct HugePages {
  private static let pageSize = 1 << 21

  let address: UnsafeMutableRawPointer
  private let reserved: UnsafeMutableRawPointer
  private let reservedBytes: Int

  /// - Returns: nil for sizes below a page, and where the system gives none.
  init?(bytes: Int) {
    #if os(Linux)
      guard bytes >= Self.pageSize else { return nil }
      // One page more than needed, to begin at a page's boundary; what is not touched costs
      // nothing.
      reservedBytes = bytes + Self.pageSize
      guard
        let reserved = mmap(
          nil, reservedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        reserved != MAP_FAILED
      else { return nil }
      self.reserved = reserved
      address = reserved.alignedUp(toMultipleOf: Self.pageSize)
      // Only a request: if the system refuses it, pages are small.
      madvise(address, bytes, MADV_HUGEPAGE)
    #else
      return nil
    #endif
  }

  func release() {
    munmap(reserved, reservedBytes)
  }
}
