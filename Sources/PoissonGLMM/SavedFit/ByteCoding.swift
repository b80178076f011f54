/// Numbers and texts as bytes, the lowest byte first: doubles by their bits, so that every one
/// comes back as it was.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ value: UInt64) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func write(_ value: Int) { write(UInt64(bitPattern: Int64(value))) }

  mutating func write(_ value: Double) { write(value.bitPattern) }

  mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

  mutating func write(_ text: String) {
    write(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  mutating func write(_ values: [Double]) {
    write(values.count)
    for value in values { write(value) }
  }

  /// A list, its length first.
  mutating func write<Value>(_ values: [Value], _ each: (inout ByteWriter, Value) -> Void) {
    write(values.count)
    for value in values { each(&self, value) }
  }

  /// A value that may be missing.
  mutating func write<Value>(_ value: Value?, _ each: (inout ByteWriter, Value) -> Void) {
    write(value != nil)
    if let value { each(&self, value) }
  }
}

/// Reads what `ByteWriter` wrote. Bytes that are not as they should be are an error, never a crash
/// and never more memory than there are bytes.
struct ByteReader {
  /// The bytes do not hold what is read from them.
  struct Damage: Error {}

  private let bytes: [UInt8]
  private var position: Int

  init(_ bytes: [UInt8], from position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  var isAtEnd: Bool { position == bytes.count }

  mutating func readWord() throws(Damage) -> UInt64 {
    guard bytes.count - position >= 8 else { throw Damage() }
    var word: UInt64 = 0
    for index in 0..<8 { word |= UInt64(bytes[position + index]) << (8 * UInt64(index)) }
    position += 8
    return word
  }

  mutating func readInt() throws(Damage) -> Int { Int(Int64(bitPattern: try readWord())) }

  mutating func readDouble() throws(Damage) -> Double { Double(bitPattern: try readWord()) }

  mutating func readBool() throws(Damage) -> Bool {
    guard position < bytes.count, bytes[position] <= 1 else { throw Damage() }
    position += 1
    return bytes[position - 1] == 1
  }

  mutating func readText() throws(Damage) -> String {
    let count = try readCount(ofSize: 1)
    let text = String(validating: bytes[position..<(position + count)], as: UTF8.self)
    guard let text else { throw Damage() }
    position += count
    return text
  }

  mutating func readDoubles() throws(Damage) -> [Double] {
    let count = try readCount(ofSize: 8)
    var values: [Double] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try readDouble()) }
    return values
  }

  mutating func readList<Value>(
    _ each: (inout ByteReader) throws(Damage) -> Value
  ) throws(Damage) -> [Value] {
    // Every entry has a byte or more.
    let count = try readCount(ofSize: 1)
    var values: [Value] = []
    for _ in 0..<count { values.append(try each(&self)) }
    return values
  }

  mutating func readOptional<Value>(
    _ each: (inout ByteReader) throws(Damage) -> Value
  ) throws(Damage) -> Value? {
    try readBool() ? try each(&self) : nil
  }

  /// A number of things of which as many can be left.
  private mutating func readCount(ofSize size: Int) throws(Damage) -> Int {
    let count = try readInt()
    guard count >= 0, count <= (bytes.count - position) / size else { throw Damage() }
    return count
  }
}
