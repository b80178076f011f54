import Testing

@testable import SimulationStudy

@Suite struct CountsCSVTests {
  @Test func numbersAreWrittenShortAndReadBackAsTheSameDoubles() throws {
    let values = [0.1, -1.0 / 3, 1e-300, 5e20, -0.0, 3, 0.1 + 0.2, .leastNonzeroMagnitude]
    let data = ClusteredCounts(
      counts: [0, 1, 2, 3, 1e15, 5, 6, 7], groupOfRow: [0, 0, 1, 1, 2, 2, 3, 3],
      covariates: [.init(name: "x", values: values)], exposure: values.map { abs($0) + 1 },
      fixedNames: ["x"], randomNames: ["Intercept"])
    let lines = CountsCSV.text(data).split(separator: "\n").map { $0.split(separator: ",") }
    #expect(lines[0] == ["y", "x", "group", "exposure"])
    #expect(lines[1] == ["0", "0.1", "1", "1.1"])
    #expect(lines[6] == ["5", "3", "3", "4"])
    for (row, line) in lines.dropFirst().enumerated() {
      #expect(Double(line[0]) == data.counts[row])
      #expect(Double(line[1])?.bitPattern == values[row].bitPattern)
      #expect(Int(line[2]) == data.groupOfRow[row] + 1)
      #expect(Double(line[3]) == data.exposure?[row])
    }
  }

  @Test func withoutExposureThereIsNoSuchColumn() {
    let data = ClusteredCounts(
      counts: [1], groupOfRow: [0], covariates: [], exposure: nil, fixedNames: ["Intercept"],
      randomNames: ["Intercept"])
    #expect(CountsCSV.text(data) == "y,group\n1,1\n")
  }
}
