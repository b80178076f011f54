/// A fixed number of doubles at a fixed address.
///
/// Kernels read and write through `pointer`; concurrent kernels write disjoint ranges only, which is what makes sharing
/// it between threads sound. The owner of a storage outlives every use of its pointer. Eight zeros lie behind the last value, so
/// that the last vector of eight may be read whole.
final class DoubleStorage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Double>
  let count: Int
  /// The storage that a view lies in; it lives as long as the view.
  private let parent: DoubleStorage?

  /// `count` zeros.
  init(count: Int) {
    self.count = count
    parent = nil
    pointer = UnsafeMutablePointer<Double>.allocate(capacity: count + 8)
    pointer.initialize(repeating: 0, count: count + 8)
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
    self.count = count
    pointer = parent.pointer + offset
  }

  deinit {
    if parent == nil { pointer.deallocate() }
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
  func add(_ other: DoubleStorage, times factor: Double) {
    for i in 0..<count { pointer[i] += factor * other.pointer[i] }
  }

  /// self <- other - self, elementwise.
  func subtract(from other: DoubleStorage) {
    for i in 0..<count { pointer[i] = other.pointer[i] - pointer[i] }
  }

  /// self <- (1 - fraction) a + fraction b, elementwise.
  func interpolate(from a: DoubleStorage, to b: DoubleStorage, fraction: Double) {
    for i in 0..<count {
      pointer[i] = (1 - fraction) * a.pointer[i] + fraction * b.pointer[i]
    }
  }
}
