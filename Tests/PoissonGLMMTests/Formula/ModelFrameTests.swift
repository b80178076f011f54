import Testing

@testable import PoissonGLMM

private func table(_ columns: [(String, DataColumn)]) throws -> DataTable {
  try DataTable(columns: columns)
}

private func message(_ formula: String, _ table: DataTable) -> String? {
  do {
    _ = try PoissonMixedModel(formula: Formula(formula), data: table)
    return nil
  } catch {
    return "\(error)"
  }
}

@Suite struct ModelFrameTests {
  let nan = Double.nan

  @Test func rowsWithAMissingValueInAUsedColumnAreDropped() throws {
    let data = try table([
      ("y", .numeric([1, 2, nan, 4, 5, 6])), ("x", .numeric([1, nan, 3, 4, 5, 6])),
      ("unused", .numeric([nan, nan, nan, nan, nan, nan])),
      ("g", text(["u", "u", "v", "v", "", "w"])), ("site", text(["S", "S", "S", "T", "T", "R"])),
    ])
    let frame = try ModelFrame(formula: Formula("y ~ x + site + (1 + x || g)"), data: data)
    #expect(frame.droppedRows == 3)
    #expect(frame.counts == [1, 4, 6])
    #expect(
      frame.fixed == [
        .intercept(rows: 3), DesignColumn(name: "x", values: [1, 4, 6]),
        DesignColumn(name: "siteS", values: [1, 0, 0]),
        DesignColumn(name: "siteT", values: [0, 1, 0]),
      ])
    #expect(
      frame.random == [.intercept(rows: 3), DesignColumn(name: "x", values: [1, 4, 6])])
    #expect(frame.grouping.labels == ["u", "v", "w"])
    #expect(frame.grouping.groupOfRow == [0, 1, 2])
  }

  @Test func groupsAreInOrderOfAppearanceAmongTheRowsKept() throws {
    let data = try table([
      ("y", .numeric([nan, 2, 3])), ("g", text(["u", "v", "u"])),
    ])
    let frame = try ModelFrame(formula: Formula("y ~ (1 | g)"), data: data)
    #expect(frame.grouping.labels == ["v", "u"])
  }

  @Test func interactionAsGroupingFactor() throws {
    let data = try table([
      ("y", .numeric([1, 2, 3, 4])), ("school", text(["A", "B", "A", "B"])),
      ("room", .numeric([1, 1, 2, 1])),
    ])
    let formula = try Formula("y ~ (1 | school:room)")
    let frame = try ModelFrame(formula: formula, data: data)
    #expect(formula.groupName == "school:room")
    #expect(frame.grouping.labels == ["A:1", "B:1", "A:2"])
    #expect(frame.grouping.groupOfRow == [0, 1, 2, 1])
  }

  @Test func offsetsAddUp() throws {
    let data = try table([
      ("y", .numeric([1, 2])), ("a", .numeric([1, 2])), ("b", .numeric([10, 20])),
      ("g", .numeric([1, 2])),
    ])
    let frame = try ModelFrame(
      formula: Formula("y ~ offset(a) + (1 | g) + offset(b / 10 + 1)"), data: data)
    #expect(frame.offset == [3, 5])
  }

  @Test func severalRandomTermsAddUp() throws {
    let data = try table([
      ("y", .numeric([1, 2])), ("x", .numeric([1, 3])), ("f", text(["u", "v"])),
      ("g", .numeric([1, 2])),
    ])
    let frame = try ModelFrame(
      formula: Formula("y ~ 1 + (1 | g) + (0 + x | g) + (0 + f || g)"), data: data)
    #expect(frame.random.map(\.name) == ["Intercept", "x", "fu", "fv"])
    // A double bar does not split the levels of a factor.
    #expect(frame.factors[0].correlatedSets == [0..<1, 1..<2, 2..<4])
  }

  @Test func levelsThatAreNumbersAreSortedByValueAndNamedPlainly() throws {
    let data = try table([
      ("y", .numeric([1, 2, 3])), ("f", text(["10.0", "9", "1e2"])), ("h", text(["b", "B", "ä"])),
      ("twice", text(["10.0", "9", "1e1"])),
      ("g", .numeric([1, 2, 3])),
    ])
    let frame = try ModelFrame(formula: Formula("y ~ 0 + factor(f) + (1 | g)"), data: data)
    #expect(frame.fixed.map(\.name) == ["factor(f)9", "factor(f)10", "factor(f)100"])
    // Two spellings of one number are two levels, as they are two groups.
    let twice = try ModelFrame(formula: Formula("y ~ 0 + factor(twice) + (1 | g)"), data: data)
    #expect(
      twice.fixed.map(\.name) == ["factor(twice)9", "factor(twice)10.0", "factor(twice)1e1"])
    let letters = try ModelFrame(formula: Formula("y ~ 0 + h + (1 | g)"), data: data)
    #expect(letters.fixed.map(\.name) == ["hB", "hb", "hä"])
  }

  @Test func badDataIsSaidWithItsPlace() throws {
    let rows: [Double] = [1, 2, 3]
    let data = try table([
      ("y", .numeric([1, nan, 2])), ("negative", .numeric([1, 2, -3])),
      ("half", .numeric([1, 2.5, 3])), ("infinite", .numeric([1, .infinity, 3])),
      ("zero", .numeric([1, 2, 0])), ("word", text(["u", "v", "u"])),
      ("one", text(["u", "u", "u"])),
      ("missing", .numeric([nan, nan, nan])), ("g", .numeric(rows)),
    ])
    let expected: [(String, String)] = [
      ("negative ~ (1 | g)", "row 3: the count is -3.0; counts cannot be negative."),
      (
        "half ~ (1 | g)",
        "row 2: the count is 2.5; a count must be a whole number. For a rate or a mean, take the "
          + "count that it was made of as the response, and what that was divided by as exposure: "
          + "add offset(log(exposure)) to the model."
      ),
      ("infinite ~ (1 | g)", "row 2: the count is inf, not a finite number."),
      ("word ~ (1 | g)", "Column 'word' is text, but a response needs numbers."),
      // The second row is dropped, and still the third is called the third.
      ("y ~ log(zero) + (1 | g)", "row 3: log(zero) is not a finite number, with zero = 0"),
      (
        "half ~ sqrt(infinite) + (1 | g)",
        "row 2: sqrt(infinite) is not a finite number, with infinite = inf"
      ),
      ("y ~ log(word) + (1 | g)", "Column 'word' is text, but log(word) needs numbers."),
      (
        "y ~ one + (1 | g)",
        "Column 'one' is 'u' in every row used: a factor needs two levels or more."
      ),
      (
        "y ~ missing + (1 | g)",
        "No row of the data is complete: of 3, a value is missing in column 'y' in 1, column "
          + "'missing' in 3."
      ),
      (
        "y ~ wrod + (1 | g)",
        "In the data, there is no column 'wrod' (did you mean 'word'?); the columns are y, "
          + "negative, half, infinite, zero, word, one, missing, g."
      ),
    ]
    for (formula, sentence) in expected {
      #expect(message(formula, data) == sentence)
    }
  }

  @Test func aFactorWithTooManyLevelsIsAnError() throws {
    let count = 1100
    let numbers = (0..<count).map(Double.init)
    let data = try table([
      ("y", .numeric(numbers)), ("id", .numeric(numbers)), ("g", .numeric(numbers)),
    ])
    let sentence = try #require(message("y ~ factor(id) + (1 | g)", data))
    #expect(sentence.hasPrefix("With 'factor(id)' the model has more than 1000 effects"))
    // Their product overflows nothing.
    let terms = (0..<20).map { _ in "factor(id)" }.joined(separator: ":")
    #expect(message("y ~ \(terms):factor(g):factor(y) + (1 | g)", data) != nil)
  }

  @Test func tablesThatAreNone() {
    #expect(throws: ModelError.self) {
      try table([("x", .numeric([1])), ("z", .numeric([1, 2]))])
    }
    #expect(throws: ModelError.self) { try table([("x", .numeric([1])), ("x", .numeric([1]))]) }
    #expect(throws: ModelError.self) { try table([("x", .text(codes: [1], levels: ["a"]))]) }
  }
}
