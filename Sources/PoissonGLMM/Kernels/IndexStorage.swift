/// A fixed number of indices at a fixed address, half the size of `Int`.
///
/// They are written while their owner is built and only read afterwards, or belong to one thread:
/// that makes sharing sound. The owner of a storage outlives every use of its pointer.
final class IndexStorage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Int32>
  let count: Int

  /// `count` zeros.
  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: max(count, 1))
    pointer.initialize(repeating: 0, count: max(count, 1))
  }

  convenience init(_ values: [Int32]) {
    self.init(count: values.count)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: source.count) }
    }
  }

  deinit {
    pointer.deallocate()
  }

  subscript(index: Int) -> Int {
    precondition(index >= 0 && index < count)
    return Int(pointer[index])
  }
}
