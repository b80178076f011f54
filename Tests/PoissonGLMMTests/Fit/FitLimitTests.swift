import Testing

@testable import PoissonGLMM

/// Fits that end before their own end.
@Suite struct FitLimitTests {
  private func model(rows: Int, formula: String) throws -> PoissonMixedModel {
    let table = try DataTable(columns: [
      ("y", .numeric((0..<rows).map { Double($0 * 7 % 5 + $0 % 3) })),
      ("x", .numeric((0..<rows).map { Double($0 * 13 % 11) / 10 })),
      ("g", .numeric((0..<rows).map { Double($0 % 12) })),
      ("h", .numeric((0..<rows).map { Double($0 / 3 % 8) })),
    ])
    return try PoissonMixedModel(formula: Formula(formula), data: table)
  }

  /// Every kind of model, with each approximation that it has: none goes on once it is cancelled.
  @Test(
    arguments: [
      "y ~ x", "y ~ x + (1 | g)", "y ~ x + (1 + x | g)", "y ~ x + (1 | g) + (0 + x | g)",
      "y ~ x + (1 | g) + (1 | h)", "y ~ x + (1 | row)",
    ], Approximation.allCases)
  func aCancelledFitThrows(formula: String, approximation: Approximation) throws {
    let model = try model(rows: 96, formula: formula)
    let limit = FitLimit(seconds: nil)
    limit.cancel()
    for threads in [1, 2] {
      let options = FitOptions(approximation: approximation, threads: threads)
      let error = #expect(throws: FitError.self) { try limit.run { try model.fit(options) } }
      #expect(error?.description == "The fit was cancelled.")
    }
  }

  /// What comes after a fit ends as well, and some of the rows are not taken for all of them.
  @Test(
    arguments: [
      "y ~ x", "y ~ x + (1 | g)", "y ~ x + (1 + x | g)", "y ~ x + (1 | g) + (1 | h)",
      "y ~ x + (1 | row)",
    ])
  func cancelledResidualsThrow(formula: String) throws {
    let model = try model(rows: 96, formula: formula)
    let fit = try model.fit(FitOptions(keepsRandomEffects: true))
    let limit = FitLimit(seconds: nil)
    limit.cancel()
    for threads in [1, 2] {
      let error = #expect(throws: FitError.self) {
        try limit.run { try model.residuals(of: fit, threads: threads) }
      }
      #expect(error?.description == "The fit was cancelled.")
    }
    #expect(try model.residuals(of: fit).count == 96)
  }

  @Test func cancelledPredictionsOfTheFunctionThrow() throws {
    func column(_ values: [Double]) -> SpreadsheetValue {
      SpreadsheetValue(rows: values.map { [$0] })
    }
    let arguments = try ValidatedArguments(
      checking: GLMMPoissonArguments(
        y: column([2, 3, 6, 7, 8, 9]), x: column([1, 2, 1, 2, 1, 2]),
        groups: column([1, 1, 2, 2, 3, 3])))
    let fitted = try FittedArguments(
      arguments, keepsRandomEffects: true, maximumIterations: 1000)
    let rows = try ValidatedNewRows(
      checking: GLMMPoissonNewRows(x: column([1, 2, 3]), groups: .null, xRandom: .null),
      for: arguments)
    #expect(try fitted.predictions(of: rows).table.count == 4)
    let limit = FitLimit(seconds: nil)
    limit.cancel()
    #expect(throws: GLMMPoissonError.self) { try limit.run { try fitted.predictions(of: rows) } }
  }

  /// Under a limit that is not reached a fit has the bits that it has without one.
  @Test(arguments: ["y ~ x + (1 | g)", "y ~ x + (1 | g) + (1 | h)"])
  func aLimitThatIsNotReachedChangesNothing(formula: String) throws {
    let model = try model(rows: 96, formula: formula)
    let expected = try model.fit()
    let found = try FitLimit(seconds: 1e300).run { try model.fit(FitOptions(threads: 2)) }
    #expect(found.fixedEffects == expected.fixedEffects)
    #expect(found.logStandardDeviations == expected.logStandardDeviations)
  }

  @Test func theTimeIsSaid() throws {
    let model = try model(rows: 96, formula: "y ~ x + (1 | g)")
    let error = #expect(throws: FitError.self) {
      try FitLimit(seconds: 0).run { try model.fit() }
    }
    #expect(error?.description == "The fit did not end within its time limit of 0.0 s.")
    #expect(FitLimit.current == nil)
  }
}
