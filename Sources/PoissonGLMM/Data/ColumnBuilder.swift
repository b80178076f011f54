/// Collects the fields of one column as numbers or labels.
struct ColumnBuilder {
  private let request: ColumnRequest
  private var numbers: [Double] = []
  private var codes: [Int32] = []
  private var dictionary = LabelDictionary()
  private var content: Content
  /// The number of rows before the first value that is not missing. Until that value it is open
  /// whether the column holds numbers or labels.
  private var leadingMissing = 0

  private enum Content {
    case undecided
    case numbers
    case labels
  }

  init(request: ColumnRequest) {
    self.request = request
    content =
      switch request.use {
      case .number: .numbers
      case .numberOrText: .undecided
      case .label: .labels
      }
  }

  /// Adds the current field of `tokenizer`.
  mutating func append(from tokenizer: borrowing CSVTokenizer) throws(CSVError) {
    try tokenizer.withField { (field) throws(CSVError) in
      if isMissing(field) {
        appendMissing()
        return
      }
      switch content {
      case .numbers:
        let number = DecimalNumber.parse(field)
        if number.isFinite {
          numbers.append(number)
          return
        }
        throw notANumber(number, field, tokenizer)
      case .labels:
        try appendLabel(field, tokenizer)
      case .undecided:
        let number = DecimalNumber.parse(field)
        if number.isNaN {
          content = .labels
          codes = Array(repeating: -1, count: leadingMissing)
          try appendLabel(field, tokenizer)
        } else {
          guard number.isFinite else { throw notANumber(number, field, tokenizer) }
          content = .numbers
          numbers = Array(repeating: .nan, count: leadingMissing)
          numbers.append(number)
        }
      }
    }
  }

  /// The finished column.
  consuming func column() -> DataColumn {
    switch content {
    case .undecided: .numeric(Array(repeating: .nan, count: leadingMissing))
    case .numbers: .numeric(numbers)
    case .labels: labelColumn()
    }
  }

  private mutating func appendMissing() {
    switch content {
    case .undecided: leadingMissing += 1
    case .numbers: numbers.append(.nan)
    case .labels: codes.append(-1)
    }
  }

  private mutating func appendLabel(
    _ field: UnsafeBufferPointer<UInt8>, _ tokenizer: borrowing CSVTokenizer
  ) throws(CSVError) {
    guard let (index, isNew) = dictionary.index(of: field) else {
      throw tokenizer.error("column '\(request.name)' has more than \(Int32.max) different values")
    }
    if isNew {
      guard String(validating: field, as: UTF8.self) != nil else {
        throw tokenizer.error("column '\(request.name)' is not valid UTF-8")
      }
      if request.use == .numberOrText, !DecimalNumber.parse(field).isNaN {
        let text = String(decoding: dictionary.label(0), as: UTF8.self)
        if isMissingElsewhere(text) || isInfinity(text) {
          throw tokenizer.error(
            "expected text in column '\(request.name)', as in the rows above (\(quoted(text))), "
              + "found \(found(field)); a missing value is an empty field or NA")
        }
        if hasDecimalComma(text) {
          throw tokenizer.error(
            "expected text in column '\(request.name)', as in the rows above (\(quoted(text))), "
              + "found \(found(field)); numbers are written with a decimal point")
        }
        throw mixture(
          tokenizer,
          "expected text in column '\(request.name)', as in the rows above (\(quoted(text)))",
          found: field)
      }
    }
    codes.append(index)
  }

  private func notANumber(
    _ number: Double, _ field: UnsafeBufferPointer<UInt8>, _ tokenizer: borrowing CSVTokenizer
  ) -> CSVError {
    let expected = "expected a number in column '\(request.name)'"
    if number.isInfinite {
      return tokenizer.error("\(expected), found one too large: \(found(field))")
    }
    let word = String(decoding: field, as: UTF8.self)
    if isMissingElsewhere(word) {
      return tokenizer.error(
        "\(expected), found \(found(field)); a missing value is an empty field or NA")
    }
    if isInfinity(word) {
      return tokenizer.error(
        "expected a finite number in column '\(request.name)', found \(found(field))")
    }
    if request.use == .numberOrText {
      return mixture(tokenizer, expected, found: field)
    }
    return tokenizer.error("\(expected), found \(found(field))")
  }

  private func mixture(
    _ tokenizer: borrowing CSVTokenizer, _ expected: String, found field: UnsafeBufferPointer<UInt8>
  ) -> CSVError {
    tokenizer.error(
      "\(expected), found \(found(field)); if the column holds categories, "
        + "write factor(\(request.name)) in the formula")
  }

  private func found(_ field: UnsafeBufferPointer<UInt8>) -> String {
    quoted(String(decoding: field, as: UTF8.self))
  }

  /// The labels. If all of them are numbers, two spellings of one number become one label.
  private consuming func labelColumn() -> DataColumn {
    let labels = (0..<dictionary.count).map {
      String(decoding: dictionary.label($0), as: UTF8.self)
    }
    var firstIndexOfNumber: [Double: Int32] = [:]
    var newIndex: [Int32] = []
    var kept: [String] = []
    for index in labels.indices {
      let bytes = dictionary.label(index)
      let number = bytes.withUnsafeBufferPointer(DecimalNumber.parse)
      guard number.isFinite, DecimalNumber.significantDigits(bytes) <= 15 else {
        return .text(codes: codes, levels: labels)
      }
      if let first = firstIndexOfNumber[number] {
        newIndex.append(first)
      } else {
        firstIndexOfNumber[number] = Int32(kept.count)
        newIndex.append(Int32(kept.count))
        kept.append(labels[index])
      }
    }
    guard kept.count < labels.count else { return .text(codes: codes, levels: labels) }
    return .text(codes: codes.map { $0 < 0 ? -1 : newIndex[Int($0)] }, levels: kept)
  }
}

/// Whether a field is a missing value: empty or `NA`.
private func isMissing(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
  field.isEmpty
    || field.count == 2 && field[0] == UInt8(ascii: "N") && field[1] == UInt8(ascii: "A")
}

/// Whether `word` is what other programs write for a missing value.
private func isMissingElsewhere(_ word: String) -> Bool {
  ["nan", "na", "null", "none", "n/a", "#n/a", ".", "-", "?"].contains(word.lowercased())
}

private func isInfinity(_ word: String) -> Bool {
  ["inf", "infinity"].contains(word.lowercased().drop { "+-".contains($0) })
}

/// Whether `word` would be a number with a point in place of its comma.
private func hasDecimalComma(_ word: String) -> Bool {
  guard let comma = word.firstIndex(of: ",") else { return false }
  let bytes = Array(word.replacing(",", with: ".", maxReplacements: 1).utf8)
  return comma != word.startIndex
    && bytes.withUnsafeBufferPointer { DecimalNumber.parse($0).isFinite }
}

/// `text` in quotes, cut if it is long and without line breaks.
func quoted(_ text: String) -> String {
  let line = String(text.prefix(40).map { $0.isNewline ? " " : $0 })
  return "'\(line)\(text.count > 40 ? "..." : "")'"
}
