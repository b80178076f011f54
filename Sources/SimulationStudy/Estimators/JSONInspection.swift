import Foundation

/// A line that should be a JSON object, looked at after a decoder has refused it: decoders do not
/// say where `NaN` stood, nor what they found in the place of a number.
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
  /// Values as they are written, up to the defect.
  private var values: [Path: String] = [:]

  private let bytes: [UInt8]
  private var position = 0

  private static let maximumDepth = 16
  private static let maximumQuoteLength = 40

  init(_ line: Data) {
    bytes = [UInt8](line)
    defect = readValue([])
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

  private mutating func readValue(_ path: Path) -> Defect? {
    guard let first = next() else { return .structure(path, "") }
    let start = position
    let defect: Defect? =
      switch first {
      case UInt8(ascii: "{"): readMembers(path, end: UInt8(ascii: "}"))
      case UInt8(ascii: "["): readMembers(path, end: UInt8(ascii: "]"))
      case UInt8(ascii: "\""): readText() == nil ? .structure(path, "") : nil
      default: readWord(path)
      }
    if defect == nil { values[path] = Self.quote(bytes[start..<position]) }
    return defect
  }

  /// What is in braces or brackets; the members of a list are called 0, 1, ...
  private mutating func readMembers(_ path: Path, end: UInt8) -> Defect? {
    guard path.count < Self.maximumDepth else {
      position = bytes.count
      return nil
    }
    position += 1
    if next() == end {
      position += 1
      return nil
    }
    for index in 0... {
      var member = path + [String(index)]
      if end == UInt8(ascii: "}") {
        guard next() == UInt8(ascii: "\""), let key = readText(), next() == UInt8(ascii: ":") else {
          return .structure(path, rest)
        }
        position += 1
        member = path + [key]
      }
      if let defect = readValue(member) { return defect }
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
        let text = Data(bytes[start..<position])
        return (try? JSONDecoder().decode(String.self, from: text))
          ?? String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
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
    guard (try? JSONSerialization.jsonObject(with: Data(word), options: .fragmentsAllowed)) != nil
    else { return .value(path, Self.quote(word)) }
    return nil
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
