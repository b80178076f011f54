import Foundation
import Testing

@testable import PoissonGLMM

@Suite struct GLMMPoissonFunctionTests {
  /// The four documented examples, each by both approximations: the table that the documented
  /// listing makes of the reference posterior.
  ///
  /// The reference means are good to about 1e-9 and the SDs to as much relatively; ours have to
  /// agree within 1e-6 (means of effects and of log SDs) and 1e-5 relative (SDs). What is computed
  /// from them inherits a multiple of that: z and the ends of the interval by their size, p by at
  /// most the density of z times its error, a variance twice the error of a log SD.
  @Test func theDocumentedExamplesGiveTheReferenceTables() throws {
    for documented in try DocumentedAnswers.tables() {
      let arguments = try GLMMPoissonArguments(json: Array(documented.request.utf8))
      guard case .table(let rows) = glmmPoisson(arguments) else {
        Issue.record("\(documented.request): \(glmmPoisson(arguments))")
        continue
      }
      // The last three rows are placeholders in the listing.
      expectEqualTables(Array(rows.dropLast(3)), documented.table.dropLast(3)) { column, value in
        column == 2 ? 3e-6 * max(1, abs(value)) : 3e-5 * max(1, abs(value))
      }
      let parameters = Double(documented.fixedMeans.count + documented.logSDMeans.count)
      let deviance = -2 * documented.logLikelihood
      // Here the log-likelihood changes by at most about 10 where a mean changes by 1.
      expectEqualTables(
        Array(rows.suffix(3)),
        [
          row("log_likelihood", documented.logLikelihood), row("aic", deviance + 2 * parameters),
          row("bic", deviance + parameters * log(6)),
        ]
      ) { _, _ in 2e-5 }
    }
  }

  private func row(_ name: TableCell, _ value: Double) -> [TableCell] {
    [name, .number(value)] + Array(repeating: .empty, count: 7)
  }

  @Test func groupsEnterTheModel() throws {
    // The counts differ between the rows of one grouping and not of the other.
    let y: [[Double]] = [[1], [2], [1], [20], [25], [19]]
    let x: [[Double]] = [[1], [2], [3], [1], [2], [3]]
    let apart = try groupSD(y: y, x: x, groups: [[1], [1], [1], [2], [2], [2]])
    let mixed = try groupSD(y: y, x: x, groups: [[1], [2], [1], [2], [1], [2]])
    #expect(apart > 1.3 * mixed)
  }

  /// The typed function is the dynamic one with typed arguments.
  @Test func typedArgumentsGiveTheSameTable() {
    let y: [[Double]] = [[5], [7], [10], [3], [5], [8]]
    let x: [[Double]] = [[1], [2], [3], [1], [2], [3]]
    let groups: [[Double]] = [[1], [1], [1], [2], [2], [2]]
    let typed = glmmPoisson(
      y: y, x: x, groups: groups, xRandom: x, fitIntercept: false, alpha: 0.1,
      approximation: .meanField)
    let dynamic = glmmPoisson(
      GLMMPoissonArguments(
        y: SpreadsheetValue(rows: y), x: SpreadsheetValue(rows: x),
        groups: SpreadsheetValue(rows: groups), xRandom: SpreadsheetValue(rows: x),
        fitIntercept: .bool(false), alpha: .number(0.1), approximation: .text("mean-field")))
    #expect(typed == dynamic)
    guard case .table(let rows) = typed else {
      Issue.record("\(typed)")
      return
    }
    #expect(
      rows.map { $0[1] }.prefix(5) == ["parameter", "0", "parameter", "Random[0]", "Random[1]"])
  }

  /// Whatever passes the checks is answered with finite numbers or a sentence.
  @Test(arguments: [
    #"{"y": 0, "x": 0, "groups": 1}"#,
    #"{"y": 3, "x": 1, "groups": 1, "x_random": 1}"#,
    #"{"y": [[0], [0], [0]], "x": [[1], [2], [3]], "groups": [[1], [1], [2]]}"#,
    #"{"y": [[1], [0], [2]], "x": [[1, 1], [1, 1], [1, 1]], "groups": [[1], [2], [3]]}"#,
    #"{"y": [[1000000000], [999999999]], "x": [[1], [2]], "groups": [[1], [2]]}"#,
    #"{"y": [[9007199254740991], [0]], "x": [[1], [2]], "groups": [[1], [2]]}"#,
    #"{"y": [[1], [2], [3]], "x": [[1e6], [2e6], [3e6]], "groups": [[1], [1], [2]]}"#,
    #"{"y": [[1], [2], [3]], "x": [[1e-6], [2e-6], [3e-6]], "groups": [[1], [1], [2]]}"#,
    #"{"y": [[1], [2], [3]], "x": [[1e308], [-1e308], [3]], "groups": [[1], [1], [2]]}"#,
    #"{"y": [[1], [2], [3]], "x": [[1], [2], [3]], "groups": [[1e308], [-1e-308], [0.1]]}"#,
    #"{"y": [[1], [2]], "x": [[1], [2]], "groups": [[1], [1]], "alpha": 5e-324}"#,
    #"{"y": [[1], [2]], "x": [[1], [2]], "groups": [[1], [1]], "alpha": 0.9999999999999999}"#,
  ])
  func extremesAreAnsweredWithFiniteNumbersOrASentence(request: String) throws {
    switch glmmPoisson(try GLMMPoissonArguments(json: Array(request.utf8))) {
    case .table(let rows):
      #expect(rows.allSatisfy { $0.count == 9 })
      for case .number(let number) in rows.joined() { #expect(number.isFinite) }
    case .error(let sentence):
      #expect(sentence.hasSuffix("."))
      #expect(!sentence.contains("nan"))
    }
  }

  /// Numbers that are not to be trusted are not given.
  @Test func aFitThatHasNotConvergedIsAnErrorAndNoTable() throws {
    let request = #"{"y": [[2], [3], [5]], "x": [[1], [2], [3]], "groups": [[1], [1], [2]]"#
    let structured = glmmPoisson(
      try GLMMPoissonRequest(json: Array((request + #", "approximation": "structured"}"#).utf8)),
      maximumIterations: 1
    ).answer
    let sentence = "PoissonMixedModel error: The fit has not converged: iteration-limit after "
    #expect(structured == .error(sentence + "1 iteration."))
    guard
      case .error(let byDefault) = glmmPoisson(
        try GLMMPoissonRequest(json: Array((request + "}").utf8)), maximumIterations: 1
      ).answer
    else {
      Issue.record("there is a table")
      return
    }
    #expect(byDefault.hasPrefix(sentence))
  }

  /// Without `approximation` the table is that of `corrected`.
  ///
  /// Means and SDs against the reference's, which used a finer grid over s: within what the project
  /// promises. The ends of the interval against 40,000 NUTS draws: these examples have six counts,
  /// so that posteriors are skewed for every s; the mixture's ends are then off by up to 0.10 SD.
  @Test(arguments: 1...4)
  func byDefaultTheTableIsThatOfCorrected(example: Int) throws {
    let reference = try ReferenceData("seed_example_\(example)")
    let answer = reference.answers.corrected
    let documented = try DocumentedAnswers.tables().filter {
      $0.request.contains("\"approximation\": \"structured\"")
    }[example - 1]
    let request = documented.request.replacing(", \"approximation\": \"structured\"", with: "")
    #expect(request != documented.request)
    guard
      case .table(let rows) = glmmPoisson(try GLMMPoissonArguments(json: Array(request.utf8)))
    else {
      Issue.record("there is no table")
      return
    }
    let fit = try reference.model().fit(FitOptions(approximation: .corrected))
    let alpha = example == 3 ? 0.1 : 0.05
    for (index, effect) in fit.fixedEffects.enumerated() {
      let numbers = rows[1 + index].compactMap { cell -> Double? in
        if case .number(let number) = cell { number } else { nil }
      }
      let (mean, sd) = (answer.fixedMean[index], answer.fixedSd[index])
      #expect((numbers[0] - mean).magnitude < 0.002 * sd)
      #expect((numbers[1] / sd - 1).magnitude < 0.002)
      #expect(numbers[2] == numbers[0] / numbers[1])
      // From the mixture itself, not from a normal with its mean and SD.
      #expect(numbers[3] == effect.marginal.twoSidedTailProbability)
      let interval = effect.marginal.interval(alpha: alpha)
      #expect(numbers[4] == interval.lower)
      #expect(numbers[5] == interval.upper)
      if alpha == 0.05 {
        let draws = reference.answers.nuts.fixed
        #expect((numbers[4] - draws.q025[index]).magnitude < 0.11 * sd)
        #expect((numbers[5] - draws.q975[index]).magnitude < 0.11 * sd)
      }
      #expect(numbers[6] == exp(numbers[0]))
    }
  }

  private func groupSD(y: [[Double]], x: [[Double]], groups: [[Double]]) throws -> Double {
    guard case .table(let rows) = glmmPoisson(y: y, x: x, groups: groups),
      let row = rows.first(where: { $0[1] == "Group Var" }), case .number(let sd) = row[3]
    else {
      Issue.record("there is no row for the groups")
      return .nan
    }
    return sd
  }
}
