/// One cell of the table that `GLMM_POISSON` returns.
public enum TableCell: Sendable, Equatable {
  case text(String)
  case number(Double)
  /// Nothing; Python's `None`, JSON's `null`.
  case empty
}

extension TableCell: Encodable {
  /// A text, a number or null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .number(let number): try container.encode(number)
    case .empty: try container.encodeNil()
    }
  }
}

extension TableCell: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self = .text(text) }
}
