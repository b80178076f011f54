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
