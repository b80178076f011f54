import Testing

@testable import PoissonGLMM

@Suite struct CSVLineTests {
  @Test func fieldsAreQuotedWhereNeeded() {
    #expect(
      CSVLine.text(["a", "b c", "d,e", "say \"f\"", " g", "h\t", "two\nlines", "\r", "", "x|y"])
        == "a,b c,\"d,e\",\"say \"\"f\"\"\",\" g\",\"h\t\",\"two\nlines\",\"\r\",,x|y\n")
  }

  /// What a spreadsheet would compute is text for it; a number with a sign stays a number.
  @Test func formulasAreNotRun() {
    #expect(
      CSVLine.text(["=cmd|'/C calc'!A0", "@SUM(1)", "+1+1", "-2+3", "-", " =1", "\t=1,2", "＝1"])
        == "'=cmd|'/C calc'!A0,'@SUM(1),'+1+1,'-2+3,'-,' =1,\"'\t=1,2\",'＝1\n")
    #expect(
      CSVLine.text(["-1.5", "+3", "-2e-07", "-inf", "a=b", "a-b", "'"])
        == "-1.5,+3,-2e-07,-inf,a=b,a-b,'\n")
  }

  @Test func theReaderGetsTheSameLabelsBack() throws {
    let labels = [
      "=1+1", "-a", "plain", "a,b", "\"", " spaced ", "two\nlines", "\r\n", "é ▼", "\r", "x\ry",
      "''",
    ]
    let text = (["label"] + labels).map { CSVLine.exact([$0]) }.joined()
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
