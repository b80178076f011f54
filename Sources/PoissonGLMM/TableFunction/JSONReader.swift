import PlatformEssentials

/// A strict reader of JSON text that gives `SpreadsheetValue`s and says where a fault is.
///
/// Foundation's decoders cannot be used: they tell neither line nor column, accept a comma before a
/// closing bracket and one key twice, and cannot read `NaN`, `Infinity` or `1e400`, which Python's
/// `json` writes and reads and the documented function answers with a text of its own.
package struct JSONReader {
  /// A key of an object and its value.
  package struct Member {
    package let key: String
    /// An object as a value is its text: `members(of:)` reads it.
    package let value: SpreadsheetValue
    /// The offset of the key in the text.
    package let offset: Int
    fileprivate let valueOffset: Int
  }

  /// Reading recurses once a level, so that the depth must be limited; a request needs three
  /// levels.
  private static let deepestNesting = 64

  private let bytes: [UInt8]
  private var offset = 0
  private var depth = 0

  /// - Parameter bytes: UTF-8, with or without a byte order mark.
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
  }

  /// Reads a text that is one object, with nothing after it.
  /// - Throws: `GLMMPoissonError` that names the line and column of the first fault.
  package mutating func members() throws(GLMMPoissonError) -> [Member] {
    skipWhitespace()
    guard peek() == UInt8(ascii: "{") else { throw expected("an object in braces") }
    let members = try readMembers()
    skipWhitespace()
    if offset < bytes.count { throw expected("nothing after the object") }
    return members
  }

  /// Whether the value of a member is an object.
  package func isObject(_ member: Member) -> Bool {
    bytes[member.valueOffset] == UInt8(ascii: "{")
  }

  /// The members of an object that is the value of a member itself; nil for another value.
  package mutating func members(of member: Member) throws(GLMMPoissonError) -> [Member]? {
    guard isObject(member) else { return nil }
    (offset, depth) = (member.valueOffset, 0)
    return try readMembers()
  }

  /// An error at the given offset of the text.
  package func fault(_ what: String, at offset: Int) -> GLMMPoissonError {
    let line = bytes[..<offset].reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    let lineStart = (bytes[..<offset].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    let column = String(decoding: bytes[lineStart..<offset], as: UTF8.self).count + 1
    return GLMMPoissonError("Invalid request: line \(line), column \(column): \(what).")
  }

  private func expected(_ what: String) -> GLMMPoissonError {
    guard offset < bytes.count else {
      return fault("expected \(what), but the text ends here", at: offset)
    }
    let next = String(decoding: bytes[offset...].prefix(8), as: UTF8.self).prefix(1)
    return fault("expected \(what), found \(Self.quoted(next))", at: offset)
  }

  /// Text of the request as a sentence may repeat it: not too long, and on one line.
  package static func quoted(_ text: some StringProtocol) -> String {
    let scalars = text.unicodeScalars.prefix(40).map { scalar in
      scalar.properties.generalCategory == .control ? "?" : String(scalar)
    }
    return "\"\(scalars.joined())\""
  }

  // MARK: Values

  private mutating func readValue() throws(GLMMPoissonError) -> SpreadsheetValue {
    skipWhitespace()
    switch peek() {
    case UInt8(ascii: "["): return .list(try readList())
    case UInt8(ascii: "{"):
      // No cell holds an object. It is passed on as text, so that the checks can name its place.
      let start = offset
      _ = try readMembers()
      return .text(String(decoding: bytes[start..<offset], as: UTF8.self))
    case UInt8(ascii: "\""): return .text(try readString())
    case UInt8(ascii: "-"): return .number(try readNumber())
    default: return nextIsDigit() ? .number(try readNumber()) : try readWord()
    }
  }

  private mutating func readList() throws(GLMMPoissonError) -> [SpreadsheetValue] {
    try descend()
    var elements: [SpreadsheetValue] = []
    if !skip("]") {
      repeat { elements.append(try readValue()) } while try goesOn(until: "]")
    }
    depth -= 1
    return elements
  }

  private mutating func readMembers() throws(GLMMPoissonError) -> [Member] {
    try descend()
    var members: [Member] = []
    if !skip("}") {
      repeat {
        skipWhitespace()
        guard peek() == UInt8(ascii: "\"") else { throw expected("a key in double quotes") }
        let start = offset
        let key = try readString()
        guard skip(":") else { throw expected("a colon after the key") }
        skipWhitespace()
        let valueStart = offset
        members.append(
          Member(key: key, value: try readValue(), offset: start, valueOffset: valueStart))
      } while try goesOn(until: "}")
    }
    depth -= 1
    return members
  }

  private mutating func descend() throws(GLMMPoissonError) {
    depth += 1
    if depth > Self.deepestNesting {
      throw fault("brackets are nested more than \(Self.deepestNesting) deep", at: offset)
    }
    offset += 1
  }

  /// After an element: a comma, or the bracket that ends the list or object.
  private mutating func goesOn(until end: Unicode.Scalar) throws(GLMMPoissonError) -> Bool {
    if skip(",") { return true }
    if skip(end) { return false }
    throw expected("a comma or \"\(end)\"")
  }

  private mutating func readWord() throws(GLMMPoissonError) -> SpreadsheetValue {
    let words: [(StaticString, SpreadsheetValue)] = [
      ("true", .bool(true)), ("false", .bool(false)), ("null", .null), ("NaN", .number(.nan)),
      ("Infinity", .number(.infinity)),
    ]
    for (word, value) in words where skipWord(word) { return value }
    throw expected("a value")
  }

  // MARK: Scalars

  private mutating func readNumber() throws(GLMMPoissonError) -> Double {
    let start = offset
    if peek() == UInt8(ascii: "-") {
      offset += 1
      if skipWord("Infinity") { return -.infinity }
    }
    let integerDigits = try skipDigits()
    if integerDigits > 1 && bytes[offset - integerDigits] == UInt8(ascii: "0") {
      throw fault("a number cannot begin with 0 and another digit", at: start)
    }
    if peek() == UInt8(ascii: ".") {
      offset += 1
      try skipDigits()
    }
    if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
      offset += 1
      if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { offset += 1 }
      try skipDigits()
    }
    // Infinite if beyond the largest double, as in Python.
    guard let number = Double(String(decoding: bytes[start..<offset], as: UTF8.self)) else {
      throw fault("expected a number", at: start)
    }
    return number
  }

  /// Skips at least one digit and says how many.
  @discardableResult
  private mutating func skipDigits() throws(GLMMPoissonError) -> Int {
    let start = offset
    while nextIsDigit() { offset += 1 }
    if offset == start { throw expected("a digit") }
    return offset - start
  }

  private mutating func readString() throws(GLMMPoissonError) -> String {
    let start = offset
    offset += 1
    while let byte = peek(), byte != UInt8(ascii: "\"") {
      offset += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard offset < bytes.count else { throw fault("this string has no end", at: start) }
    offset += 1
    // The quotes are found. Foundation decodes the escapes, and checks that this is UTF-8.
    let quoted = Data(bytes[start..<offset])
    guard let string = try? JSONDecoder().decode(String.self, from: quoted) else {
      throw fault("this string has a character or an escape that JSON does not allow", at: start)
    }
    return string
  }

  // MARK: Bytes

  private func peek() -> UInt8? {
    offset < bytes.count ? bytes[offset] : nil
  }

  private func nextIsDigit() -> Bool {
    guard let byte = peek() else { return false }
    return UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
  }

  private mutating func skipWhitespace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  /// Skips white space, and the character if it comes next.
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipWhitespace()
    guard peek() == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func skipWord(_ word: StaticString) -> Bool {
    let characters = word.description.utf8
    guard bytes[offset...].starts(with: characters) else { return false }
    offset += characters.count
    return true
  }
}
