import Foundation
import Testing

@testable import PoissonGLMM

@Suite struct ModelFramePredictionTests {
  private let formula = "y ~ x + f + log(z) + (1 + x || g) + offset(log(days))"

  private func table(_ text: String, _ requests: [ColumnRequest]) throws -> DataTable {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).csv")
    try Data(text.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try CSVReader.read(path: path.path, columns: requests)
  }

  private let data = """
    y,x,f,z,g,days
    1,0.5,b,1,1,10
    2,0.1,a,2,1,20
    0,0.2,c,3,02,30
    4,0.7,a,1,02,10
    3,0.9,b,2,3,15
    2,0.3,c,1,3,12

    """

  private func frame() throws -> ModelFrame {
    let formula = try Formula(formula)
    return try ModelFrame(formula: formula, data: table(data, formula.columnRequests))
  }

  private func rows(_ text: String, scale: PredictionScale = .count) throws -> PredictionRows {
    let frame = try frame()
    return try frame.predictionRows(
      of: table(text, frame.columnRequests(on: scale)), model: frame.model(), scale: scale)
  }

  /// Rows of the data themselves, a few of them: the columns are the data's own, although two
  /// levels are missing.
  @Test func rowsAreCodedLikeTheData() throws {
    let rows = try rows("days,g,z,f,x\n30,02,3,c,0.2\n10,02,1,c,0.7\n")
    let frame = try frame()
    #expect(frame.fixed.map(\.name) == ["Intercept", "x", "fb", "fc", "log(z)"])
    for (column, values) in zip(frame.fixed, rows.fixed) {
      #expect(values[0] == column.values[2])
      if column.name != "fc" { #expect(values[1] == column.values[3]) }
    }
    #expect(rows.fixed[3] == [1, 1])
    #expect(rows.random == [[1, 1], [0.2, 0.7]])
    #expect(rows.offset == [log(30), log(10)])
    #expect(rows.groupOfRow == [1, 1])
    #expect(rows.groupLabels == ["02", "02"])
  }

  /// Labels are text, as they are written. Another spelling of a number is a new group, and that is
  /// said.
  @Test func aGroupIsWrittenAsTheDataHaveIt() throws {
    let frame = try frame()
    func rows(_ groups: [String]) throws -> PredictionRows {
      let text = "x,f,z,g,days\n" + groups.map { "1,a,1,\($0),9\n" }.joined()
      return try frame.predictionRows(
        of: table(text, frame.columnRequests(on: .count)), model: frame.model())
    }
    let spelled = try rows(["2", "02", "x", "01", "3.0"])
    #expect(spelled.groupOfRow == [nil, 1, nil, nil, nil])
    #expect(spelled.groupLabels == ["2", "02", "x", "01", "3.0"])
    #expect(
      frame.warnings(of: spelled) == [
        "'2' is a new level of 'g': the data have '02', and labels are compared as they are "
          + "written."
      ])
    #expect(try frame.warnings(of: rows(["02", "4", "x"])).isEmpty)
  }

  @Test func aGroupThatTheDataDoNotHaveIsNew() throws {
    let rows = try rows("x,f,z,g\n1,a,1,4\n1,a,1,3\n1,a,1,elsewhere\n", scale: .rate)
    #expect(rows.groupOfRow == [nil, 2, nil])
    #expect(rows.groupLabels == ["4", "3", "elsewhere"])
    // Rates need no exposure.
    #expect(rows.offset == nil)
  }

  @Test func groupsOfTwoColumns() throws {
    let formula = try Formula("y ~ (1 | school:class)")
    let data = try table(
      "y,school,class\n1,a,1\n2,b,1\n3,a,2\n0,b,1\n", formula.columnRequests)
    let frame = try ModelFrame(formula: formula, data: data)
    let rows = try frame.predictionRows(
      of: table("school,class\nb,1\na,2\nb,2\n", frame.columnRequests(on: .count)),
      model: frame.model())
    #expect(rows.groupOfRow == [1, 2, nil])
    #expect(rows.groupLabels == ["b:1", "a:2", "b:2"])
  }

  @Test(arguments: [
    (
      "x,f,z,g,days\n1,a,1,1,9\n1,d,1,1,9\n",
      ":3: column 'f' is 'd', a level that the fitted data do not have; theirs are 'a', 'b', 'c'."
    ),
    (
      "x,f,z,g,days\n1,a,1,1,9\n,a,1,1,9\n",
      ":3: column 'x' has no value, without which there is no prediction."
    ),
    (
      "x,f,z,g,days\n1,a,1,NA,9\n,a,1,1,9\n",
      ":2: column 'g' has no value, without which there is no prediction."
    ),
    ("x,f,z,g,days\n1,a,0,1,9\n", ":2: log(z) is not a finite number, with z = 0"),
    ("x,f,z,g,days\n1e200,a,1,1,9\n", ":2: column 'x' is 1e+200, too large."),
    (
      "x,f,z,g,days\ntall,a,1,1,9\n",
      ":2:1: expected a number in column 'x', found 'tall'"
    ),
    ("x,f,g,days\n1,a,1,1\n", ":1: there is no column 'z'; the columns are x, f, g, days"),
  ])
  func whatCannotBePredictedIsSaidWithItsPlace(text: String, sentence: String) throws {
    let error = #expect(throws: (any Error).self) { try rows(text) }
    let description = try #require(error.map { "\($0)" })
    #expect(description.hasSuffix(".csv" + sentence), "\(description)")
  }

  @Test func aTableOfNumbersCanStandForNoText() throws {
    let frame = try frame()
    let numbers = try DataTable(columns: [
      ("x", .text(codes: [0], levels: ["a"])), ("f", .text(codes: [0], levels: ["a"])),
      ("z", .numeric([1])), ("g", .numeric([2])), ("days", .numeric([1])),
    ])
    #expect(
      throws: ModelError("Column 'x' is text, but the fitted model needs numbers.")
    ) { try frame.predictionRows(of: numbers, model: frame.model()) }
  }
}
