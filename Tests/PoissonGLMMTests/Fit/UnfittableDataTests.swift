import Foundation
import Testing

@testable import PoissonGLMM

/// Data of which no fit has anything to say: an error names the cause, and there are no numbers.
@Suite struct UnfittableDataTests {
  /// Offsets of -300 and 300 in turn in each group: no step leads up from where the fit starts.
  @Test func aStartingPointIsNoEstimate() throws {
    let rows = 100
    let x = (0..<rows).map { Double(($0 * 37) % 101) / 25 - 2 }
    let model = try PoissonMixedModel(
      counts: (0..<rows).map { Double($0 % 4) },
      fixed: [.intercept(rows: rows), DesignColumn(name: "x", values: x)],
      random: [.intercept(rows: rows)],
      grouping: Grouping(labels: (0..<rows).map { "\($0 / 5)" }),
      offset: (0..<rows).map { $0 % 2 == 0 ? -300 : 300 })
    let error = #expect(throws: FitError.self) {
      try model.fit(FitOptions(approximation: .structured))
    }
    #expect(
      error?.description == "The fit has found no estimates (stalled after 0 iterations): the data "
        + "are too far from the priors, or columns too large or too small. Rescale them, or the "
        + "offset.")
  }

  /// Counts of 7e10 with slopes, some of them 0: the columns are as good as any.
  @Test func hugeCountsAreNotBlamedOnColumns() throws {
    let rows = 20
    let x = (0..<rows).map { Double(($0 * 7) % 13) / 6 - 1 }
    let model = try PoissonMixedModel(
      counts: (0..<rows).map { $0 % 3 == 0 ? 7e10 : Double($0 % 4) },
      fixed: [.intercept(rows: rows), DesignColumn(name: "x", values: x)],
      factors: [
        RandomFactor(
          name: "g", grouping: Grouping(labels: (0..<rows).map { "\($0 % 5)" }),
          terms: [.intercept(rows: rows), DesignColumn(name: "x", values: x)],
          correlatedSets: [0..<2])
      ])
    let error = #expect(throws: FitError.self) { try model.fit() }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("With a count of 7e+10 the model's effects cannot be told apart"))
    #expect(!text.contains("column"))
  }

  /// Where a fit is found all the same, the rounding errors of its evidence are told: at 7e10 the
  /// bound, an optimum, and the evidence, a sum over nodes, may come out in the wrong order.
  @Test(arguments: [1e6, 7e10])
  func roundingErrorsAreTold(size: Double) throws {
    let counts = (0..<12).map { (size * exp(0.3 * Double($0 % 6) - 1)).rounded() }
    let model = try PoissonMixedModel(
      counts: counts, fixed: [.intercept(rows: 12)], random: [.intercept(rows: 12)],
      grouping: Grouping(numbers: (0..<12).map { Double($0 % 6) }))
    let fit = try model.fit()
    let warning = fit.warnings.first { $0.hasPrefix("Counts are so large that the evidence bound") }
    #expect((warning != nil) == (size > 1e9))
    // The sum of the counts' log y! times 2^-49, from Stirling's formula.
    let error = counts.reduce(0) { $0 + $1 * (log($1) - 1) } * 0x1p-49
    if let warning { #expect(warning.contains("up to about \(DesignDiagnostics.brief(error)):")) }
    let evidence = try #require(fit.logEvidence)
    #expect(fit.evidenceLowerBound - evidence < max(error, 1e-4))
  }
}
