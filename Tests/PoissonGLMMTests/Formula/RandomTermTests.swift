import Testing

@testable import PoissonGLMM

/// The grouping factors of a formula with their sets of effects, each set in brackets.
private func factors(_ right: String) throws -> String {
  try Formula("y ~ \(right)").randomFactors.map { factor in
    let sets = factor.sets.map { "[\($0.effects.map(\.name).joined(separator: " "))]" }
    return "\(factor.name) \(sets.joined())"
  }.joined(separator: ", ")
}

@Suite struct RandomTermTests {
  @Test(arguments: [
    ("(1 | g)", "g [Intercept]"),
    ("(1 + x | g)", "g [Intercept x]"),
    ("(x | g)", "g [Intercept x]"),
    ("(0 + x + z | g)", "g [x z]"),
    ("(1 + x || g)", "g [Intercept][x]"),
    ("(0 + x + z || g)", "g [x][z]"),
    ("(1 || g)", "g [Intercept]"),
    ("(1 | g) + (0 + x | g)", "g [Intercept][x]"),
    ("(1 | g) + (0 + x + z | g) + (0 + w || g)", "g [Intercept][x z][w]"),
    // Main effects come before interactions, as in R's terms.
    ("(x:z + x + z || g)", "g [Intercept][x][z][x:z]"),
    ("(x * z | g)", "g [Intercept x z x:z]"),
    ("(factor(f) + I(x^2) || g)", "g [Intercept][factor(f)][I(x^2)]"),
    ("(1 | a) + (1 | b)", "a [Intercept], b [Intercept]"),
    ("(1 | a) + (x | b) + (0 + x | a)", "a [Intercept][x], b [Intercept x]"),
    ("x + ((1 | a) + (1 | b)) + z", "a [Intercept], b [Intercept]"),
    ("(1 | a:b)", "a:b [Intercept]"),
    ("(1 | b:a)", "b:a [Intercept]"),
    ("(1 | a:b) + (0 + x | b:a)", "a:b [Intercept][x]"),
    ("(1 | a/b)", "a [Intercept], a:b [Intercept]"),
    ("(1 | a/b/c)", "a [Intercept], a:b [Intercept], a:b:c [Intercept]"),
    ("(1 | a/b:c)", "a [Intercept], a:b:c [Intercept]"),
    ("(1 | a:b/c)", "a:b [Intercept], a:b:c [Intercept]"),
    ("(1 | a/(b/c))", "a [Intercept], a:b [Intercept], a:b:c [Intercept]"),
    ("(1 | (a/b):c)", "a:c [Intercept], a:b:c [Intercept]"),
    ("(1 | (a:b))", "a:b [Intercept]"),
    ("(1 | a/a)", "a [Intercept]"),
    ("(x | a/b)", "a [Intercept x], a:b [Intercept x]"),
    ("(x || a/b)", "a [Intercept][x], a:b [Intercept][x]"),
    ("(1 | factor(a))", "a [Intercept]"),
    ("(1 | factor(a)/factor(b))", "a [Intercept], a:b [Intercept]"),
    ("(1 | `class room`:b)", "class room:b [Intercept]"),
    ("(1 | row)", "row [Intercept]"),
    ("(1 | a) + (1 | row)", "a [Intercept], row [Intercept]"),
  ])
  func termsOfOneFactorAreOne(right: String, expected: String) throws {
    #expect(try factors(right) == expected)
  }

  @Test(arguments: [
    ("(1 | a/b)", "(1 | a) + (1 | a:b)"),
    ("(1 | a/b/c)", "(1 | a) + (1 | a:b) + (1 | a:b:c)"),
    ("(1 + x || g)", "(1 | g) + (0 + x | g)"),
    ("(x || a/b)", "(1 | a/b) + (0 + x | a/b)"),
    ("(f || g)", "(1 | g) + (0 + f | g)"),
    ("(x + 0 || g)", "(0 + x | g)"),
  ])
  func formsThatMeanTheSame(short: String, long: String) throws {
    #expect(try factors(short) == factors(long))
  }

  @Test func groupingColumnsAreThereOnce() throws {
    let formula = try Formula("y ~ x + (x | a/b) + (1 | b) + (1 | c:a)")
    #expect(formula.groupName == "a")
    #expect(formula.randomFactors.map(\.name) == ["a", "a:b", "b", "c:a"])
    #expect(formula.randomFactors.map(\.columns) == [["a"], ["a", "b"], ["b"], ["c", "a"]])
    #expect(formula.groupingColumns == ["a", "b", "c"])
    #expect(formula.columnNames == ["y", "x", "a", "b", "c"])
  }

  @Test func rowIsOptionalAsAGroupingFactorOnly() throws {
    func requests(_ right: String) throws -> [ColumnRequest] {
      try Formula("y ~ \(right)").columnRequests.filter { $0.name == "row" }
    }
    #expect(
      try requests("(1 | row)") == [ColumnRequest(name: "row", use: .label, isOptional: true)])
    #expect(
      try requests("(1 | g/row)") == [ColumnRequest(name: "row", use: .label, isOptional: true)])
    #expect(
      try requests("row + (1 | row)")
        == [ColumnRequest(name: "row", use: .numberOrText, keepsLabels: true)])
    #expect(try requests("(1 | Row)").isEmpty)
    #expect(try Formula("y ~ (1 | Row)").columnRequests.allSatisfy { !$0.isOptional })
  }

  @Test(arguments: [
    (
      "y ~ (1 | g) + (1 | g)", "The random effect 'Intercept' of 'g' is in the formula twice.", 14
    ),
    (
      "y ~ (1 + x | g) + (x | g)",
      "The random effect 'Intercept' of 'g' is in the formula twice.", 18
    ),
    (
      "y ~ (1 + x || g) + (0 + x | g)", "The random effect 'x' of 'g' is in the formula twice.", 19
    ),
    (
      "y ~ (0 + x:z | g) + (0 + z:x | g)",
      "The random effect 'z:x' of 'g' is in the formula twice.", 20
    ),
    (
      "y ~ (1 | a:b) + (1 | b:a)",
      "The random effect 'Intercept' of 'b:a' is in the formula twice.", 16
    ),
    (
      "y ~ (1 | a/b) + (1 | a)",
      "The random effect 'Intercept' of 'a' is in the formula twice.", 16
    ),
    (
      "y ~ (1 | a + b)",
      "Grouping factors are joined by ':' or '/'; for 'a + b' write two terms, "
        + "'(1 | a) + (1 | b)'.", 11
    ),
    (
      "y ~ (1 | a * b)",
      "Grouping factors are joined by ':' or '/'; for 'a * b' write three terms, "
        + "'(1 | a) + (1 | b) + (1 | a:b)'.", 11
    ),
    ("y ~ (1 | (a - b))", "Grouping factors are joined by ':' or '/', found '-'.", 12),
    ("y ~ (1 | a^2)", "Grouping factors are joined by ':' or '/', found '^'.", 10),
    (
      "y ~ (1 | log(a))",
      "A grouping factor is a column, or several joined by ':' or '/', not an expression.", 9
    ),
    (
      "y ~ (1 | a:offset(b))",
      "A grouping factor is a column, or several joined by ':' or '/', not an expression.", 11
    ),
    ("y ~ (1 | factor(a + b))", "factor() takes the name of one column.", 18),
    ("y ~ (1 | factor(a)", "This parenthesis is never closed.", 4),
    ("y ~ (1 | (a:b)", "This parenthesis is never closed.", 4),
    ("y ~ (1 | (a:b c))", "Expected an operator or ')', found 'c'.", 14),
    ("y ~ (1 | a/)", "Expected the name of a column, found ')'.", 11),
    ("y ~ (1 | 1)", "Expected the name of a column, found '1'.", 9),
    ("y ~ (1 | g | h)", "Expected an operator or ')', found '|'.", 11),
    ("y ~ (1 | a/y)", "'y' is the response and cannot be used on the right side.", 11),
    ("y ~ (0 || g)", "This random term has no effects.", 4),
    ("y ~ ((1 | g) | h)", "A random term cannot be part of another.", 5),
  ])
  func mistakesAreSaidWithTheirPlace(text: String, message: String, position: Int) {
    #expect {
      try Formula(text)
    } throws: { error in
      guard let error = error as? FormulaError else { return false }
      return error.message == message && error.position == position
    }
  }

  @Test(arguments: [
    "y ~ (1 | " + String(repeating: "(", count: 10_000),
    "y ~ (1 | " + (0..<2000).map { "g\($0)" }.joined(separator: "/") + ")",
    "y ~ (1 | " + (0..<2000).map { "g\($0)" }.joined(separator: ":") + ")",
    "y ~ (" + (0..<900).map { "x\($0)" }.joined(separator: " + ") + " || a/b)",
    "y ~ " + (0..<1500).map { "(1|g\($0))" }.joined(separator: "+"),
  ])
  func pathologicalFormulasAreErrors(text: String) {
    #expect(throws: FormulaError.self) { try Formula(text) }
  }
}
