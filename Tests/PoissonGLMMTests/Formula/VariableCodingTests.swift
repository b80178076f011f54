import Testing

@testable import PoissonGLMM

/// What is said of data that a formula's functions cannot take.
@Suite struct VariableCodingTests {
  let table: DataTable

  init() throws {
    table = try DataTable(columns: [
      ("y", .numeric([1, 0, 2, 3, 1, 4])), ("x", .numeric([0, 0, 0, 0, 1, 5])),
      ("one", .numeric([3, 3, 3, 3, 3, 3])), ("f", text(["GP", "MS", "GP", "MS", "GP", "MS"])),
      ("same", text(["u", "u", "u", "u", "u", "u"])), ("g", text(["a", "a", "b", "b", "c", "c"])),
      ("t", .numeric([400, 500, 1005, 800, 700, 900])), ("w", .numeric([1, 5, 9, 20, 30, 2])),
      ("o", .numeric([-300, 300, 1, 1, 1, 1])),
    ])
  }

  private func message(_ term: String, references: [String: String] = [:]) throws -> String {
    let formula = try Formula("y ~ \(term) + (1 | g)")
    let error = #expect(throws: ModelError.self) {
      try ModelFrame(formula: formula, data: table, references: references)
    }
    return error?.description ?? ""
  }

  @Test(arguments: [
    ("scale(one)", "scale(one) cannot be scaled: its values are the same in every row used."),
    ("I(x > 9)", "I(x > 9) is FALSE in every row used: it has no effect."),
    ("same", "Column 'same' is 'u' in every row used: a factor needs two levels or more."),
    (
      "factor(one > 2)",
      "factor(one > 2) is 'TRUE' in every row used: a factor needs two levels or more."
    ),
    ("log(x)", "row 1: log(x) is not a finite number, with x = 0"),
    ("I(log(x - 1) > 0)", "row 1: I(log(x - 1) > 0) is not a finite number, with x = 0"),
    ("sqrt(f)", "Column 'f' is text, but sqrt(f) needs numbers."),
    ("I(f > 2)", "Column 'f' is text, but I(f > 2) needs numbers."),
    (
      "I(f == \"Gp\")",
      "I(f == \"Gp\"): 'f' has no level 'Gp' (did you mean 'GP'?); its levels are 'GP', 'MS'."
    ),
    (
      "relevel(f, ref = \"SM\")",
      "'f' has no level 'SM' (did you mean 'MS'?); its levels are 'GP', 'MS'."
    ),
    (
      "factor(f, levels = c(\"GP\", \"X\"))",
      "factor(f, levels = c(\"GP\", \"X\")): the data have the level 'MS' too, which is not among "
        + "those given."
    ),
    (
      "poly(x, 3)",
      "poly(x, 3): there are 3 different values, so that the degree can be 2 at most."
    ),
    ("ns(one, 2)", "ns(one, 2): the values are the same in every row used."),
    (
      "ns(x, 3)",
      "ns(x, 3): the knot 0 is not between 0 and 5. So many values are equal that a quantile of "
        + "them is an end: give 'knots', or a smaller 'df'."
    ),
    (
      "bs(x, knots = 7)",
      "bs(x, knots = 7): the knot 7 is not between 0 and 5. Knots lie between the ends."
    ),
    (
      "x + offset(t)",
      "row 1: the offset t is 400, as if the exposure were exp(400); an offset is the logarithm of "
        + "the exposure, within -100 and 100: if t is the exposure itself, write offset(log(t))."
    ),
    (
      "x + offset(o)",
      "row 1: the offset o is -300, as if the exposure were exp(-300); an offset is the logarithm "
        + "of the exposure, within -100 and 100: an exposure t is written offset(log(t))."
    ),
  ])
  func whatCannotBeCodedIsSaid(term: String, expected: String) throws {
    #expect(try message(term) == expected)
  }

  @Test func referencesMustBeLevelsOfFactors() throws {
    #expect(
      try message("f", references: ["f": "gp"])
        == "'f' has no level 'gp' (did you mean 'GP'?); its levels are 'GP', 'MS'.")
    #expect(
      try message("f", references: ["ff": "GP"])
        == "There is a reference level for 'ff' (did you mean 'f'?), which is not a factor of the "
        + "formula; for a column of numbers write factor(...).")
    let ofNumbers = try message("x", references: ["x": "0"])
    #expect(ofNumbers.hasPrefix("There is a reference level for 'x'"))
  }

  @Test func aWideOffsetIsPointedOut() throws {
    let notices = try ModelFrame(formula: Formula("y ~ x + offset(w) + (1 | g)"), data: table)
      .notices
    #expect(
      notices == [
        "The offset w runs from 1 to 30: exposures then differ by a factor of exp(29). If w is the "
          + "exposure itself, write offset(log(w))."
      ])
    for offset in ["log(w)", "x", "log(t)"] {
      let formula = try Formula("y ~ x + offset(\(offset)) + (1 | g)")
      #expect(try ModelFrame(formula: formula, data: table).notices.isEmpty, "\(offset)")
    }
  }

  @Test func newLevelsOfComputedFactorsAreSaid() throws {
    let frame = try ModelFrame(
      formula: Formula("y ~ factor(round(x)) + (1 | g)"), data: table)
    let new = try DataTable(columns: [
      ("y", .numeric([1, 1])), ("x", .numeric([1.2, 7])), ("g", text(["a", "b"])),
    ])
    #expect {
      try frame.fixedColumns(of: CompleteRows(allOf: new, columns: frame.columnNames))
    } throws: {
      "\($0)" == "row 2: round(x) is '7', a level that the fitted data do not have; theirs are "
        + "'0', '1', '5'."
    }
  }

  /// Labels that are spelled as they are come before numbers that are equal.
  @Test func labelsAreFoundAsTheyAreSpelled() throws {
    #expect(Factor.spelling(of: "01", among: ["1", "01"]) == "01")
    #expect(Factor.spelling(of: "1.0", among: ["1", "2"]) == "1")
    #expect(Factor.spelling(of: "3", among: ["1", "2"]) == nil)
  }
}
