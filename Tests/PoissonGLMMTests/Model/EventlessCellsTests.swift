import Testing

@testable import PoissonGLMM

/// Levels, values of 0 and 1 and cells of interactions that have no events.
@Suite struct EventlessCellsTests {
  /// Rows of (y, arm, sex, trt), in three groups, with a column of numbers x.
  private func warnings(
    _ rows: [(Double, String, String, Double)], _ right: String, priors: Priors = Priors()
  ) throws -> [String] {
    let formula = try Formula("y ~ \(right) + (1 | g)")
    let text = rows.enumerated().map { index, row in
      "\(row.0),\(row.1),\(row.2),\(row.3),\(Double(index * 7 % 5) + 0.5),g\(index % 3)\n"
    }.joined()
    let table = try CSVReader.read(
      ByteInput(bytes: Array(("y,arm,sex,trt,x,g\n" + text).utf8), name: "d"),
      columns: formula.columnRequests)
    let model = try ModelFrame(formula: formula, data: table).model(priors: priors)
    // They are among the warnings of the model, which are those of its fit.
    #expect(Set(model.warnings).isSuperset(of: model.eventWarnings))
    return model.eventWarnings
  }

  private let cells: [(Double, String, String, Double)] = [
    (0, "a", "f", 0), (0, "a", "m", 1), (0, "a", "f", 1), (2, "b", "f", 0), (0, "b", "m", 1),
    (1, "c", "f", 0), (4, "c", "m", 1), (3, "b", "f", 1), (0, "b", "m", 0), (2, "c", "m", 0),
  ]

  private let referenceWarning =
    "No events in the 3 rows with arm = a, the reference: how low the intercept is, and how large "
    + "the effects that differ from it are, rests on the prior N(0, 2^2)."

  @Test func aLevelWithoutEventsIsNamed() throws {
    #expect(try warnings(cells, "arm") == [referenceWarning])
    #expect(
      try warnings(cells, "relevel(arm, ref = \"b\")", priors: Priors(fixedEffectSD: 10)) == [
        "No events in the 3 rows with arm = a: the size of its effect rests on the prior "
          + "N(0, 10^2)."
      ])
    // Without an intercept every level has an effect of its own.
    #expect(
      try warnings(cells, "0 + arm") == [
        "No events in the 3 rows with arm = a: the size of its effect rests on the prior N(0, 2^2)."
      ])
    // The slope within the level has no events either.
    #expect(try warnings(cells, "arm:x") == [referenceWarning])
    // The sexes have events, and so have the values of trt.
    #expect(try warnings(cells, "sex + trt + x").isEmpty)
  }

  @Test func aColumnOfZerosAndOnesIsAskedForBoth() throws {
    let one = cells.map { ($0.3 == 1 ? 0 : $0.0, $0.1, $0.2, $0.3) }
    #expect(
      try warnings(one, "trt") == [
        "No events in the 5 rows with trt = 1: the size of its effect rests on the prior N(0, 2^2)."
      ])
    let zero = cells.map { ($0.3 == 0 ? 0 : $0.0, $0.1, $0.2, $0.3) }
    #expect(
      try warnings(zero, "trt") == [
        "No events in the 5 rows with trt = 0, the reference: how low the intercept is, and how "
          + "large the effects that differ from it are, rests on the prior N(0, 2^2)."
      ])
    // Without an intercept nothing of the fixed effects is in those rows.
    #expect(try warnings(zero, "0 + trt").isEmpty)
  }

  /// A cell is told if the interaction is in the model and its margins have events.
  @Test func cellsOfInteractionsAreTold() throws {
    #expect(try warnings(cells, "arm + sex") == [referenceWarning])
    #expect(
      try warnings(cells, "arm * sex") == [
        referenceWarning,
        "No events in the 2 rows with arm = b and sex = m: the size of its effect rests on the "
          + "prior N(0, 2^2).",
      ])
  }

  @Test func manyLevelsTakeOneSentence() throws {
    let rows: [(Double, String, String, Double)] = (0..<24).map { row in
      let count: Double = row % 8 < 6 ? 0 : 2
      return (count, "s\(row % 8)", row % 2 == 0 ? "f" : "m", Double(row % 2))
    }
    #expect(
      try warnings(rows, "arm") == [
        "No events in 6 of the 8 levels of arm (s0, s1, s2, s3, s4, ...; the reference, and so the "
          + "intercept, is one of them): the sizes of their effects rest on the prior N(0, 2^2)."
      ])
  }

  /// Without any event all rests on the priors, and levels of grouping factors borrow strength.
  @Test func nothingIsSaidWhereThatWouldSayNothing() throws {
    #expect(try warnings(cells.map { (0, $0.1, $0.2, $0.3) }, "arm").isEmpty)
    let byGroup: [(Double, String, String, Double)] = cells.enumerated().map { index, row in
      (index % 3 == 0 ? 0.0 : 2.0, row.1, row.2, row.3)
    }
    #expect(try warnings(byGroup, "x").isEmpty)
  }

  /// A model of columns alone, and the advice that would make an effect run away.
  @Test func columnsAloneAreEnough() throws {
    func model(_ x: [Double], counts: [Double]) throws -> [String] {
      try PoissonMixedModel(
        counts: counts, fixed: [.intercept(rows: 6), DesignColumn(name: "x", values: x)],
        random: [.intercept(rows: 6)], grouping: Grouping(numbers: [1, 2, 3, 1, 2, 3]),
        priors: Priors(fixedEffectSD: 1)
      ).warnings.filter { !$0.contains("There are only") }
    }
    let indicator: [Double] = [0, 0, 0, 1, 1, 1]
    let none = try model(indicator, counts: [0, 0, 0, 50, 60, 70])
    #expect(none.count == 2)
    #expect(none[0].hasPrefix("No events in the 3 rows with x = 0, the reference"))
    #expect(none[1].hasSuffix("Give an offset."))
    let some = try model(indicator, counts: [30, 30, 30, 50, 60, 70])
    #expect(some.count == 1)
    #expect(some[0].hasSuffix("Give an offset, or give the fixed effects a wider prior."))
    let numbers = try model([0, 0.5, 0, 1, 1, 1], counts: [0, 0, 0, 5, 6, 7])
    #expect(!numbers.contains { $0.hasPrefix("No events") })
  }
}
