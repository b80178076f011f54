/// Splits bytes into the fields and rows of RFC 4180, a buffer at a time.
///
/// Beyond the RFC: fields may be separated by another character than the comma; a row may end in
/// LF, CR LF or CR; blank lines are skipped; spaces and tabs around a field do not count unless
/// they are quoted or separate fields.
struct CSVTokenizer: ~Copyable {
  /// The longest field, in bytes. What is longer is most likely a quote that was never closed.
  static let maximumFieldLength = 1 << 20

  /// How a field ended.
  enum Terminator {
    case separator
    case endOfRow
  }

  private let input: any ByteSource
  let separator: CSVSeparator
  private let separatorByte: UInt8
  private var buffer: UnsafeMutableRawBufferPointer
  /// The next byte to look at, and the end of what is in the buffer.
  private var position = 0
  private var end = 0
  /// Bytes before this one may be overwritten.
  private var keepFrom = 0
  private var inputEnded = false
  private var fieldStart = 0
  private var fieldEnd = 0
  /// The line, counted from 1, of the next byte.
  private var nextLine = 1
  /// The line on which the current field begins.
  private(set) var line = 1
  /// The column of the current field, counted from 1.
  private(set) var column = 0

  init(input: any ByteSource, separator: CSVSeparator, bufferSize: Int = 1 << 18) {
    self.input = input
    self.separator = separator
    separatorByte = separator.byte
    buffer = .allocate(byteCount: max(bufferSize, 4), alignment: 16)
  }

  deinit {
    buffer.deallocate()
  }

  /// Moves to the next row that is not blank.
  /// - Returns: false at the end of the input.
  mutating func beginRow() throws(CSVError) -> Bool {
    while true {
      keepFrom = position
      guard try isAvailable() else { return false }
      switch buffer[position] {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): try consumeLineEnd()
      default:
        column = 0
        return true
      }
    }
  }

  /// Moves to the next field of the row. `withField` gives its bytes.
  mutating func nextField() throws(CSVError) -> Terminator {
    column += 1
    line = nextLine
    keepFrom = position
    try skipBlanks()
    keepFrom = position
    if try isAvailable(), buffer[position] == UInt8(ascii: "\"") {
      try scanQuoted()
      try skipBlanks()
    } else {
      try scanUnquoted()
    }
    guard try isAvailable() else { return .endOfRow }
    switch buffer[position] {
    case separatorByte:
      position += 1
      return .separator
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
      // The field's bytes must survive the look at the byte after a CR.
      try consumeLineEnd()
      return .endOfRow
    default:
      throw error("expected \(separator.name) after the closing quote of a field")
    }
  }

  /// The bytes of the current field, without quotes, valid during the call.
  @inline(__always)
  borrowing func withField<Value>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(CSVError) -> Value
  ) throws(CSVError) -> Value {
    let field = UnsafeRawBufferPointer(buffer)[(keepFrom + fieldStart)..<(keepFrom + fieldEnd)]
    return try body(UnsafeRawBufferPointer(rebasing: field).assumingMemoryBound(to: UInt8.self))
  }

  /// An error at the current field.
  borrowing func error(_ message: String) -> CSVError {
    CSVError(.malformed, file: input.name, line: line, column: column, message)
  }

  /// Sets the field to the bytes up to the next separator or line end, trailing blanks excluded.
  private mutating func scanUnquoted() throws(CSVError) {
    scan: while true {
      var next = position
      let bytes = UnsafeRawBufferPointer(buffer)
      while next < end {
        let byte = bytes[next]
        // Of the printable characters only a few come before the quote, so that two comparisons
        // settle most bytes.
        if byte <= UInt8(ascii: "\"") || byte == separatorByte {
          if byte == separatorByte || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
            position = next
            break scan
          }
          if byte == UInt8(ascii: "\"") {
            throw error(
              "found a quote inside a field; a field with quotes is quoted as a whole, "
                + "with each quote in it doubled"
            )
          }
        }
        next += 1
      }
      position = next
      guard try isAvailable() else { break }
    }
    fieldStart = 0
    fieldEnd = position - keepFrom
    while fieldEnd > 0, isBlank(buffer[keepFrom + fieldEnd - 1]) { fieldEnd -= 1 }
  }

  /// Sets the field to what is between the quotes, doubled quotes made single.
  private mutating func scanQuoted() throws(CSVError) {
    position += 1
    // A doubled quote shifts what follows it in the field to the left by one byte.
    var written = position - keepFrom
    fieldStart = written
    while true {
      guard try isAvailable() else {
        throw error("the quote that opens this field is never closed")
      }
      let byte = buffer[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        guard try isAvailable(), buffer[position] == UInt8(ascii: "\"") else { break }
        position += 1
      } else if byte == UInt8(ascii: "\n") {
        nextLine += 1
      }
      buffer[keepFrom + written] = byte
      written += 1
    }
    fieldEnd = written
  }

  private borrowing func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") && separatorByte != byte
  }

  private mutating func skipBlanks() throws(CSVError) {
    while try isAvailable(), isBlank(buffer[position]) { position += 1 }
  }

  private mutating func consumeLineEnd() throws(CSVError) {
    let byte = buffer[position]
    position += 1
    nextLine += 1
    if byte == UInt8(ascii: "\r"), try isAvailable(), buffer[position] == UInt8(ascii: "\n") {
      position += 1
    }
  }

  /// Whether there is a byte at `position`, reading more if need be.
  @inline(__always)
  private mutating func isAvailable() throws(CSVError) -> Bool {
    if position < end { return true }
    return try fill()
  }

  /// Reads more bytes behind those from `keepFrom` on, which move to the front of the buffer.
  /// - Returns: false at the end of the input.
  private mutating func fill() throws(CSVError) -> Bool {
    if inputEnded { return false }
    if keepFrom > 0 {
      let kept = UnsafeRawBufferPointer(rebasing: buffer[keepFrom..<end])
      // `copyMemory` allows the two to overlap.
      buffer.copyMemory(from: kept)
      position -= keepFrom
      end -= keepFrom
      keepFrom = 0
    }
    if end == buffer.count { try growBuffer() }
    let count = try input.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
    end += count
    inputEnded = count == 0
    return count > 0
  }

  private mutating func growBuffer() throws(CSVError) {
    guard buffer.count < Self.maximumFieldLength else {
      throw error(
        "the field is longer than \(Self.maximumFieldLength) bytes; is a quote never closed?")
    }
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
    larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
    buffer.deallocate()
    buffer = larger
  }
}
