import Testing

@testable import PoissonGLMM

@Suite struct FormulaTests {
  @Test func columnsAndTheirUses() throws {
    let formula = try Formula(
      "y ~ x1 + factor(year) + log(`body weight` / height) + (1 + x2 || group) + offset(log(days)) "
        + "+ x1:year"
    )
    #expect(
      formula.columnRequests == [
        ColumnRequest(name: "y", use: .number), ColumnRequest(name: "x1", use: .numberOrText),
        ColumnRequest(name: "year", use: .numberOrText),
        ColumnRequest(name: "body weight", use: .number),
        ColumnRequest(name: "height", use: .number),
        ColumnRequest(name: "x2", use: .numberOrText), ColumnRequest(name: "group", use: .label),
        ColumnRequest(name: "days", use: .number),
      ])
    #expect(formula.columnNames.count == 8)
    #expect(formula.response == "y")
    #expect(formula.groupName == "group")
  }

  @Test func namesOfVariables() throws {
    let formula = try Formula("y.1 ~ `odd name` + I(`odd name`^2) + größe_2 + (1|g)")
    #expect(formula.fixed.variables.map(\.name) == ["odd name", "I(`odd name`^2)", "größe_2"])
  }

  @Test func columnsThatAreTakenAwayAreNotUsed() throws {
    #expect(try Formula("y ~ a * b - b - a:b + (1 | g)").columnNames == ["y", "a", "g"])
  }

  @Test func interceptsComeAndGo() throws {
    func fixed(_ right: String) throws -> Bool {
      try Formula("y ~ \(right) + (1 | g)").fixed.hasIntercept
    }
    func random(_ effects: String) throws -> Bool {
      try Formula("y ~ (\(effects) || g)").randomFactors[0].sets[0].hasIntercept
    }
    for right in ["x", "1 + x", "0 + x + 1", "-1 + 1", "(x + 1)", "x - 0"] {
      #expect(try fixed(right), "\(right)")
      #expect(try random(right), "\(right)")
    }
    for right in ["0 + x", "x - 1", "-1 + x", "x + 0", "1 + x + 0", "(0 + x)"] {
      #expect(try !fixed(right), "\(right)")
      #expect(try !random(right), "\(right)")
    }
  }

  @Test(arguments: [
    ("", "Expected '~' between the response and the predictors, as in 'y ~ x + (1 | group)'.", 0),
    (
      "y + x", "Expected '~' between the response and the predictors, as in 'y ~ x + (1 | group)'.",
      5
    ),
    ("~ x + (1 | g)", "Expected the response, the name of a column of counts, before '~'.", 0),
    ("y1 + y2 ~ (1 | g)", "The response must be one column of counts: expected '~', found '+'.", 3),
    (
      "log(y) ~ (1 | g)",
      "The response must be one column of counts, as they are: the model is one of the log of what "
        + "is expected, and so log() is left out, as in 'y ~'.", 3
    ),
    (
      "f(y) ~ (1 | g)",
      "The response must be one column of counts, not a function of it: write 'y ~'.", 1
    ),
    (
      "cbind(y, z) ~ x",
      "The response must be one column of counts: cbind() of successes and failures is a binomial "
        + "model, which this is not.", 5
    ),
    (
      "y/days ~ x",
      "The response must be one column of counts, not a rate: what the counts are divided by is an "
        + "offset, as in 'y ~ x + offset(log(days))'.", 1
    ),
    ("y = x", "Expected '~' between the response and the predictors, not '='.", 2),
    (
      "y ~ a = a",
      "'=' joins nothing in a formula: a term is named alone, and a comparison is '==' within I(), "
        + "as in 'I(x == 2)'.", 6
    ),
    (
      "y ~ (a = a)",
      "'=' joins nothing in a formula: a term is named alone, and a comparison is '==' within I(), "
        + "as in 'I(x == 2)'.", 7
    ),
    ("y ~ x + offset = t", "An offset is a term, as in 'y ~ x + offset(log(days))'.", 15),
    (
      "y ~ x, weights = n",
      "Expected an operator, found ','. What R takes beside a formula, as weights, is said by "
        + "options of their own.", 5
    ),
    ("y ~ I(x = 1)", "A comparison is '==', as in 'I(x == 2)', not '='.", 10),
    ("y ~", "Expected predictors after '~', for example '1 + (1 | group)'.", 3),
    ("y ~ x ~ z", "There can be only one '~'.", 6),
    ("y ~ x +", "Expected a term, but the formula ends here.", 7),
    ("y ~ x + * z", "Expected a term, found '*'.", 8),
    ("y ~ x z + (1 | g)", "Expected an operator, found 'z'.", 6),
    ("y ~ (x + (1 | g)", "This parenthesis is never closed.", 4),
    ("y ~ x) + (1 | g)", "This parenthesis was never opened.", 5),
    ("y ~ x + 1 | g", "A random term stands in parentheses, as in '(1 | group)'.", 10),
    ("y ~ (1 | g", "This parenthesis is never closed.", 4),
    ("y ~ (1 | )", "Expected the name of a column, found ')'.", 9),
    ("y ~ ( | g)", "Expected a term, found '|'.", 6),
    ("y ~ (0 | g)", "This random term has no effects.", 4),
    ("y ~ (1 | g) - (0 + x | g)", "Only fixed effects can be taken away.", 14),
    ("y ~ x * (1 | g)", "Only fixed effects can be part of an interaction.", 8),
    ("y ~ 1:x + (1 | g)", "0 and 1, for the intercept, cannot be part of an interaction.", 4),
    (
      "y ~ 2 + x + (1 | g)",
      "Only 0 and 1, for the intercept, stand by themselves; arithmetic stands in I().", 4
    ),
    (
      "y ~ x^2 + (1 | g)",
      "A power of one term is only the term itself: write I(x^2) for a square.", 5
    ),
    ("y ~ (a + b)^c + (1 | g)", "Expected a whole number, 1 or more, found 'c'.", 12),
    ("y ~ I(x + ) + (1 | g)", "Expected a number or a column, found ')'.", 10),
    ("y ~ I(x", "This parenthesis is never closed.", 5),
    ("y ~ I(1e999 * x) + (1 | g)", "Expected a number that a computer can hold, found '1e999'.", 6),
    ("y ~ x + y + (1 | g)", "'y' is the response and cannot be used on the right side.", 8),
    ("y ~ (1 | y)", "'y' is the response and cannot be used on the right side.", 9),
    (
      "y ~ x $ z + (1 | g)",
      "'$' has no meaning in a formula; a name with such characters is written in backticks.", 6
    ),
    ("y ~ `x + (1 | g)", "The backtick that opens this name is never closed.", 4),
    ("y ~ `` + (1 | g)", "Expected a name between the backticks.", 4),
  ])
  func mistakesAreSaidWithTheirPlace(text: String, message: String, position: Int) {
    #expect {
      try Formula(text)
    } throws: { error in
      guard let error = error as? FormulaError else { return false }
      return error.message == message && error.position == position
    }
  }

  @Test func theCaretStandsUnderThePlace() {
    #expect {
      try Formula("y ~ x +\t* z")
    } throws: {
      "\($0)" == "Expected a term, found '*'.\n  y ~ x + * z\n          ^"
    }
    let long = "y ~ " + (0..<100).map { "x\($0) + " }.joined() + "* z"
    #expect {
      try Formula(long)
    } throws: { error in
      let lines = "\(error)".split(separator: "\n").map(Array.init)
      guard lines.count == 3, let caret = lines[2].lastIndex(of: "^") else { return false }
      return lines[1].count < 130 && lines[1][caret] == "*"
    }
  }

  @Test(arguments: [
    String(repeating: "(", count: 100_000), "y ~ " + String(repeating: "(", count: 10_000),
    "y ~ I(" + String(repeating: "-", count: 10_000) + "x) + (1 | g)",
    "y ~ I(" + String(repeating: "x^", count: 5000) + "x) + (1 | g)",
    "y ~ " + String(repeating: "log(", count: 4000) + "x",
    "y ~ " + (0..<2000).map { "x\($0)" }.joined(separator: " + "),
    "y ~ " + (0..<30).map { "x\($0)" }.joined(separator: " * ") + " + (1 | g)",
    "y ~ " + (0..<2000).map { "x\($0)" }.joined(separator: ":") + " + (1 | g)",
    "y ~ (" + (0..<50).map { "x\($0)" }.joined(separator: " + ")
      + ")^9223372036854775807 + (1 | g)",
    "y ~ (a + b)^99999999999999999999 + (1 | g)",
  ])
  func pathologicalFormulasAreErrors(text: String) {
    #expect(throws: FormulaError.self) { try Formula(text) }
  }

  @Test func longSumsAreFine() throws {
    let sum = (0..<3000).map { _ in "x" }.joined(separator: " + ")
    #expect(try Formula("y ~ \(sum) + (1 | g)").fixed.terms == [[0]])
    let formula = try Formula("y ~ I(\(sum)) + (1 | g)")
    let table = try DataTable(columns: [
      ("y", .numeric([1])), ("x", .numeric([2])), ("g", .numeric([1])),
    ])
    #expect(try ModelFrame(formula: formula, data: table).fixed[1].values == [6000])
  }

  /// Whatever the text, there is a formula or an error.
  @Test func noTextCrashes() {
    let words = [
      "y", "x", "~", "+", "-", "*", "/", ":", "^", "(", ")", "|", "||", "0", "1", "2.5e", "log",
      "I", "factor",
      "offset", ",", "`", " ", "é", ".", "(1 | ", "g", "row",
    ]
    var generator = SplitMix(state: 5)
    var parsed = 0
    for _ in 0..<50_000 {
      let length = Int.random(in: 0...14, using: &generator)
      let text = (0..<length).map { _ in words.randomElement(using: &generator) ?? "" }.joined()
      if let formula = try? Formula("y ~ " + text + " + (1 | g)") {
        parsed += 1
        #expect(formula.columnNames.contains("g"))
      } else {
        do { _ = try Formula(text) } catch { #expect(!"\(error)".isEmpty) }
      }
    }
    #expect(parsed > 100)
  }
}
