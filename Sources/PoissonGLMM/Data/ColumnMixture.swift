/// The values of a column that holds numbers and text, and what to say of it: the kind that fewer
/// rows have is the exception.
struct ColumnMixture {
  /// Of more different texts than these, the others are not looked at.
  static let mostTexts = 100

  /// A value and its place in the file.
  struct Value {
    let text: String
    let line: Int
    let column: Int

    init(_ field: UnsafeBufferPointer<UInt8>, _ tokenizer: borrowing CSVTokenizer) {
      text = String(decoding: field, as: UTF8.self)
      line = tokenizer.line
      column = tokenizer.column
    }
  }

  var firstText: Value?
  var texts: [String]
  var textCount: Int
  var firstNumber: Value?
  var numberCount: Int

  mutating func add(
    _ field: UnsafeBufferPointer<UInt8>, isNumber: Bool, _ tokenizer: borrowing CSVTokenizer
  ) {
    if isNumber {
      numberCount += 1
      if firstNumber == nil { firstNumber = Value(field, tokenizer) }
      return
    }
    textCount += 1
    let value = Value(field, tokenizer)
    if firstText == nil { firstText = value }
    if texts.count < Self.mostTexts, !texts.contains(value.text) { texts.append(value.text) }
  }

  func error(column name: String, file: String, decimalMark: DecimalMark) -> CSVError {
    func error(_ value: Value?, _ message: String) -> CSVError {
      CSVError(.malformed, file: file, line: value?.line, column: value?.column, message)
    }
    let text = firstText?.text ?? ""
    let number = firstNumber?.text ?? ""
    // Texts that only another way of writing numbers makes texts.
    if texts.allSatisfy(SpelledValue.isMissing) || texts.allSatisfy(SpelledValue.isInfinite)
      || texts.allSatisfy({ SpelledValue.isNumber($0, with: decimalMark.other) })
      || DecimalMark.allCases.contains(where: { mark in
        texts.allSatisfy { SpelledValue.hasThousands($0, between: mark) }
      })
    {
      return error(
        firstText, Self.notANumber(text, column: name, decimalMark: decimalMark))
    }
    let remedy = "; if the column holds categories, write factor(\(name)) in the formula"
    func rows(_ count: Int) -> String { count == 1 ? "1 row" : "\(count) rows" }
    if textCount <= numberCount {
      return error(
        firstText,
        "expected a number in column '\(name)', as in \(rows(numberCount)), found \(quoted(text))"
          + remedy)
    }
    return error(
      firstNumber,
      "expected text in column '\(name)', as in \(rows(textCount)) (\(quoted(text))), found "
        + quoted(number) + remedy)
  }

  /// The message for a text where a number was expected.
  static func notANumber(
    _ text: String, column name: String, decimalMark: DecimalMark
  ) -> String {
    if SpelledValue.isInfinite(text) {
      return "expected a finite number in column '\(name)', found \(quoted(text))"
    }
    let message = "expected a number in column '\(name)', found \(quoted(text))"
    if SpelledValue.isMissing(text) {
      return message + "; a missing value is an empty field or NA, or what --na lists"
    }
    let other = decimalMark.other
    if SpelledValue.isNumber(text, with: other) {
      return message + "; "
        + (decimalMark == .point
          ? "decimals are expected behind a point, and --decimal , reads a comma"
          : "decimals are expected behind a comma, as --decimal , says")
        + (SpelledValue.hasThousands(text, between: other)
          ? "; if it stands between thousands, take it out" : "")
    }
    for mark in DecimalMark.allCases where SpelledValue.hasThousands(text, between: mark) {
      return message + "; take out the \(mark.name)s between thousands"
    }
    return message
  }
}

/// `text` in quotes, cut if it is long and without line breaks.
func quoted(_ text: String) -> String { "'\(shortened(text))'" }

/// `text` cut if it is long, and without line breaks.
func shortened(_ text: String) -> String {
  String(text.prefix(40).map { $0.isNewline ? " " : $0 }) + (text.count > 40 ? "..." : "")
}
