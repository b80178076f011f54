/// The fields of the study's tables: numbers as text, and records read back (RFC 4180).
enum CSVText {
  /// The shortest text that reads back as the same number; empty where there is none.
  static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    return value.description
  }

  /// A parsed record and the line it begins on, counted from 1.
  struct Record: Equatable {
    let line: Int
    let fields: [String]
  }

  /// Splits a text into records; empty lines are skipped.
  /// - Throws: `Defect` where a quote is never closed or is followed by text.
  static func records(of text: String) throws(Defect) -> [Record] {
    var parser = Parser(text: Array(text.utf8))
    var records: [Record] = []
    while let record = try parser.next() { records.append(record) }
    return records
  }

  struct Defect: Error, Equatable {
    let line: Int
    let problem: String
  }

  private struct Parser {
    let text: [UInt8]
    var position = 0
    var line = 1

    init(text: [UInt8]) { self.text = text }

    mutating func next() throws(Defect) -> Record? {
      while position < text.count, endsLine(text[position]) { advance() }
      guard position < text.count else { return nil }
      let start = line
      var fields = [try field()]
      while position < text.count, text[position] == UInt8(ascii: ",") {
        advance()
        fields.append(try field())
      }
      return Record(line: start, fields: fields)
    }

    private func endsLine(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    private mutating func advance() {
      if text[position] == UInt8(ascii: "\n") { line += 1 }
      position += 1
    }

    /// Reads up to the next comma or line end outside quotes.
    private mutating func field() throws(Defect) -> String {
      guard position < text.count, text[position] == UInt8(ascii: "\"") else {
        let start = position
        while position < text.count, !endsField(text[position]) { advance() }
        return String(decoding: text[start..<position], as: UTF8.self)
      }
      let start = line
      var content: [UInt8] = []
      advance()
      while position < text.count {
        let byte = text[position]
        advance()
        if byte != UInt8(ascii: "\"") {
          content.append(byte)
        } else if position < text.count, text[position] == byte {
          content.append(byte)
          advance()
        } else if position == text.count || endsField(text[position]) {
          return String(decoding: content, as: UTF8.self)
        } else {
          throw Defect(line: line, problem: "there is text after a closing quote")
        }
      }
      throw Defect(line: start, problem: "a quote is never closed")
    }

    private func endsField(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: ",") || endsLine(byte)
    }
  }
}
