import Foundation
import Testing

@testable import PoissonGLMM

/// What the documented Python listing answers (Python 3.11.7), as recorded by
/// `make_documented_answers.py`.
enum DocumentedAnswers {
  /// A request and the text that the listing returns for it.
  struct ValidationText: Decodable, Sendable {
    /// JSON, with Python's `NaN` and `Infinity`.
    let request: String
    /// Nil where the listing goes on to fit.
    let text: String?
  }

  /// A request, a posterior, and the table that the listing makes of the two (numpy 2.4.6, scipy
  /// 1.17.1).
  struct Table: Decodable, Sendable {
    let request: String
    let fixedMeans: [Double]
    let fixedSDs: [Double]
    let logSDMeans: [Double]
    /// The marginal log-likelihood at the posterior means, by scipy's adaptive integration.
    let logLikelihood: Double
    let table: [[TableCell]]
  }

  static func validationTexts() throws -> [ValidationText] {
    try read("validation_texts")
  }

  static func tables() throws -> [Table] {
    try read("documented_tables")
  }

  private static func read<Value: Decodable>(_ name: String) throws -> Value {
    let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Reference")
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: try #require(url)))
  }
}

extension TableCell: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .empty
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .number(try container.decode(Double.self))
    }
  }
}
