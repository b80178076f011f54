/// Running text with marks, free of any output format: `"bias of \(code: name)"`. What is
/// interpolated is content, never markup; a renderer escapes it.
struct RichText: Sendable, Equatable, ExpressibleByStringInterpolation {
  enum Span: Sendable, Equatable {
    case text(String)
    /// A name as it stands in files and on the command line.
    case code(String)
    case strong(RichText)
  }

  private(set) var spans: [Span] = []

  static let empty = RichText(spans: [])

  init(spans: [Span]) { self.spans = spans }
  init(stringLiteral value: String) { spans = [.text(value)] }
  init(_ text: String) { spans = [.text(text)] }
  init(stringInterpolation: StringInterpolation) { spans = stringInterpolation.spans }

  static func strong(_ content: RichText) -> RichText { RichText(spans: [.strong(content)]) }
  static func code(_ name: String) -> RichText { RichText(spans: [.code(name)]) }

  /// `a`, `a and b`, `a, b and c`.
  static func list(_ items: [RichText]) -> RichText {
    guard let last = items.last else { return .empty }
    if items.count == 1 { return last }
    return Array(items.dropLast()).joined(separator: ", ") + " and " + last
  }

  static func + (left: RichText, right: RichText) -> RichText {
    RichText(spans: left.spans + right.spans)
  }

  static func += (left: inout RichText, right: RichText) { left.spans += right.spans }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var spans: [Span] = []

    init(literalCapacity: Int, interpolationCount: Int) {}

    mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { spans.append(.text(literal)) }
    }

    mutating func appendInterpolation(_ text: String) { spans.append(.text(text)) }
    mutating func appendInterpolation(code name: String) { spans.append(.code(name)) }
    mutating func appendInterpolation(_ content: RichText) { spans += content.spans }
    mutating func appendInterpolation(strong content: RichText) { spans.append(.strong(content)) }
  }
}

extension [RichText] {
  func joined(separator: RichText) -> RichText {
    guard let first else { return .empty }
    return dropFirst().reduce(first) { $0 + separator + $1 }
  }
}

/// A report, free of any output format.
struct ReportDocument: Sendable, Equatable {
  var title: RichText
  var sections: [ReportSection]
}

/// One question of the reader and its answer.
struct ReportSection: Sendable, Equatable {
  var title: RichText
  var blocks: [ReportBlock]
}

indirect enum ReportBlock: Sendable, Equatable {
  case paragraph(RichText)
  case bullets([RichText])
  case table(ReportTable)
  /// Text to be copied as it stands.
  case code(String)
  /// Closed until the reader opens it.
  case folded(summary: RichText, [ReportBlock])
  case figure(ReportFigure)
}

/// A picture with what is said of it.
struct ReportFigure: Sendable, Equatable {
  /// Of its file in the folder `plots`, without the ending.
  let name: String
  /// For readers who do not see it.
  let alternative: String
  let caption: RichText
  /// The document that stands in the file.
  let svg: String
}

/// A table; every row has one cell a column.
struct ReportTable: Sendable, Equatable {
  enum Alignment: Sendable, Equatable {
    case left
    case right
  }

  struct Column: Sendable, Equatable {
    let title: RichText
    let alignment: Alignment

    static func left(_ title: RichText) -> Column { Column(title: title, alignment: .left) }
    static func right(_ title: RichText) -> Column { Column(title: title, alignment: .right) }
  }

  var columns: [Column]
  var rows: [[RichText]]
}
