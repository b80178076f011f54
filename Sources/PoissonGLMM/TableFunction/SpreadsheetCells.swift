/// What a spreadsheet or a JSON request may pass for an argument: a cell, a row, or a range.
public enum SpreadsheetValue: Sendable, Equatable {
  /// Any number; not finite where the request said `NaN`, `Infinity` or, say, `1e400`.
  case number(Double)
  /// A truth value. Where a number is due it counts as 1 or 0, as in the documented Python.
  case bool(Bool)
  /// A text.
  case text(String)
  /// An empty cell; Python's `None`.
  case null
  /// A row of cells, or a range as a list of its rows.
  case list([SpreadsheetValue])

  /// A range of numbers, row by row.
  public init(rows: [[Double]]) {
    self = .list(rows.map { row in .list(row.map(SpreadsheetValue.number)) })
  }

  /// The number that stands in a cell; nil for text, an empty cell or a list.
  var numericValue: Double? {
    switch self {
    case .number(let number): number
    case .bool(let truth): truth ? 1 : 0
    case .text, .null, .list: nil
    }
  }
}

/// One cell of the table that `GLMM_POISSON` returns.
public enum TableCell: Sendable, Equatable {
  /// A text.
  case text(String)
  /// A number.
  case number(Double)
  /// Nothing; Python's `None`, JSON's `null`.
  case empty
}

extension TableCell: Encodable {
  /// Encodes a text, a number or null.
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
  /// A text.
  public init(stringLiteral text: String) { self = .text(text) }
}

/// The reason why there is no table: the text that the caller gets in its place.
public struct GLMMPoissonError: Error, Equatable, CustomStringConvertible, Sendable {
  /// One sentence, the documented one if there is one.
  public let description: String

  init(_ description: String) {
    self.description = description
  }

  static func invalidInput(_ what: String) -> GLMMPoissonError {
    GLMMPoissonError("Invalid input: \(what)")
  }

  /// The arguments passed the checks, but the model has no fit.
  static func modelError(_ what: String) -> GLMMPoissonError {
    GLMMPoissonError("PoissonMixedModel error: \(what)")
  }
}
