import Testing

@testable import PoissonGLMM

@Suite struct ColumnWarningTests {
  private func warnings(
    _ values: [String], _ right: String = "x + (1 | g)", format: CSVFormat = CSVFormat()
  ) throws -> [String] {
    let formula = try Formula("y ~ \(right)")
    let rows = values.enumerated().map { "\($0 % 4);\($1);g\($0 % 2)\n" }.joined()
    let table = try CSVReader.read(
      ByteInput(bytes: Array(("y;x;g\n" + rows).utf8), name: "d"),
      columns: formula.columnRequests, format: format)
    let frame = try ModelFrame(formula: formula, data: table)
    let warnings = frame.columnWarnings
    // Those of the fit have them, too.
    #expect(try Set(frame.model().warnings).isSuperset(of: warnings))
    return warnings
  }

  @Test(arguments: [
    (["1,5", "-0,25"], "because its numbers have a comma ('1,5'); --decimal , reads them"),
    (
      ["1,234", "22,500"],
      "a comma between thousands ('1,234'): take it out; if it is a decimal comma"
    ),
    (["1,031,000", "2,500,000"], "have commas between thousands ('1,031,000'); take them out"),
    (["12 %", "3 %"], "because its numbers have something around them ('12 %')"),
    (["$1,200.50", "$7"], "because its numbers have something around them ('$1,200.50')"),
    (["2023-01-31", "2023-02-01"], "holds dates ('2023-01-31'), which are text here"),
    (["31.1.2023", "1.2.2023"], "holds dates"), (["1/31/23", "2/1/23"], "holds dates"),
    (["2023-01-31T12:00:00Z", "2023-02-01T08:30:00Z"], "holds dates"),
    (["31 Jan 2023", "1 Feb 2023"], "holds dates"), (["31-OCT-23", "01-NOV-23"], "holds dates"),
    (["Jan 2023", "Feb 2023"], "holds dates"),
    (["a", "b", "c", "d"], "Column 'x' is text with 4 different values in"),
  ])
  func whatLooksLikeSomethingElse(values: [String], warning: String) throws {
    let found = try warnings(values)
    #expect(found.count == 1 && found[0].contains(warning), "\(found)")
  }

  /// What a double bar does to a factor is not what its writer may expect.
  @Test func factorsLeftOfADoubleBarAreNamed() throws {
    let rows = (0..<12).map { "\($0 % 3);\(["u", "v"][$0 % 2]);\($0);g\($0 % 4)\n" }.joined()
    func warnings(_ text: String) throws -> [String] {
      let formula = try Formula(text)
      let format = CSVFormat(separator: .semicolon)
      let table = try CSVReader.read(
        ByteInput(bytes: Array(("y;a;x;g\n" + rows).utf8), name: "d"),
        columns: formula.columnRequests, format: format)
      return try ModelFrame(formula: formula, data: table).columnWarnings
    }
    for text in ["y ~ x + (a || g)", "y ~ x + (1 + x + a || g)"] {
      let found = try warnings(text)
      #expect(found.count == 1, "\(found)")
      #expect(found.first?.contains("stay correlated in (a || g), as in lme4") == true, "\(found)")
    }
    for text in ["y ~ x + (a | g)", "y ~ x + (1 + x || g)", "y ~ a + (1 || g)"] {
      #expect(try warnings(text).isEmpty)
    }
  }

  @Test(arguments: [
    ["a", "b"], ["v1.2.3", "v1.2.4"], ["10-20", "20-30"], ["1-2-3", "4-5-6"],
    ["2001-2005", "2006-2010"], ["10.0.0.1", "10.0.0.2"], ["May", "June"], ["1a", "2b"],
  ])
  func factorsAreFactors(values: [String]) throws {
    #expect(try warnings(values + values + values).isEmpty)
  }

  @Test func onlyPredictorsThatAreTextMatter() throws {
    let dates = ["2023-01-31", "2023-02-01", "2023-02-02", "2023-02-03"]
    #expect(try warnings(dates, "1 + (1 | x)").isEmpty)
    #expect(try warnings(dates, "factor(x) + (1 | g)").isEmpty)
    #expect(try warnings(["1", "2", "3", "4"]).isEmpty)
    #expect(try warnings(dates, "1 + (0 + x | g)").count == 1)
    #expect(try warnings(dates, "g * x + (1 | g)").count == 1)
  }

  @Test func pointsWhereCommasAreExpected() throws {
    #expect(
      try warnings(["1.5", "2.5"], format: CSVFormat(decimalMark: .comma)) == [
        "Column 'x' is text, and so a factor with 2 levels, because decimals stand behind a point "
          + "('1.5') and --decimal , was given."
      ])
  }

  @Test func twoSpellingsOfOneNumberAreTwoGroups() throws {
    let formula = "1 + (1 | x)"
    #expect(
      try warnings(["7", "01", "1", "1.0"], formula) == [
        "'01' and '1' are two levels of 'x': labels are text, as they are written."
      ])
    #expect(try warnings(["1e3", "1000"], formula).count == 1)
    #expect(try warnings(["01", "02", "1a", "-1", "1.5"], formula).isEmpty)
  }

  /// A column that has numbers in a term and names groups is both.
  @Test func aColumnOfNumbersNamesGroupsAsWritten() throws {
    let formula = try Formula("y ~ x + (1 | x)")
    let table = try CSVReader.read(
      ByteInput(bytes: Array("y,x\n1,01\n2,1\n3,2\n0,01\n".utf8), name: "d"),
      columns: formula.columnRequests)
    let frame = try ModelFrame(formula: formula, data: table)
    #expect(frame.fixed[1].values == [1, 1, 2, 1])
    #expect(frame.grouping.labels == ["01", "1", "2"])
    #expect(frame.grouping.groupOfRow == [0, 1, 2, 0])
  }
}
