import Testing

@testable import PoissonGLMM

/// Rows that count as often as a column says.
@Suite struct RowFrequencyTests {
  private static let header = "y,x,g,n\n"

  private func frame(
    _ right: String, _ rows: String, weights: String? = "n"
  ) throws -> ModelFrame {
    let formula = try Formula("y ~ \(right)")
    let table = try CSVReader.read(
      ByteInput(bytes: Array((Self.header + rows).utf8), name: "d.csv"),
      columns: ["y", "x", "n"].map { ColumnRequest(name: $0, use: .number) }
        + [ColumnRequest(name: "g", use: .label)])
    return try ModelFrame(formula: formula, data: table, weights: weights)
  }

  private func message(_ rows: String, weights: String = "n") -> String {
    do {
      _ = try frame("x + (1 | g)", rows, weights: weights)
      return "no error"
    } catch { return "\(error)" }
  }

  /// The model is that of a table in which each row stands as often.
  @Test func aRowStandsAsOftenAsItsWeightSays() throws {
    let weighted = try frame("x + (1 | g)", "1,0,a,2\n4,1,b,0\n2,2,a,1\n3,3,b,3\n")
    let repeated = try frame(
      "x + (1 | g)", "1,0,a,1\n1,0,a,1\n2,2,a,1\n3,3,b,1\n3,3,b,1\n3,3,b,1\n", weights: nil)
    #expect(weighted.counts == repeated.counts)
    #expect(weighted.fixed == repeated.fixed)
    #expect(weighted.grouping == repeated.grouping)
    #expect(weighted.droppedRows == 0)
    #expect(
      weighted.notices == ["Rows count as often as 'n' says: 6 observations from 4 rows."])
    let options = FitOptions(approximation: .structured)
    let (one, other) = try (weighted.model().fit(options), repeated.model().fit(options))
    #expect(one.fixedEffects == other.fixedEffects)
    #expect(one.evidenceLowerBound == other.evidenceLowerBound)
  }

  /// Observations of one row have effects of their own.
  @Test func everyObservationHasItsRowEffect() throws {
    let frame = try frame("x + (1 | row)", "1,0,a,2\n2,2,a,1\n3,3,b,3\n")
    #expect(frame.grouping.groupOfRow == [0, 1, 2, 3, 4, 5])
    #expect(frame.grouping.labels == ["2", "2 (2)", "3", "4", "4 (2)", "4 (3)"])
  }

  @Test func aMissingWeightDropsTheRow() throws {
    let frame = try frame("x + (1 | g)", "1,0,a,2\n4,1,b,NA\n2,2,a,1\n")
    #expect(frame.counts == [1, 1, 2])
    #expect(frame.droppedRows == 1)
  }

  /// A `.` stands for what the weights are not.
  @Test func theWeightsAreNoPredictor() throws {
    let frame = try frame(". + (1 | g)", "1,0,a,2\n4,1,b,1\n2,2,a,1\n")
    #expect(frame.fixed.map(\.name) == ["Intercept", "x"])
  }

  @Test func whatIsNoFrequencyIsSaid() {
    #expect(
      message("1,0,a,2.5\n").hasPrefix(
        "d.csv:2: the weight in column 'n' is 2.5, but a row can only count 0, 1, 2, ..."))
    #expect(message("1,0,a,-1\n").contains("is -1.0"))
    #expect(message("1,0,a,0\n").hasPrefix("All weights in column 'n' are 0."))
    #expect(message("1,0,a,2000000000\n").contains("at most 100,000,000"))
    #expect(message("1,0,a,1\n", weights: "m").contains("no column 'm'"))
    #expect(message("1,0,a,1\n", weights: "g").hasPrefix("Column 'g' is text"))
  }
}
