import CalculatorAPI
import Foundation
import Testing

@testable import CalculatorPage

/// A decoded answer of the page.
struct PageAnswer: Decodable {
  struct Cells: Decodable {
    struct Column: Decodable {
      let name: String
      let kind: String
      let missing: Int
    }
    let header: Bool
    let separator: String
    let decimal: String
    let rows: Int
    let columns: [Column]
    let preview: [[String]]
  }
  struct Model: Decodable {
    let formula: String
    let roles: [String: String]
    let intercept: Bool
    let isToldByRoles: Bool
  }
  struct Problem: Decodable {
    let field: String
    let sentence: String
    let position: Int?
  }
  struct Sentence: Decodable {
    let beginning: String
    let parts: [String]
    var text: String { beginning + " " + parts.joined(separator: "; ") + "." }
  }
  struct Table: Decodable {
    let caption: String
    let header: [String]
    let rows: [[String]]
  }
  struct Picture: Decodable {
    let name: String
    let svg: String
    let numbers: Table
  }
  struct Section: Decodable {
    let title: String
    let notes: [String]
    let tables: [Table]
    let pictures: [Picture]
  }
  struct File: Decodable {
    let name: String
    let text: String
  }
  struct Spreadsheet: Decodable {
    let formula: String?
    let cells: String?
    let note: String
  }
  struct Fit: Decodable {
    let title: String
    let sentences: [Sentence]
    let warnings: [String]
    let sections: [Section]
    let takeaways: [File]
    let command: String
    let spreadsheet: Spreadsheet

    func file(_ name: String) -> String? { takeaways.first { $0.name == name }?.text }
  }

  let cells: Cells?
  let model: Model?
  let problem: Problem?
  let fit: Fit?

  /// The answer to a request.
  static func of(
    _ request: [String: Any], limits: RequestLimits = RequestLimits()
  ) throws -> PageAnswer {
    let body = try JSONSerialization.data(withJSONObject: request)
    let answer = try calculatorAnswer([UInt8](body), limits: limits)
    return try JSONDecoder().decode(PageAnswer.self, from: Data(answer))
  }

  /// The fit of an example of the page.
  static func ofExample(_ id: String, _ more: [String: Any] = [:]) throws -> Fit {
    let example = try #require(PageExample.all.first { $0.id == id })
    let request: [String: Any] = [
      "text": example.text, "name": example.name, "formula": example.formula,
      "alpha": example.alpha, "fit": true,
    ]
    let answer = try of(request.merging(more) { $1 })
    return try #require(answer.fit, "\(answer.problem?.sentence ?? "")")
  }
}
