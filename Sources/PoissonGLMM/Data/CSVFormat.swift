/// How a CSV file is written, where that cannot be told from the file itself.
public struct CSVFormat: Sendable, Equatable {
  /// What stands between two fields; nil finds it in the header row.
  public var separator: CSVSeparator?
  /// What stands before the decimals of a number.
  public var decimalMark: DecimalMark
  /// How letters are written as bytes.
  public var encoding: TextEncoding
  /// The texts that mean a missing value, beside the empty field.
  public var missingTexts: Set<String>

  /// A format.
  /// - Parameters:
  ///   - separator: what stands between two fields; nil finds it in the header row.
  ///   - decimalMark: what stands before the decimals of a number.
  ///   - encoding: how letters are written as bytes.
  ///   - missingTexts: the texts that mean a missing value, beside the empty field.
  public init(
    separator: CSVSeparator? = nil, decimalMark: DecimalMark = .point,
    encoding: TextEncoding = .utf8, missingTexts: Set<String> = ["NA"]
  ) {
    self.separator = separator
    self.decimalMark = decimalMark
    self.encoding = encoding
    self.missingTexts = missingTexts
  }
}

/// What stands between two fields of a row.
public enum CSVSeparator: Character, Sendable, CaseIterable {
  case comma = ","
  case semicolon = ";"
  case tab = "\t"
  case bar = "|"

  /// The names by which a separator can be asked for.
  package static let names = ["comma", "semicolon", "tab", "bar"]

  /// A separator by its name, or the character itself; nil if there is none of that name.
  package init?(named name: String) {
    switch name.lowercased() {
    case "comma": self = .comma
    case "semicolon": self = .semicolon
    case "tab", "\\t": self = .tab
    case "bar", "pipe": self = .bar
    default:
      guard name.count == 1, let separator = name.first.flatMap(CSVSeparator.init) else {
        return nil
      }
      self = separator
    }
  }

  /// Its only byte.
  var byte: UInt8 { rawValue.asciiValue ?? 0 }

  /// For messages: `a comma`.
  var name: String {
    switch self {
    case .comma: "a comma"
    case .semicolon: "a semicolon"
    case .tab: "a tab"
    case .bar: "a bar"
    }
  }

  /// For messages: `commas`.
  var plural: String { name.dropFirst(2) + "s" }
}

/// What stands before the decimals of a number.
public enum DecimalMark: Character, Sendable, CaseIterable {
  case point = "."
  case comma = ","

  /// A mark by its name, or the character itself; nil if there is none of that name.
  package init?(named name: String) {
    switch name.lowercased() {
    case ".", "point": self = .point
    case ",", "comma": self = .comma
    default: return nil
    }
  }

  /// Its only byte.
  var byte: UInt8 { rawValue.asciiValue ?? 0 }
}

/// The texts of a format that mean a missing value, as bytes to compare fields with.
struct MissingTexts {
  private let texts: [[UInt8]]
  private let longest: Int
  /// For each byte, whether a text begins with it.
  private var beginsWith = [Bool](repeating: false, count: 256)

  init(_ texts: Set<String>) {
    self.texts = texts.map { Array($0.utf8) }.filter { !$0.isEmpty }
    longest = self.texts.map(\.count).max() ?? 0
    for text in self.texts { beginsWith[Int(text[0])] = true }
  }

  /// Whether a field is a missing value: empty, or one of the texts.
  @inline(__always)
  func contains(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
    if field.isEmpty { return true }
    guard field.count <= longest, beginsWith[Int(field[0])] else { return false }
    return texts.contains { $0.elementsEqual(field) }
  }
}
