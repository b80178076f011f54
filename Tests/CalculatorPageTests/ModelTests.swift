import Foundation
import PoissonGLMM
import Testing

@testable import CalculatorPage

/// Roles and the formula, each of which fills in the other, and what is wrong with them.
@Suite("The model on the page")
struct ModelTests {
  static let columns = ["y", "x", "days", "a b", "g", "h"]

  static func model(_ request: [String: Any]) throws -> PageAnswer {
    try PageAnswer.of(["columns": columns].merging(request) { $1 })
  }

  @Test(
    arguments: [
      (["y": "count", "x": "predictor", "g": "group"], true, "y ~ x + (1 | g)"),
      (
        ["y": "count", "x": "slope", "g": "group", "h": "group"], true,
        "y ~ x + (1 + x || g) + (1 + x || h)"
      ),
      (
        ["y": "count", "a b": "predictor", "days": "exposure"], true,
        "y ~ `a b` + offset(log(days))"
      ),
      (["y": "count", "g": "group"], true, "y ~ 1 + (1 | g)"),
      (["y": "count", "x": "predictor"], false, "y ~ 0 + x"),
    ] as [([String: String], Bool, String)])
  func rolesMakeTheFormula(
    _ roles: [String: String], _ intercept: Bool, _ formula: String
  ) throws {
    let made = try #require(try Self.model(["roles": roles, "intercept": intercept]).model)
    #expect(made.formula == formula)
    // And the formula makes the roles.
    let read = try #require(try Self.model(["formula": formula]).model)
    #expect(read.roles.filter { $0.value != "unused" } == roles)
    #expect(read.intercept == intercept)
    #expect(read.isToldByRoles)
  }

  @Test(
    arguments: [
      "y ~ x * days + (1 | g)", "y ~ x + (1 + x | g)", "y ~ log(x) + (1 | g)", "y ~ x + (1 | g/h)",
      "y ~ x + offset(days)",
    ])
  func someFormulasSayMore(_ formula: String) throws {
    let read = try #require(try Self.model(["formula": formula]).model)
    #expect(!read.isToldByRoles)
    #expect(read.formula == formula)
    #expect(read.roles["y"] == "count")
  }

  /// Terms in another order are the same model.
  @Test func orderDoesNotMatter() throws {
    let read = try #require(
      try Self.model(["formula": "y ~ (1 | h) + days + x + (1 | g)"]).model)
    #expect(read.isToldByRoles)
  }

  @Test(
    arguments: [
      ("y ~ x + (1 | gg)", 13, "There is no column 'gg' (did you mean 'g'?)"),
      ("y ~ x + (1 | g", 8, "This parenthesis is never closed."),
      ("y ~ x + * g", 8, "Expected"), ("y x", 3, "Expected '~'"),
    ])
  func whatIsWrongIsSaidAtItsPlace(_ formula: String, _ position: Int, _ words: String) throws {
    let problem = try #require(try Self.model(["formula": formula]).problem)
    #expect(problem.field == "formula")
    #expect(problem.position == position)
    #expect(problem.sentence.hasPrefix(words), "\(problem.sentence)")
  }

  @Test(
    arguments: [
      ("y,x,g\n1,2,a\n-1,2,b\n", 0.05, "data", "data.csv:3"),
      ("y,x,g\n1.5,2,a\n1,2,b\n", 0.05, "data", "data.csv:2"),
      ("y,x,g\n1,2,a\n3,1,b\n", 1.5, "options", "alpha"),
    ])
  func whatCannotBeFittedIsSaid(
    _ text: String, _ alpha: Double, _ field: String, _ words: String
  ) throws {
    let answer = try PageAnswer.of(
      ["text": text, "formula": "y ~ x + (1 | g)", "alpha": alpha, "fit": true])
    let problem = try #require(answer.problem)
    #expect(problem.field == field)
    #expect(problem.sentence.contains(words), "\(problem.sentence)")
    // What was found of the cells is told all the same.
    #expect(answer.cells?.rows == 2)
  }

  /// A fault of a cell is one of the data, whatever the file is called under which they are kept.
  @Test(arguments: [["encoding": "latin-1"], ["header": false], [:]] as [[String: any Sendable]])
  func faultsOfCellsAreBesideThem(_ more: [String: any Sendable]) throws {
    let hasHeader = more["header"] == nil
    let text = (hasHeader ? "A,B,C\n" : "") + "1,2,a\n-1,2,b\n3,1,a\n"
    let request: [String: Any] = [
      "text": text, "name": "visits.csv", "formula": "A ~ B + (1 | C)", "fit": true,
    ]
    let problem = try #require(try PageAnswer.of(request.merging(more) { $1 }).problem)
    #expect(problem.field == "data")
    #expect(problem.sentence.contains("csv:3"), "\(problem.sentence)")
  }
}
