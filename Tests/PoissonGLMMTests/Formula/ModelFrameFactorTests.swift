import Testing

@testable import PoissonGLMM

/// Grouping factors of tables.
@Suite struct ModelFrameFactorTests {
  private let table: DataTable

  init() throws {
    table = try DataTable(columns: [
      ("y", .numeric([1, 2, 3, 4, 0, 2])), ("x", .numeric([0.5, 1, 2, 4, 3, 1])),
      ("f", text(["u", "v", "w", "u", "v", "w"])), ("h", text(["k", "l", "k", "l", "k", "k"])),
      ("school", text(["A", "B", "A", "B", "A", "A"])), ("class", .numeric([1, 1, 2, 1, 1, 2])),
      ("fv", .numeric([1, 2, 3, 4, 5, 6])),
    ])
  }

  private func frame(_ right: String, _ table: DataTable) throws -> ModelFrame {
    try ModelFrame(formula: Formula("y ~ \(right)"), data: table)
  }

  private func describe(_ right: String) throws -> String {
    try frame(right, table).factors.map { factor in
      let sets = factor.correlatedSets.map { set in
        "[\(factor.terms[set].map(\.name).joined(separator: " "))]"
      }
      return "\(factor.name) \(sets.joined())"
    }.joined(separator: ", ")
  }

  /// The columns that lme4 has for these terms: `model.matrix` of each bar's left side after
  /// `expandDoubleVerts`, which makes of `(effects || g)` the intercept and each term with `0 +`.
  @Test(arguments: [
    ("(f | school)", "school [Intercept fv fw]"),
    ("(1 + f | school)", "school [Intercept fv fw]"),
    ("(0 + f | school)", "school [fu fv fw]"),
    ("(f || school)", "school [Intercept][fu fv fw]"),
    ("(0 + f || school)", "school [fu fv fw]"),
    ("(1 | school) + (0 + f | school)", "school [Intercept][fu fv fw]"),
    ("(x + f | school)", "school [Intercept x fv fw]"),
    ("(x + f || school)", "school [Intercept][x][fu fv fw]"),
    ("(f + h | school)", "school [Intercept fv fw hl]"),
    ("(0 + f + h | school)", "school [fu fv fw hl]"),
    ("(f + h || school)", "school [Intercept][fu fv fw][hk hl]"),
    ("(x * f | school)", "school [Intercept x fv fw x:fv x:fw]"),
    ("(x * f || school)", "school [Intercept][x][fu fv fw][x:fu x:fv x:fw]"),
    ("(0 + f:h || school)", "school [fu:hk fv:hk fw:hk fu:hl fv:hl fw:hl]"),
    ("(factor(class) | school)", "school [Intercept factor(class)2]"),
    ("(x | school/class)", "school [Intercept x], school:class [Intercept x]"),
    ("(x || school/class)", "school [Intercept][x], school:class [Intercept][x]"),
    ("(1 | school) + (x | h) + (0 + x | school)", "school [Intercept][x], h [Intercept x]"),
  ])
  func codingIsLme4s(right: String, expected: String) throws {
    #expect(try describe(right) == expected)
  }

  @Test func nestedFactorsHaveTheirLevels() throws {
    let nested = try frame("(1 | school/class)", table)
    let written = try frame("(1 | school) + (1 | school:class)", table)
    #expect(nested.factors.map(\.grouping) == written.factors.map(\.grouping))
    #expect(nested.factors[0].grouping.labels == ["A", "B"])
    #expect(nested.factors[1].grouping.labels == ["A:1", "B:1", "A:2"])
    #expect(nested.factors[1].grouping.groupOfRow == [0, 1, 2, 1, 0, 2])
    #expect(nested.grouping == nested.factors[0].grouping)
    #expect(nested.random == nested.factors[0].terms)
    #expect(nested.notices.isEmpty)
    let model = try nested.model()
    #expect(model.factors.map(\.name) == ["school", "school:class"])
    #expect(model.randomNames == ["school:Intercept", "school:class:Intercept"])
  }

  @Test func correlatedTermsReachTheModel() throws {
    let model = try PoissonMixedModel(
      formula: Formula("y ~ x + (x | school) + (1 + x || h)"), data: table)
    #expect(model.factors.map(\.correlatedSets) == [[0..<2], [0..<1, 1..<2]])
    #expect(model.correlationNames == ["school:Intercept,x"])
  }

  @Test func columnsOfOneNameAreAnError() throws {
    #expect(
      throws: ModelError("The random effect 'fv' of 'school' is in the formula twice.")
    ) {
      try frame("(f | school) + (0 + fv | school)", table)
    }
    // Of another factor it is another effect.
    #expect(try describe("(f | school) + (0 + fv | h)") == "school [Intercept fv fw], h [fv]")
  }

  @Test func aSetOfManyCorrelatedTermsIsAnError() throws {
    let rows = (0..<24).map(Double.init)
    let data = try DataTable(columns: [
      ("y", .numeric(rows)), ("many", .numeric(rows.map { ($0 / 2).rounded(.down) })),
      ("ten", .numeric(rows.map { ($0 / 2.4).rounded(.down) })),
      ("g", .numeric(rows.map { $0.truncatingRemainder(dividingBy: 6) })),
    ])
    #expect(
      throws: ModelError(
        "The 12 random effects 'Intercept', 'factor(many)1', 'factor(many)2', ... of 'g' are "
          + "correlated with each other: at most 10 can be.")
    ) {
      try frame("(factor(many) | g)", data).model()
    }
    #expect(try frame("(factor(ten) | g)", data).model().factors[0].terms.count == 10)
  }
}
