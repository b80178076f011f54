import PoissonGLMM
import Testing

@testable import SimulationStudy

@Suite struct CSVTextTests {
  @Test func whatIsWrittenReadsBack() throws {
    let rows = [
      ["a,b", "\"", "\r\n", "", "é ▼"], ["\r", " a", "b ", "c\n", "\""], ["", "", "", "", ""],
      ["1", "2", "3", "4", "5"],
    ]
    let text = rows.map(CSVLine.text).joined()
    #expect(try CSVText.records(of: text).map(\.fields) == rows)
  }

  @Test func linesAreCountedThroughQuotesAndLineEnds() throws {
    let records = try CSVText.records(of: "a,b\r\n\n\"x\ny\",2\n3,4")
    #expect(records.map(\.line) == [1, 3, 5])
    #expect(records.map(\.fields) == [["a", "b"], ["x\ny", "2"], ["3", "4"]])
  }

  @Test func defectsNameTheirLine() {
    #expect(throws: CSVText.Defect(line: 2, problem: "a quote is never closed")) {
      try CSVText.records(of: "a\n\"b\nc")
    }
    #expect(throws: CSVText.Defect(line: 1, problem: "there is text after a closing quote")) {
      try CSVText.records(of: "\"a\"b\n")
    }
  }

  @Test(arguments: [0.1, -1e-300, 123_456_789.123, .leastNonzeroMagnitude, 1e22, 0, 2.0 / 3])
  func numbersAreTheShortestThatReadBack(_ number: Double) {
    #expect(Double(CSVText.number(number)) == number)
  }

  @Test(arguments: [nil, Double.nan, .infinity])
  func noNumberIsAnEmptyField(_ number: Double?) {
    #expect(CSVText.number(number) == "")
  }
}
