import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// Data and parameters far from anything usual: a finite number, and the right one where it can be
/// told.
struct MarginalExtremesTests {
  /// Groups of two rows with the given counts, an intercept, and random terms: an intercept, then
  /// slopes -1, 2.
  private func value(
    counts: [[Double]], intercept: Double, logSDs: [Double], slope: Double = 1
  ) throws -> Double {
    let flat = counts.flatMap { $0 }
    let n = flat.count
    let columns: [[Double]] = [
      Array(repeating: 1, count: n), (0..<n).map { $0.isMultiple(of: 2) ? -slope : 2 * slope },
    ]
    let rows = MarginalRows(
      groupStarts: (0...counts.count).map { 2 * $0 }, counts: DoubleStorage(flat),
      offset: DoubleStorage(count: n), fixedDesign: DoubleStorage(columns[0]),
      randomDesign: DoubleStorage(columns.prefix(logSDs.count).flatMap { $0 }), fixedCount: 1,
      termCount: logSDs.count)
    return try MarginalLogLikelihood(rows).value(fixedEffects: [intercept], logSDs: logSDs)
  }

  @Test(arguments: [1e-6, 1, 1e3] as [Double], [-30, 0, 20, 300] as [Double])
  func aFiniteNumberWhateverTheCounts(sd: Double, intercept: Double) throws {
    for terms in 1...2 {
      for slope in [1, 1e-6, 1e6] {
        let counts: [[Double]] = [[0, 0], [0, 1e9], [1e9, 1e9], [1, 2]]
        let value = try value(
          counts: counts, intercept: intercept, logSDs: Array(repeating: log(sd), count: terms),
          slope: slope)
        #expect(value.isFinite && value <= 0)
      }
    }
  }

  /// The integrand of an all-zero group with a huge SD is the normal density up to u = -eta0 or so,
  /// and 0 beyond: half of the groups' effects are there. The rule cannot follow the step to more
  /// than some percent.
  @Test func allZeroCountsWithAHugeSDGiveHalf() throws {
    let value = try value(counts: [[0, 0]], intercept: 0, logSDs: [log(1e3)])
    #expect(abs(value - log(0.5)) < 0.06)
  }

  /// With SD exp(s) large against the standard error 1 / sqrt(2 Y) of a group's log rate, the
  /// likelihood of a group with counts Y, Y is that of its total, flat prior density times the
  /// integral: Laplace, exact to 1 / Y.
  @Test func hugeCountsGiveTheirGaussianLimit() throws {
    let count = 1e9
    let sd = 3.0
    let value = try value(counts: [[count, count]], intercept: 20, logSDs: [log(sd)])
    let u = log(count) - 20
    // log of the Poisson probability at its mode is -log(2 pi Y) / 2 - 1 / (12 Y).
    let expected =
      -log(2 * Double.pi * count) - 0.5 * log(2 * Double.pi) - log(sd) - 0.5 * u * u / (sd * sd)
      + 0.5 * log(2 * Double.pi / (2 * count))
    // y log mu and log y! are 2 * 10^10, of which a double leaves 4 * 10^-6.
    #expect(abs(value - expected) < 2e-5)
  }

  /// exp(eta0) overflows: the mode is where the random effect takes it back, 90 SDs out. Expected:
  /// the integral by mpmath 1.3.0 at 40 digits.
  @Test func anOverflowingFixedPartIsTakenBack() throws {
    let value = try value(counts: [[0, 0]], intercept: 900, logSDs: [log(10)])
    #expect(abs(value - -4048.866297416163692869) < 1e-9)
    // About -(900 - 20)^2 / (2 sd^2): the effect has to take back nearly all of it.
    let slight = try self.value(counts: [[0, 0]], intercept: 900, logSDs: [log(1e-3)])
    #expect(abs(slight / -3.9e11 - 1) < 0.1)
  }

  /// 3000 random designs: linear predictors up to hundreds off, SDs from 10^-5 to 10^5, columns of
  /// scale 10^-3 to 10^3, twice the same column, counts up to 10^6 or all zero.
  @Test func randomDesignsGiveFiniteNumbers() throws {
    let stream = try RandomStream(
      seed: 4, scenario: "extremes", replicate: 0, purpose: .parameters)
    for trial in 0..<3000 {
      let terms = 1 + trial % 5
      let (counts, columns) = extremeCountsAndColumns(terms: terms, from: stream)
      let n = counts.count
      let offset = (0..<n).map { _ in stream.normal(sd: 3) }
      let rows = MarginalRows(
        groupStarts: [0, n / 2, n], counts: DoubleStorage(counts), offset: DoubleStorage(offset),
        fixedDesign: DoubleStorage(columns[0]),
        randomDesign: DoubleStorage(columns.flatMap { $0 }), fixedCount: 1, termCount: terms)
      let value = try MarginalLogLikelihood(
        rows, integration: terms < 3 ? nil : .adaptiveGaussHermite(points: terms < 4 ? 5 : 1)
      ).value(
        fixedEffects: [stream.normal()],
        logSDs: (0..<terms).map { _ in stream.uniform(from: -12, to: 12) })
      #expect(value.isFinite, "trial \(trial)")
    }
  }

  @Test func parametersThatAreNotFiniteAreAnError() throws {
    let model = try ReferenceData("seed_example_1").model()
    for (fixed, logSDs) in [
      ([1, .nan], [0]), ([1, 2], [.infinity]), ([1], [0]), ([1, 2], [0, 0]),
    ] as [([Double], [Double])] {
      #expect(throws: FitError.self) {
        try model.informationCriteria(fixedEffects: fixed, logStandardDeviations: logSDs)
      }
    }
  }

  @Test func theCriteriaAreTheirFormulas() {
    let criteria = InformationCriteria(
      logLikelihood: -100, parameterCount: 4, observationCount: 50)
    #expect(criteria.aic == 208)
    #expect(abs(criteria.bic - (200 + 4 * log(50))) < 1e-12)
  }
}
