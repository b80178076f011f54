import Testing

@testable import PoissonGLMM

/// What arguments mean in a spreadsheet, as the documented formulas and Calc pass them.
@Suite struct SpreadsheetReadingTests {
  private static let y = SpreadsheetValue(rows: [[2], [3], [5]])
  private static let x = SpreadsheetValue(rows: [[1], [2], [3]])
  private static let groups = SpreadsheetValue(rows: [[1], [1], [2]])

  /// The fourth argument, what is given for fit_intercept and alpha, and what the three then are.
  private static let meanings: [Meaning] = [
    // A number between 0 and 1 is alpha, TRUE, FALSE, 1 or 0 is fit_intercept.
    (.number(0.1), .null, .null, .null, .bool(true), .number(0.1)),
    (.number(0), .null, .null, .null, .bool(false), .number(0.05)),
    (.number(1), .null, .null, .null, .bool(true), .number(0.05)),
    (.bool(false), .null, .null, .null, .bool(false), .number(0.05)),
    (.bool(true), .null, .null, .null, .bool(true), .number(0.05)),
    // The other of the two may be given in its own place.
    (.number(0.1), .number(0), .null, .null, .bool(false), .number(0.1)),
    (.number(0), .null, .number(0.2), .null, .bool(false), .number(0.2)),
    // One that is given in its own place too leaves it a predictor, for the checks to name.
    (.number(0.1), .null, .number(0.2), .number(0.1), .bool(true), .number(0.2)),
    (.number(0), .bool(true), .null, .number(0), .bool(true), .number(0.05)),
    // Nothing else is taken for one of them.
    (.number(2), .null, .null, .number(2), .bool(true), .number(0.05)),
    (.number(-0.5), .null, .null, .number(-0.5), .bool(true), .number(0.05)),
    (.text("0.1"), .null, .null, .text("0.1"), .bool(true), .number(0.05)),
    (.text(""), .null, .null, .text(""), .bool(true), .number(0.05)),
  ]

  /// As a bare value and as a range of one cell.
  @Test(arguments: meanings)
  func aSingleFourthArgumentIsNoPredictor(meaning: Meaning) {
    let (fourth, intercept, alpha, expected, expectedIntercept, expectedAlpha) = meaning
    for range in [fourth, .list([.list([fourth])])] {
      let read = GLMMPoissonArguments(
        spreadsheet: GLMMPoissonArguments(
          y: Self.y, x: Self.x, groups: Self.groups, xRandom: range, fitIntercept: intercept,
          alpha: alpha, approximation: .null))
      #expect(read.xRandom == (expected == fourth ? range : expected))
      #expect(read.fitIntercept == expectedIntercept)
      #expect(read.alpha == expectedAlpha)
      #expect(read.approximation == .text("corrected"))
    }
  }

  typealias Meaning = (
    fourth: SpreadsheetValue, intercept: SpreadsheetValue, alpha: SpreadsheetValue,
    expected: SpreadsheetValue, expectedIntercept: SpreadsheetValue, expectedAlpha: SpreadsheetValue
  )

  /// Where y has one row only a single value can be its predictor.
  @Test func withOneRowASingleValueIsAPredictor() {
    for fourth in [SpreadsheetValue.number(0.1), .list([.list([.number(1)])])] {
      let read = GLMMPoissonArguments(
        spreadsheet: GLMMPoissonArguments(
          y: .number(2), x: .number(1), groups: .list([.list([.number(1)])]), xRandom: fourth,
          fitIntercept: .null, alpha: .null))
      #expect(read.xRandom == fourth)
      #expect(read.fitIntercept == .bool(true) && read.alpha == .number(0.05))
    }
  }

  private static let truths: [(SpreadsheetValue, SpreadsheetValue?)] = [
    (.number(1), .bool(true)), (.number(0), .bool(false)), (.bool(true), .bool(true)),
    (.list([.list([.number(0)])]), .bool(false)), (.number(2), .number(2)),
    (.number(0.5), .number(0.5)), (.text("TRUE"), .text("TRUE")),
    (.list([.list([.number(7)])]), .number(7)),
    (.list([.list([.number(1)]), .list([.number(1)])]), nil),
  ]

  @Test(arguments: truths)
  func truthArrivesAsANumber(given: SpreadsheetValue, expected: SpreadsheetValue?) {
    let read = GLMMPoissonArguments(
      spreadsheet: GLMMPoissonArguments(
        y: Self.y, x: Self.x, groups: Self.groups, fitIntercept: given, alpha: .null))
    #expect(read.fitIntercept == expected ?? given)
    #expect(read.alpha == .number(0.05))
  }

  @Test func alphaMayBeARangeOfOneCell() {
    let read = GLMMPoissonArguments(
      spreadsheet: GLMMPoissonArguments(
        y: Self.y, x: Self.x, groups: Self.groups, alpha: .list([.list([.number(0.1)])])))
    #expect(read.alpha == .number(0.1))
  }

  /// Rows count as empty only where they are so in every range; those between others stay, and a
  /// range that ends sooner than the others has no say.
  @Test func rowsThatAreEmptyInEveryRangeAtTheEndAreDropped() {
    let empty = SpreadsheetValue.list([.text(""), .null])
    let one = SpreadsheetValue.list([.text("")])
    func rows(_ values: [Double?], then count: Int) -> SpreadsheetValue {
      .list(
        values.map { value in .list([value.map(SpreadsheetValue.number) ?? .text("")]) }
          + Array(repeating: one, count: count))
    }
    let read = GLMMPoissonArguments(
      spreadsheet: GLMMPoissonArguments(
        y: rows([2, nil, 5], then: 9),
        x: .list([.list([.number(1), .null]), empty, empty, empty]),
        groups: rows([1, 1, 2, nil, 3], then: 4), xRandom: rows([1, 2], then: 0)))
    #expect(read.y == rows([2, nil, 5], then: 2))
    #expect(read.x == .list([.list([.number(1), .null]), empty, empty, empty]))
    #expect(read.groups == rows([1, 1, 2, nil, 3], then: 0))
    #expect(read.xRandom == rows([1, 2], then: 0))

    // Of nothing but empty cells one row is left, which the checks name.
    let nothing = GLMMPoissonArguments(
      spreadsheet: GLMMPoissonArguments(
        y: rows([], then: 5), x: rows([], then: 3), groups: rows([], then: 1)))
    #expect(nothing.y == rows([], then: 1) && nothing.x == rows([], then: 1))
    #expect(glmmPoisson(nothing) == .error("Invalid input: y[0][0] must be numeric."))
  }

  /// Shapes that are no ranges are left as they are.
  @Test func whatIsNoRangeIsLeftToTheChecks() {
    for y in [SpreadsheetValue.list([]), .list([.list([])]), .list([.number(1), .text("")])] {
      let read = GLMMPoissonArguments(
        spreadsheet: GLMMPoissonArguments(y: y, x: Self.x, groups: Self.groups))
      #expect(read.y == y)
    }
  }

  /// The documented formulas of examples 3 and 4, as JSON: only where the request says that it is
  /// a spreadsheet's is the fourth argument taken for another.
  @Test func aRequestSaysThatItIsASpreadsheets() throws {
    for (fourth, meant) in [("0.1", #""alpha": 0.1"#), ("0", #""fit_intercept": false"#)] {
      let data = #"{"y": [[2],[3],[5]], "x": [[1],[2],[3]], "groups": [[1],[1],[2]], "#
      let expected = answer(data + meant + "}")
      guard case .table = expected else {
        Issue.record("\(expected)")
        return
      }
      let request = data + #""x_random": "# + fourth
      #expect(answer(request + #", "spreadsheet": true}"#) == expected)
      let refused = GLMMPoissonAnswer.error(
        "Invalid input: y and x_random must have the same number of rows.")
      #expect(answer(request + "}") == refused)
      #expect(answer(request + #", "spreadsheet": false}"#) == refused)
    }
  }

  private static let members: [(String, String?)] = [
    (#""alpha": null"#, "alpha must be numeric."),
    (#""fit_intercept": null"#, "fit_intercept must be a boolean."),
    (#""fit_intercept": 1"#, "fit_intercept must be a boolean."),
    (#""approximation": null"#, nil), (#""alpha": [[0.1]]"#, "alpha must be numeric."),
  ]

  /// Without it nothing is read otherwise than before: null, 1 and empty rows are faults.
  @Test(arguments: members)
  func otherRequestsAreReadAsTheyWere(member: String, sentence: String?) {
    let data = #"{"y": [[2],[3],[5]], "x": [[1],[2],[3]], "groups": [[1],[1],[2]], "#
    guard case .error(let found) = answer(data + member + "}") else {
      Issue.record("\(member) is taken")
      return
    }
    if let sentence { #expect(found == "Invalid input: \(sentence)") }
    guard case .table = answer(data + member + #", "spreadsheet": true}"#) else {
      Issue.record("\(member) is not taken in a spreadsheet")
      return
    }
  }

  @Test func emptyRowsAreFaultsElsewhere() {
    let rows = #""y": [[2],[3],[""]], "x": [[1],[2],[""]], "groups": [[1],[2],[""]]"#
    #expect(answer("{\(rows)}") == .error("Invalid input: y[2][0] must be numeric."))
    #expect(
      answer(#"{\#(rows), "spreadsheet": true}"#)
        == answer(#"{"y": [[2],[3]], "x": [[1],[2]], "groups": [[1],[2]]}"#))
  }

  private func answer(_ json: String) -> GLMMPoissonAnswer {
    glmmPoisson(json: Array(json.utf8)).answer
  }
}
