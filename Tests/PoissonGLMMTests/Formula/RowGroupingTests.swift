import Foundation
import Testing

@testable import PoissonGLMM

/// `row`, the grouping factor with one level for each row.
@Suite struct RowGroupingTests {
  private let notice = "'row' is one level for each row: the data have no such column."

  private func read(_ text: String, _ requests: [ColumnRequest]) throws -> DataTable {
    try CSVReader.read(ByteInput(bytes: Array(text.utf8), name: "d.csv"), columns: requests)
  }

  private func frame(_ right: String, _ text: String) throws -> ModelFrame {
    let formula = try Formula("y ~ \(right)")
    return try ModelFrame(formula: formula, data: read(text, formula.columnRequests))
  }

  @Test func withoutTheColumnEveryRowIsALevel() throws {
    let frame = try frame("x + (1 | g) + (1 | row)", "y,x,g\n1,0,a\n2,1,b\n\n3,0,a\n")
    #expect(frame.factors.map(\.name) == ["g", "row"])
    #expect(frame.factors[1].grouping.groupOfRow == [0, 1, 2])
    // The numbers of the lines, by which messages call rows.
    #expect(frame.factors[1].grouping.labels == ["2", "3", "5"])
    #expect(frame.notices == [notice])
    #expect(try frame.model().warnings.first == notice)
    #expect(frame.columnNames == ["y", "x", "g"])
  }

  @Test func aColumnOfThatNameWins() throws {
    let frame = try frame("(1 | row)", "y,row\n1,r1\n2,r2\n3,r1\n")
    #expect(frame.grouping.labels == ["r1", "r2"])
    #expect(frame.notices.isEmpty)
    #expect(try frame.model().warnings.contains(notice) == false)
    #expect(frame.columnNames == ["y", "row"])
  }

  @Test func droppedRowsKeepTheirNumbers() throws {
    let fromFile = try frame("x + (1 | row)", "y,x\n1,0\n2,NA\n3,1\n,2\n5,3\n")
    #expect(fromFile.droppedRows == 2)
    #expect(fromFile.grouping.labels == ["2", "4", "6"])
    let table = try DataTable(columns: [
      ("y", .numeric([1, .nan, 3])), ("x", .numeric([0, 1, 2])),
    ])
    let fromTable = try ModelFrame(formula: Formula("y ~ x + (1 | row)"), data: table)
    #expect(fromTable.grouping.labels == ["1", "3"])
  }

  @Test func rowInInteractions() throws {
    let frame = try frame("(1 | g/row)", "y,g\n1,a\n2,b\n3,a\n")
    #expect(frame.factors.map(\.name) == ["g", "g:row"])
    #expect(frame.factors[1].grouping.labels == ["a:2", "b:3", "a:4"])
    #expect(frame.notices == [notice])
  }

  @Test func asAFixedEffectItIsAColumn() throws {
    #expect {
      try frame("row + (1 | row)", "y,x\n1,0\n2,1\n")
    } throws: {
      "\($0)".contains("there is no column 'row'")
    }
    let table = try DataTable(columns: [("y", .numeric([1, 2]))])
    #expect(throws: ModelError("In the data, there is no column 'row'; the columns are y.")) {
      try ModelFrame(formula: Formula("y ~ row + (1 | row)"), data: table)
    }
  }

  @Test func newRowsAreNewLevels() throws {
    let frame = try frame("x + (1 | g) + (1 | g:row)", "y,x,g\n1,0,1\n2,1,2\n3,0,1\n")
    let requests = frame.columnRequests(on: .count)
    #expect(requests.map(\.name) == ["x", "g"])
    // A column `row` of the new data is none of the fitted model's.
    let new = try CompleteRows(
      allOf: read("row,x,g\n9,2,2\n9,3,7\n", requests), columns: requests.map(\.name))
    #expect(frame.levels(of: new, factor: 0).levelOfRow == [1, nil])
    #expect(frame.levels(of: new, factor: 0).labels == ["2", "7"])
    #expect(frame.levels(of: new, factor: 1).levelOfRow == [nil, nil])
    #expect(frame.levels(of: new, factor: 1).labels == ["2:2", "7:3"])
  }

  @Test func newRowsMayNeedNoColumn() throws {
    let frame = try frame("1 + (1 | row)", "y\n1\n2\n3\n")
    #expect(frame.columnRequests(on: .count).isEmpty)
    let new = try CompleteRows(allOf: read("z\n5\n6\n", []), columns: [])
    #expect(new.count == 2)
    #expect(frame.levels(of: new, factor: 0).labels == ["2", "3"])
    #expect(try frame.randomColumns(of: new) == [[.intercept(rows: 2)]])
  }

  @Test func aRealColumnMatchesItsLevels() throws {
    let frame = try frame("1 + (1 | row)", "y,row\n1,r1\n2,r2\n")
    let requests = frame.columnRequests(on: .count)
    #expect(requests == [ColumnRequest(name: "row", use: .label)])
    let new = try CompleteRows(allOf: read("row\nr2\nr9\n", requests), columns: ["row"])
    #expect(frame.levels(of: new, factor: 0).levelOfRow == [1, nil])
    #expect(throws: CSVError.self) { try read("x\n1\n", requests) }
  }

  @Test func randomColumnsOfNewRowsHaveTheFittedLevels() throws {
    let frame = try frame(
      "(f | g) + (0 + f + x || h)", "y,x,f,g,h\n1,0,u,a,k\n2,1,v,b,l\n3,0,w,a,k\n")
    let requests = frame.columnRequests(on: .count)
    let new = try CompleteRows(
      allOf: read("x,f,g,h\n4,w,a,z\n5,u,z,l\n", requests), columns: requests.map(\.name))
    let columns = try frame.randomColumns(of: new)
    #expect(columns.map { $0.map(\.name) } == frame.factors.map { $0.terms.map(\.name) })
    #expect(columns[0].map(\.values) == [[1, 1], [0, 0], [1, 0]])
    #expect(columns[1].map(\.values) == [[0, 1], [0, 0], [1, 0], [4, 5]])
    #expect(frame.levels(of: new, factor: 0).levelOfRow == [0, nil])
    #expect(frame.levels(of: new, factor: 1).levelOfRow == [nil, 1])
  }
}
