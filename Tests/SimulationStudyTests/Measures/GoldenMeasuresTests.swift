import Foundation
import Testing

@testable import SimulationStudy

/// A random table of 50 replicates by two methods, with failures of every kind, against the numbers
/// of an independent program: `Golden/golden_measures.py` (numpy 2.4.6).
@Suite struct GoldenMeasuresTests {
  private func golden(_ name: String) throws -> String {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Golden"))
    return try String(contentsOf: url, encoding: .utf8)
  }

  private func records() throws -> [ReplicateRecord] {
    var order: [[String]] = []
    var parameters: [[String]: [ParameterEstimate]] = [:]
    for record in try CSVText.records(of: golden("records.csv")).dropFirst() {
      let fields = record.fields
      let key = Array(fields.prefix(4))
      if order.last != key { order.append(key) }
      guard !fields[4].isEmpty else { continue }
      let numbers = fields[5...8].map { Double($0) ?? .infinity }
      parameters[key, default: []].append(
        ParameterEstimate(
          parameter: fields[4], estimate: numbers[0], standardError: numbers[1],
          intervalLower: numbers[2], intervalUpper: numbers[3], pValue: Double(fields[9])))
    }
    return try order.map { key in
      let outcome: ReplicateRecord.Outcome =
        key[2] == "failed"
        ? .failed(key[3])
        : .fitted(
          Fixture.result(
            parameters[key] ?? [], reason: key[3], converged: key[2] == "fitted"))
      return ReplicateRecord(
        scenario: "golden", method: key[0], replicate: try #require(Int(key[1])),
        outcome: outcome, seconds: 1)
    }
  }

  @Test func everyMeasureAgrees() throws {
    let scenario = Fixture.scenario(
      "golden", truth: ["Intercept": 0.5, "x1": -0.3, "log_sd(Intercept)": -0.7],
      methods: ["honest", "narrow"], replicates: 50, alpha: 0.1)
    let found = MeasureTable.rows(
      try StudySample.collect(records(), scenarios: [scenario]))
    let expected = try StudyTables.readMeasures(golden("measures.csv"))
    #expect(found.map(\.key) == expected.map(\.key))
    #expect(found.count == 55)
    for (row, golden) in zip(found, expected) {
      #expect(row.truth == golden.truth)
      #expect(
        (row.attempted, row.failed, row.used) == (golden.attempted, golden.failed, golden.used))
      // Both sum 50 numbers of size 1 in double precision, in different orders; a bias is a
      // difference of numbers 30 times its size. 1e-12 leaves a factor of 100.
      for (mine, theirs) in [
        (row.estimate, golden.estimate),
        (row.monteCarloStandardError, golden.monteCarloStandardError),
      ] {
        let (mine, theirs) = (try #require(mine), try #require(theirs))
        #expect(abs(mine - theirs) <= 1e-12 * max(abs(theirs), 0.01), "\(row.key)")
      }
    }
  }
}
