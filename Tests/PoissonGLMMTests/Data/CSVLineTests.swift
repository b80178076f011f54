import Testing

@testable import PoissonGLMM

@Suite struct CSVLineTests {
  @Test func fieldsAreQuotedWhereNeeded() {
    #expect(
      CSVLine.text(["a", "b c", "d,e", "say \"f\"", " g", "h\t", "two\nlines", "\r", "", "x|y"])
        == "a,b c,\"d,e\",\"say \"\"f\"\"\",\" g\",\"h\t\",\"two\nlines\",\"\r\",,x|y\n")
  }

  @Test func theReaderGetsTheSameLabelsBack() throws {
    let labels = [
      "plain", "a,b", "\"", " spaced ", "two\nlines", "\r\n", "é ▼", "\r", "x\ry", "''",
    ]
    let text = (["label"] + labels).map { CSVLine.text([$0]) }.joined()
    let table = try CSVReader.read(
      ByteInput(bytes: Array(text.utf8), name: "t"),
      columns: [ColumnRequest(name: "label", use: .label)])
    guard case .text(let codes, let levels) = table.column(named: "label") else {
      Issue.record("the column should hold labels")
      return
    }
    #expect(codes.map { levels[Int($0)] } == labels)
  }
}
