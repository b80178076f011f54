import Foundation
import Testing

@testable import PoissonGLMM

@Suite struct ResultTableTests {
  /// Given the same posterior, the table is the one that the documented listing builds.
  ///
  /// Numbers agree to 1e-12 relative: both compute in doubles, through different libraries. The
  /// listing gets p from 1 - cdf, which loses whatever is below 1e-16; hence the same as an
  /// absolute tolerance. Its last three rows hold placeholders, which ours does not have.
  @Test func theTableIsTheOneOfTheDocumentedListing() throws {
    for documented in try DocumentedAnswers.tables() {
      let arguments = try ValidatedArguments(
        checking: GLMMPoissonArguments(json: Array(documented.request.utf8)))
      let table = ResultTable(
        fixedEffects: zip(documented.fixedMeans, documented.fixedSDs).map(Marginal.init),
        logSDs: documented.logSDMeans.map { Marginal(mean: $0, standardDeviation: 0.5) },
        alpha: arguments.alpha, hasIntercept: arguments.fitIntercept,
        hasRandomSlopes: arguments.randomColumns != nil, criteria: nil)
      let expected = documented.table.map { row in
        Self.statistics.contains(row[0]) ? [row[0]] + Array(repeating: .empty, count: 8) : row
      }
      expectEqualTables(table.rows, expected) { _, value in 1e-12 * abs(value) + 1e-15 }
    }
  }

  @Test func theLogLikelihoodGivesTheInformationCriteria() {
    let table = ResultTable(
      fixedEffects: [
        Marginal(mean: 1, standardDeviation: 1), Marginal(mean: 1, standardDeviation: 1),
      ],
      logSDs: [Marginal(mean: 0, standardDeviation: 1)],
      alpha: 0.05, hasIntercept: true, hasRandomSlopes: false,
      criteria: InformationCriteria(logLikelihood: -10, parameterCount: 3, observationCount: 8))
    // -2 (-10) + 2 * 3 parameters; -2 (-10) + 3 log 8.
    let values: [(TableCell, Double)] = [
      ("log_likelihood", -10), ("aic", 26), ("bic", 20 + 3 * log(8)),
    ]
    for (row, (name, value)) in zip(table.rows.suffix(3), values) {
      #expect(row == [name, .number(value)] + Array(repeating: TableCell.empty, count: 7))
    }
  }

  /// At 11.5 standard deviations, 1 - cdf is 0 in doubles.
  @Test func aTinyTailProbabilityIsNotZero() throws {
    let table = ResultTable(
      fixedEffects: [Marginal(mean: 11.5, standardDeviation: 1)],
      logSDs: [Marginal(mean: 0, standardDeviation: 1)],
      alpha: 0.05, hasIntercept: true, hasRandomSlopes: false, criteria: nil)
    guard case .number(let p) = table.rows[1][5] else {
      Issue.record("p is \(table.rows[1][5])")
      return
    }
    // scipy 1.17.1: 2 * scipy.stats.norm.sf(11.5)
    #expect(abs(p / 1.319154289222735e-30 - 1) < 1e-10)
    #expect(table.rows.isFinite)
  }

  @Test(arguments: [
    Marginal(mean: 0, standardDeviation: 0), Marginal(mean: .infinity, standardDeviation: 1),
    Marginal(mean: .nan, standardDeviation: 1), Marginal(mean: 1000, standardDeviation: 1),
  ])
  func aTableThatIsNotFiniteSaysSo(marginal: Marginal) {
    let table = ResultTable(
      fixedEffects: [marginal], logSDs: [Marginal(mean: 0, standardDeviation: 1)],
      alpha: 0.05, hasIntercept: true, hasRandomSlopes: false, criteria: nil)
    #expect(!table.rows.isFinite)
  }

  private static let statistics: [TableCell] = ["log_likelihood", "aic", "bic"]
}

/// Expects the same cells everywhere, with numbers as close as `tolerance` says for a column and
/// value.
func expectEqualTables(
  _ table: [[TableCell]], _ expected: [[TableCell]],
  tolerance: (_ column: Int, _ value: Double) -> Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(table.map(\.count) == expected.map(\.count), sourceLocation: sourceLocation)
  for (row, expectedRow) in zip(table, expected) {
    for (column, (cell, expectedCell)) in zip(row, expectedRow).enumerated() {
      if case .number(let number) = cell, case .number(let value) = expectedCell {
        #expect(
          abs(number - value) <= tolerance(column, value), "column \(column) of \(expectedRow)",
          sourceLocation: sourceLocation)
      } else {
        #expect(
          cell == expectedCell, "column \(column) of \(expectedRow)", sourceLocation: sourceLocation
        )
      }
    }
  }
}
