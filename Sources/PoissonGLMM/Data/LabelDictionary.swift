/// Numbers distinct byte strings 0, 1, ... in order of first appearance.
///
/// A hash table with open addressing over one byte array: labels need no object of their own, and
/// looking up a label that is known allocates nothing. Hashes are seeded per process, so that no
/// data can make it slow.
struct LabelDictionary {
  private var bytes: [UInt8] = []
  /// Label k is `bytes[ends[k]..<ends[k + 1]]`.
  private var ends = [0]
  /// Indices of labels, -1 where free; the size is a power of two, at most half of it in use.
  private var slots = [Int32](repeating: -1, count: 64)
  private var previous: Int32 = -1

  /// The number of distinct labels.
  var count: Int { ends.count - 1 }

  /// The index of `label`, and whether it is new; nil if there are too many labels for an `Int32`.
  mutating func index(of label: UnsafeBufferPointer<UInt8>) -> (index: Int32, isNew: Bool)? {
    // Rows of one group are often neighbours.
    if previous >= 0, equals(label, previous) { return (previous, false) }
    var slot = hash(label) & (slots.count - 1)
    while slots[slot] >= 0 {
      if equals(label, slots[slot]) {
        previous = slots[slot]
        return (previous, false)
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    guard let index = Int32(exactly: count) else { return nil }
    bytes.append(contentsOf: label)
    ends.append(bytes.count)
    slots[slot] = index
    previous = index
    if count * 2 > slots.count { rebuild(size: slots.count * 2) }
    return (index, true)
  }

  /// The bytes of label `index`.
  func label(_ index: Int) -> ArraySlice<UInt8> { bytes[ends[index]..<ends[index + 1]] }

  private func equals(_ label: UnsafeBufferPointer<UInt8>, _ index: Int32) -> Bool {
    let start = ends[Int(index)]
    guard ends[Int(index) + 1] - start == label.count else { return false }
    for offset in 0..<label.count where bytes[start + offset] != label[offset] { return false }
    return true
  }

  private func hash(_ label: UnsafeBufferPointer<UInt8>) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: UnsafeRawBufferPointer(label))
    return hasher.finalize()
  }

  private mutating func rebuild(size: Int) {
    slots = [Int32](repeating: -1, count: size)
    for index in 0..<count {
      var slot = label(index).withUnsafeBufferPointer(hash) & (size - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = Int32(index)
    }
  }
}
