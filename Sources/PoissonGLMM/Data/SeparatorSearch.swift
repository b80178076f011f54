/// Which character separates the fields, from the first bytes of a file.
struct SeparatorSearch {
  /// How many bytes are looked at; the header of nearly every file is shorter.
  static let length = 1 << 16

  let separator: CSVSeparator
  /// Whether the first row is not the header but Excel's `sep=;`.
  let hasDirective: Bool

  /// The separator that gives most of the columns that are wanted, and of several such the one that
  /// is there most often: a name in the header may have a semicolon in it.
  /// - Parameters:
  ///   - head: the first bytes.
  ///   - wanted: the names of columns that the header should have.
  init(_ head: ArraySlice<UInt8>, wanted: Set<String>) {
    let start = head.drop { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    let header = Self.firstRow(start)
    if header.count <= 6, header.starts(with: "sep=".utf8),
      let separator = CSVSeparator.allCases.first(where: { header.dropFirst(4).first == $0.byte })
    {
      self.separator = separator
      hasDirective = true
      return
    }
    hasDirective = false
    // Each name as an unquoted field would have it.
    let names = Set(wanted.map { Array($0.utf8) })
    let scores = CSVSeparator.allCases.map { separator in
      let fields = Self.fields(header, separator: separator.byte)
      return (found: names.count(where: fields.names.contains), count: fields.count)
    }
    var best = 0
    for index in scores.indices where scores[index] > scores[best] { best = index }
    separator = CSVSeparator.allCases[best]
  }

  /// The bytes up to the first line end that is not within quotes.
  private static func firstRow(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var isQuoted = false
    let end = bytes.firstIndex { byte in
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      return !isQuoted && (byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r"))
    }
    return end.map { bytes[..<$0] } ?? bytes
  }

  /// The fields of a row, without blanks around them and without quotes.
  private static func fields(
    _ row: ArraySlice<UInt8>, separator: UInt8
  ) -> (names: Set<[UInt8]>, count: Int) {
    var names: Set<[UInt8]> = []
    var count = 1
    var start = row.startIndex
    var isQuoted = false
    func add(_ field: ArraySlice<UInt8>) {
      if !field.isEmpty { names.insert(name(field)) }
    }
    for (index, byte) in zip(row.indices, row) {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      guard byte == separator, !isQuoted else { continue }
      add(row[start..<index])
      start = index + 1
      count += 1
    }
    add(row[start...])
    return (names, count)
  }

  private static func name(_ field: ArraySlice<UInt8>) -> [UInt8] {
    let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    var field = field.drop(while: blanks.contains)
    while let last = field.last, blanks.contains(last) { field = field.dropLast() }
    let quote = UInt8(ascii: "\"")
    guard field.count >= 2, field.first == quote, field.last == quote else { return Array(field) }
    var name: [UInt8] = []
    var isSecond = false
    for byte in field.dropFirst().dropLast() {
      isSecond = byte == quote && !isSecond
      if !isSecond { name.append(byte) }
    }
    return name
  }
}
