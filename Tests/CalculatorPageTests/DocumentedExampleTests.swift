import Foundation
import PoissonGLMM
import Testing

@testable import CalculatorPage

/// The four examples of the documentation, through the page and through the function itself.
@Suite("The documented examples on the page")
struct DocumentedExampleTests {
  /// What GLMM_POISSON gives for each.
  static func table(_ id: String) throws -> [[TableCell]] {
    let (x, groups) = ([[1.0], [2], [3], [1], [2], [3]], [[1.0], [1], [1], [2], [2], [2]])
    func column(_ values: [Double]) -> [[Double]] { values.map { [$0] } }
    let answer =
      switch id {
      case "example-1": glmmPoisson(y: column([2, 3, 5, 1, 2, 4]), x: x, groups: groups)
      case "example-2":
        glmmPoisson(y: column([5, 7, 10, 3, 5, 8]), x: x, groups: groups, xRandom: x)
      case "example-3":
        glmmPoisson(
          y: column([10, 12, 15, 8, 10, 13]), x: column([1, 1.5, 2, 1, 1.5, 2]), groups: groups,
          alpha: 0.1)
      default:
        glmmPoisson(y: column([3, 6, 9, 2, 4, 6]), x: x, groups: groups, fitIntercept: false)
      }
    guard case .table(let rows) = answer else {
      Issue.record("\(id) has no table")
      return []
    }
    return rows
  }

  /// The numbers of a table, row by row, as the page writes them.
  static func numbers(_ rows: [[TableCell]]) -> [[String]] {
    rows.map { row in
      row.compactMap { cell in
        if case .number(let number) = cell { String(format: "%.6g", number) } else { nil }
      }
    }.filter { !$0.isEmpty }
  }

  @Test(arguments: ["example-1", "example-2", "example-3", "example-4"])
  func theTableIsThatOfTheFunction(_ id: String) throws {
    let fit = try PageAnswer.ofExample(id)
    let tables = try #require(fit.sections.first).tables
    let shown = tables.flatMap(\.rows).map { Array($0.dropFirst()) }
    #expect(shown == Self.numbers(try Self.table(id)))
  }

  /// The arguments of a formula with arrays, as a spreadsheet hands them over.
  static func call(_ formula: String) throws -> GLMMPoissonArguments {
    let inner = try #require(formula.wholeMatch(of: /=GLMM_POISSON\((.*)\)/)).1
    var arguments: [String] = [""]
    var depth = 0
    for character in inner {
      if character == "{" { depth += 1 }
      if character == "}" { depth -= 1 }
      if character == ",", depth == 0 {
        arguments.append("")
      } else {
        arguments[arguments.count - 1].append(character)
      }
    }
    let values = arguments.map { argument -> SpreadsheetValue in
      let text = argument.trimmingCharacters(in: .whitespaces)
      if text.isEmpty { return .null }
      if text == "TRUE" || text == "FALSE" { return .bool(text == "TRUE") }
      guard text.hasPrefix("{") else { return .number(Double(text) ?? .nan) }
      return SpreadsheetValue(
        rows: text.dropFirst().dropLast().split(separator: ";").map { row in
          row.split(separator: ",").map { Double($0) ?? .nan }
        })
    }
    func value(_ index: Int) -> SpreadsheetValue { index < values.count ? values[index] : .null }
    return GLMMPoissonArguments(
      spreadsheet: GLMMPoissonArguments(
        y: value(0), x: value(1), groups: value(2), xRandom: value(3), fitIntercept: value(4),
        alpha: value(5), approximation: .null))
  }

  @Test(arguments: ["example-1", "example-2", "example-3", "example-4"])
  func theSpreadsheetFormulaRepeatsIt(_ id: String) throws {
    let fit = try PageAnswer.ofExample(id)
    let formula = try #require(fit.spreadsheet.formula)
    #expect(glmmPoisson(try Self.call(formula)) == .table(try Self.table(id)))
  }

  @Test func theFormulaIsTheDocumentedOne() throws {
    #expect(
      try PageAnswer.ofExample("example-1").spreadsheet.formula
        == "=GLMM_POISSON({2;3;5;1;2;4}, {1;2;3;1;2;3}, {1;1;1;2;2;2})")
    #expect(
      try PageAnswer.ofExample("example-4").spreadsheet.formula
        == "=GLMM_POISSON({3;6;9;2;4;6}, {1;2;3;1;2;3}, {1;1;1;2;2;2},, FALSE)")
  }

  /// Epilepsy has an interaction and 236 rows: its formula is about cells of a file.
  @Test func manyNumbersStandInCells() throws {
    let fit = try PageAnswer.ofExample("epilepsy")
    let cells = try #require(fit.spreadsheet.cells)
    let rows = cells.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(fit.spreadsheet.formula == "=GLMM_POISSON(A2:A237, B2:F237, G2:G237)")
    #expect(rows[0] == ["y", "lbase", "trt", "lage", "V4", "lbase:trt", "subject"])
    func block(_ columns: ClosedRange<Int>) -> [[Double]] {
      rows.dropFirst().map { $0[columns].map { Double($0) ?? .nan } }
    }
    let answer = glmmPoisson(y: block(0...0), x: block(1...5), groups: block(6...6))
    guard case .table(let table) = answer else {
      Issue.record("no table: \(answer)")
      return
    }
    let shown = fit.sections[0].tables.flatMap(\.rows).map { Array($0.dropFirst()) }
    #expect(shown == Self.numbers(table))
  }

  @Test(
    arguments: [
      ("y ~ x", "it always has groups"),
      ("y ~ x + (1 + x | groups)", "its random effects are independent"),
      ("y ~ x + (0 + x | groups)", "its groups always have a random intercept"),
      ("y ~ 1 + (1 | groups)", "it needs a predictor"),
      ("y ~ x + (1 | groups) + (1 | row)", "it has one grouping factor"),
      ("y ~ 1 + (1 | groups) + offset(log(x))", "it has no exposure"),
    ])
  func otherModelsHaveNoFormula(_ formula: String, _ reason: String) throws {
    let spreadsheet = try PageAnswer.ofExample("example-1", ["formula": formula]).spreadsheet
    #expect(spreadsheet.formula == nil)
    #expect(spreadsheet.note.contains(reason))
  }
}
