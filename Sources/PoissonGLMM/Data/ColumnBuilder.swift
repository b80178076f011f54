/// Collects the fields of one column as numbers or labels.
struct ColumnBuilder {
  private let name: String
  private let use: ColumnUse
  private let decimalMark: DecimalMark
  private let missing: MissingTexts
  private var numbers: [Double] = []
  private var codes: [Int32] = []
  private var dictionary = LabelDictionary()
  private var content: Content
  /// The number of rows before the first value that is not missing. Until that value it is open
  /// whether the column holds numbers or labels.
  private var leadingMissing = 0
  /// Both kinds of values, where a column that may hold either has the two.
  private var mixture: ColumnMixture?
  /// The first value of a column that may hold either kind.
  private var first: ColumnMixture.Value?

  private enum Content {
    case undecided
    case numbers
    case labels
    /// Numbers and text: the rest is read only to say which of the two is the exception.
    case mixed
  }

  init(name: String, use: ColumnUse, format: CSVFormat) {
    self.name = name
    self.use = use
    decimalMark = format.decimalMark
    missing = MissingTexts(format.missingTexts)
    content =
      switch use {
      case .number: .numbers
      case .numberOrText: .undecided
      case .label: .labels
      }
  }

  /// Adds the current field of `tokenizer`.
  mutating func append(from tokenizer: borrowing CSVTokenizer) throws(CSVError) {
    try tokenizer.withField { (field) throws(CSVError) in
      if missing.contains(field) {
        appendMissing()
        return
      }
      switch content {
      case .numbers:
        let number = DecimalNumber.parse(field, decimalMark: decimalMark.byte)
        if number.isFinite {
          numbers.append(number)
        } else {
          try appendText(field, number, tokenizer)
        }
      case .labels: try appendLabel(field, tokenizer)
      case .undecided: try appendFirst(field, tokenizer)
      case .mixed:
        mixture?.add(
          field, isNumber: !DecimalNumber.parse(field, decimalMark: decimalMark.byte).isNaN,
          tokenizer)
      }
    }
  }

  /// The finished column.
  /// - Parameter file: its name for messages.
  /// - Throws: `CSVError` if the column holds numbers and text.
  func column(file: String) throws(CSVError) -> DataColumn {
    switch content {
    case .undecided: return .numeric(Array(repeating: .nan, count: leadingMissing))
    case .numbers: return .numeric(numbers)
    case .labels: return .text(codes: codes, levels: (0..<dictionary.count).map(label))
    case .mixed:
      guard let mixture else { return .numeric([]) }
      throw mixture.error(column: name, file: file, decimalMark: decimalMark)
    }
  }

  private func label(_ index: Int) -> String {
    String(decoding: dictionary.label(index), as: UTF8.self)
  }

  private mutating func appendMissing() {
    switch content {
    case .undecided: leadingMissing += 1
    case .numbers: numbers.append(.nan)
    case .labels: codes.append(-1)
    case .mixed: break
    }
  }

  /// The first value of a column that may hold numbers or text.
  private mutating func appendFirst(
    _ field: UnsafeBufferPointer<UInt8>, _ tokenizer: borrowing CSVTokenizer
  ) throws(CSVError) {
    first = ColumnMixture.Value(field, tokenizer)
    let number = DecimalNumber.parse(field, decimalMark: decimalMark.byte)
    if number.isNaN {
      content = .labels
      codes = Array(repeating: -1, count: leadingMissing)
      try appendLabel(field, tokenizer)
    } else {
      guard number.isFinite else { throw tooLarge(field, tokenizer) }
      content = .numbers
      numbers = Array(repeating: .nan, count: leadingMissing)
      numbers.append(number)
    }
  }

  private mutating func appendLabel(
    _ field: UnsafeBufferPointer<UInt8>, _ tokenizer: borrowing CSVTokenizer
  ) throws(CSVError) {
    guard let (index, isNew) = dictionary.index(of: field) else {
      throw tokenizer.error("column '\(name)' has more than \(Int32.max) different values")
    }
    if isNew {
      guard String(validating: field, as: UTF8.self) != nil else {
        throw tokenizer.error("column '\(name)' is not valid UTF-8; \(TextEncoding.latin1.hint)")
      }
      if use == .numberOrText,
        !DecimalNumber.parse(field, decimalMark: decimalMark.byte).isNaN
      {
        let texts = (0..<min(dictionary.count - 1, ColumnMixture.mostTexts)).map(label)
        mix(
          ColumnMixture(
            firstText: first, texts: texts, textCount: codes.count { $0 >= 0 }, firstNumber: nil,
            numberCount: 0), with: field, isNumber: true, tokenizer)
        return
      }
    }
    codes.append(index)
  }

  /// What is not a number in a column that held only numbers so far.
  private mutating func appendText(
    _ field: UnsafeBufferPointer<UInt8>, _ number: Double, _ tokenizer: borrowing CSVTokenizer
  ) throws(CSVError) {
    if number.isInfinite { throw tooLarge(field, tokenizer) }
    guard use == .numberOrText else {
      throw tokenizer.error(
        ColumnMixture.notANumber(
          String(decoding: field, as: UTF8.self), column: name, decimalMark: decimalMark))
    }
    mix(
      ColumnMixture(
        firstText: nil, texts: [], textCount: 0, firstNumber: first,
        numberCount: numbers.count { !$0.isNaN }), with: field, isNumber: false, tokenizer)
  }

  private mutating func mix(
    _ known: ColumnMixture, with field: UnsafeBufferPointer<UInt8>, isNumber: Bool,
    _ tokenizer: borrowing CSVTokenizer
  ) {
    content = .mixed
    (numbers, codes) = ([], [])
    mixture = known
    mixture?.add(field, isNumber: isNumber, tokenizer)
  }

  private func tooLarge(
    _ field: UnsafeBufferPointer<UInt8>, _ tokenizer: borrowing CSVTokenizer
  ) -> CSVError {
    tokenizer.error(
      "expected a number in column '\(name)', found one too large: "
        + quoted(String(decoding: field, as: UTF8.self)))
  }
}
