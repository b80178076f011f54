import Testing

@testable import PoissonGLMM

/// Warnings about several grouping factors.
@Suite struct FactorDiagnosticsTests {
  private func warnings(_ factors: [(String, (Int) -> Int, [DesignColumn])]) throws -> [String] {
    try PoissonMixedModel(
      counts: (0..<30).map { Double($0 % 4) }, fixed: [.intercept(rows: 30)],
      factors: factors.map { name, level, terms in
        RandomFactor(
          name: name, grouping: Grouping(labels: (0..<30).map { "\(name)\(level($0))" }),
          terms: terms)
      }
    ).warnings
  }

  private let one = DesignColumn.intercept(rows: 30)
  private let x = DesignColumn(name: "x", values: (0..<30).map { $0 % 2 == 0 ? 1 : -1 })

  private func twins(_ first: String, _ second: String) -> String {
    "'\(first)' and '\(second)' group the rows in the same way: only the priors tell their effects "
      + "apart."
  }

  @Test func factorsWithTheSameLevelsAreNamed() throws {
    let found = try warnings([
      ("a", { $0 % 6 }, [one]), ("b", { 5 - $0 % 6 }, [one]), ("c", { $0 % 5 }, [one]),
    ])
    #expect(found == [twins("a", "b")])
    // Effects of different columns are told apart.
    #expect(try warnings([("a", { $0 % 6 }, [one]), ("b", { $0 % 6 }, [x])]).isEmpty)
    #expect(
      try warnings([("a", { $0 % 6 }, [one]), ("b", { $0 % 6 }, [x, one])]) == [twins("a", "b")])
  }

  @Test func eachFactorIsNamedOnce() throws {
    let level = { (row: Int) in row % 6 }
    #expect(
      try warnings([("a", level, [one]), ("b", level, [one]), ("c", level, [one])])
        == [twins("a", "b"), twins("a", "c")])
  }

  @Test func nestingAloneIsFine() throws {
    #expect(try warnings([("a", { $0 % 6 }, [one]), ("b", { $0 % 12 }, [one])]).isEmpty)
    // One level for each row, besides others.
    #expect(try warnings([("a", { $0 % 6 }, [one]), ("row", { $0 }, [one])]).isEmpty)
    #expect(
      try warnings([("id", { $0 }, [one]), ("row", { 29 - $0 }, [one])]) == [twins("id", "row")])
  }

  @Test func nestingWithOneLevelInEachIsTheSameGrouping() throws {
    let table = try DataTable(columns: [
      ("y", .numeric((0..<30).map { Double($0 % 4) })),
      ("school", .numeric((0..<30).map { Double($0 % 6) })),
      ("class", .numeric((0..<30).map { Double($0 % 6 % 2) })),
      ("room", .numeric((0..<30).map { Double($0 % 5) })),
    ])
    func warnings(_ right: String) throws -> [String] {
      try PoissonMixedModel(formula: Formula("y ~ \(right)"), data: table).warnings
    }
    #expect(try warnings("(1 | school/class)") == [twins("school", "school:class")])
    #expect(try warnings("(1 | school/room)").isEmpty)
  }

  @Test func aColumnOfSeveralFactorsIsNamedOnce() throws {
    let small = DesignColumn(name: "z", values: (0..<30).map { $0 % 2 == 0 ? 1e-6 : -1e-6 })
    let found = try warnings([("a", { $0 % 6 }, [small]), ("b", { $0 % 5 }, [small])])
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("Random term 'z' has values of size 1e-06") == true)
  }
}
