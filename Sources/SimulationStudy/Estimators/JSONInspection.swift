import Foundation

/// A line that should be a JSON object, looked at beside a decoder: decoders do not say where `NaN`
/// stood, nor what they found in the place of a number, and accept one key twice.
struct JSONInspection {
  /// Keys from the outermost object on.
  typealias Path = [String]

  /// The first thing in the line that is not JSON.
  enum Defect: Equatable {
    /// In the place of a value, as `NaN` or `1e999`.
    case value(Path, String)
    /// What comes after a value, or after a brace; empty at the end of the line.
    case structure(Path, String)
  }

  /// nil if there is none, or objects lie in each other deeper than any answer has them.
  private(set) var defect: Defect?
  /// The first key that an object has twice, up to the defect; nil if there is none.
  private(set) var repeatedKey: Path?
  /// Values as they are written, up to the defect. Those in lists are left out: no answer has any.
  private var values: [Path: String] = [:]

  private let bytes: [UInt8]
  private var position = 0

  private static let maximumDepth = 16
  private static let maximumQuoteLength = 40

  init(_ line: Data) {
    bytes = [UInt8](line)
    defect = readValue([], isInList: false)
    if defect == nil, next() != nil { defect = .structure([], rest) }
  }

  /// The value in a place, quoted; nil if the line does not get there.
  func value(at path: Path) -> String? { values[path] }

  /// Somebody else's text for a message: on one line, and only its beginning where it is long.
  static func quote(_ text: some Sequence<UInt8>) -> String {
    // Four bytes are one character at least.
    let bytes = Array(text.prefix(4 * (maximumQuoteLength + 1)))
    let line = ProgramError.oneLine(String(decoding: bytes, as: UTF8.self), longest: .max)
    return line.count <= maximumQuoteLength ? line : line.prefix(maximumQuoteLength) + "..."
  }

  // MARK: Values

  private mutating func readValue(_ path: Path, isInList: Bool) -> Defect? {
    guard let first = next() else { return .structure(path, "") }
    let start = position
    let defect: Defect? =
      switch first {
      case UInt8(ascii: "{"): readMembers(path, end: UInt8(ascii: "}"), isInList: isInList)
      case UInt8(ascii: "["): readMembers(path, end: UInt8(ascii: "]"), isInList: true)
      case UInt8(ascii: "\""): readText() == nil ? .structure(path, "") : nil
      default: readWord(path)
      }
    if defect == nil, !isInList { values[path] = Self.quote(bytes[start..<position]) }
    return defect
  }

  /// What is in braces or brackets; the members of a list are called 0, 1, ...
  private mutating func readMembers(_ path: Path, end: UInt8, isInList: Bool) -> Defect? {
    guard path.count < Self.maximumDepth else {
      position = bytes.count
      return nil
    }
    position += 1
    if next() == end {
      position += 1
      return nil
    }
    var keys: Set<String> = []
    for index in 0... {
      var member = path + [String(index)]
      if end == UInt8(ascii: "}") {
        guard next() == UInt8(ascii: "\""), let key = readText(), next() == UInt8(ascii: ":") else {
          return .structure(path, rest)
        }
        position += 1
        member = path + [key]
        if !keys.insert(key).inserted, repeatedKey == nil { repeatedKey = member }
      }
      if let defect = readValue(member, isInList: isInList) { return defect }
      let separator = next()
      guard separator == end || separator == UInt8(ascii: ",") else {
        return .structure(member, rest)
      }
      position += 1
      if separator == end { break }
    }
    return nil
  }

  /// - Returns: nil if its end is missing.
  private mutating func readText() -> String? {
    let start = position
    position += 1
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\\"): position += 2
      case UInt8(ascii: "\""):
        position += 1
        let text = bytes[start..<position]
        let plain = String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
        guard text.contains(UInt8(ascii: "\\")) else { return plain }
        return (try? JSONDecoder().decode(String.self, from: Data(text))) ?? plain
      default: position += 1
      }
    }
    position = bytes.count
    return nil
  }

  /// `true`, `false`, `null`, a number, or what stands in the place of one.
  private mutating func readWord(_ path: Path) -> Defect? {
    let start = position
    let ends = Array(",]}".utf8)
    while position < bytes.count, !ends.contains(bytes[position]), !Self.isSpace(bytes[position]) {
      position += 1
    }
    let word = bytes[start..<position]
    let isKnown = ["true", "false", "null"].contains { word.elementsEqual($0.utf8) }
    return isKnown || Self.isNumber(word) ? nil : .value(path, Self.quote(word))
  }

  /// Whether a word is a number of JSON that a double can hold. Swift itself would also take `+1`,
  /// `01`, `1.` and hexadecimal digits.
  private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
    let zero = UInt8(ascii: "0")
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { (zero...zero + 9).contains($0) } ?? false }
    let size = word.first == UInt8(ascii: "-") ? word.dropFirst() : word
    guard isDigit(size.first), size.first != zero || !isDigit(size.dropFirst().first),
      word.allSatisfy({ isDigit($0) || "+-.eE".utf8.contains($0) })
    else { return false }
    if let point = word.firstIndex(of: UInt8(ascii: ".")) {
      guard isDigit(word[(point + 1)...].first) else { return false }
    }
    return Double(String(decoding: word, as: UTF8.self))?.isFinite == true
  }

  // MARK: Bytes

  private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

  /// The next byte that is no space; nil at the end.
  private mutating func next() -> UInt8? {
    while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    return position < bytes.count ? bytes[position] : nil
  }

  private var rest: String { Self.quote(bytes[min(position, bytes.count)...]) }
}
