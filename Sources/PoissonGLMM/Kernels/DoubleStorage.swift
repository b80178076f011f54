import Foundation

/// A fixed number of doubles at a fixed address.
///
/// Kernels read and write through `pointer`; concurrent kernels write disjoint ranges only, which
/// is what makes sharing it between threads sound. The owner of a storage outlives every use of its
/// pointer. Eight zeros lie behind the last value, so that the last vector of eight may be read
/// whole.
final class DoubleStorage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Double>
  let count: Int
  /// The storage that a view lies in; it lives as long as the view.
  private let parent: DoubleStorage?
  /// What a large storage lies in.
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
    // The system's zeros: large storages are not touched before they are used, then by the threads
    // that use them.
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
