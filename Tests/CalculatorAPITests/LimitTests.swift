import CalculatorAPI
import PoissonGLMM
import Testing

/// What is larger than a server takes, and what takes too long.
@Suite struct LimitTests {
  private func problem(
    _ endpoint: APIEndpoint, _ body: String, _ change: (inout RequestLimits) -> Void = { _ in }
  ) -> RequestProblem? {
    var limits = RequestLimits()
    change(&limits)
    let answer = RequestRun(limits: limits).answer { [limits] in
      try endpoint.answer(to: Array(body.utf8), limits: limits)
    }
    guard case .failure(let problem) = answer else { return nil }
    return problem
  }

  private let fit = #"{"formula":"y ~ x + (1 | g)","csv":"y,x,g\n2,1,a\n3,2,a\n6,1,b\n7,2,b\n"}"#

  /// The header and a line break at the end are no rows.
  @Test func rowsAreCountedAsTheyAre() {
    #expect(problem(.fit, fit) { $0.rows = 4 } == nil)
    #expect(
      problem(.fit, fit) { $0.rows = 3 }
        == RequestProblem(.tooLarge, "csv has 4 rows, and this server takes 3 at most."))
    let windows = fit.replacing(#"\n"#, with: #"\r\n"#)
    #expect(problem(.fit, windows) { $0.rows = 4 } == nil)
    #expect(problem(.fit, windows) { $0.rows = 3 }?.kind == .tooLarge)
    let old = fit.replacing(#"\n"#, with: #"\r"#)
    #expect(problem(.fit, old) { $0.rows = 3 }?.kind == .tooLarge)
  }

  @Test func columnsAndEffectsAreCountedToo() {
    #expect(problem(.fit, fit) { $0.columns = 2 }?.sentence.hasPrefix("csv has 3 columns") == true)
    #expect(problem(.fit, fit) { $0.randomEffects = 2 } == nil)
    #expect(
      problem(.fit, fit) { $0.randomEffects = 1 }?.sentence.contains("2 random effects") == true)
    // An intercept and a slope in four rows, and the intercepts of the groups.
    #expect(problem(.fit, fit) { $0.designValues = 12 } == nil)
    #expect(problem(.fit, fit) { $0.designValues = 11 }?.kind == .tooLarge)
  }

  /// Before there are such columns in memory.
  @Test func aDesignThatIsTooLargeIsNotMade() {
    let body = #"{"formula":"y ~ factor(x)","csv":"y,x\n1,1\n1,2\n1,3\n"}"#
    #expect(problem(.fit, body) { $0.designValues = 9 } == nil)
    #expect(problem(.fit, body) { $0.designValues = 8 }?.kind == .tooLarge)
    #expect(
      problem(.fit, body) { $0.designValues = 5 }
        == RequestProblem(
          .unusableData,
          "The model has 2 effects in 3 rows, which is more than the 5 values that are allowed "
            + "here."))
  }

  /// Few rows may stand for many.
  @Test func weightsAreRows() {
    let body = #"{"formula":"y ~ x","csv":"y,x,w\n1,1,3\n1,2,4\n","options":{"weights":"w"}}"#
    #expect(problem(.fit, body) { $0.designValues = 14 } == nil)
    #expect(problem(.fit, body) { $0.designValues = 13 }?.kind == .tooLarge)
    #expect(
      problem(.fit, body) { $0.designValues = 6 }?.sentence
        == "The weights in column 'w' make 7.0 observations, which is more than the 6 values that "
        + "are allowed here.")
  }

  @Test func theDocumentedFunctionHasThemAsWell() {
    let body = #"{"y":[[1],[2],[3]],"x":[[1,2],[2,3],[3,5]],"groups":[[1],[2],[2]]}"#
    #expect(problem(.call, body) { $0.rows = 3 } == nil)
    #expect(problem(.call, body) { $0.rows = 2 }?.sentence.hasPrefix("y has 3 rows") == true)
    #expect(problem(.call, body) { $0.columns = 1 }?.sentence.hasPrefix("x has 2") == true)
    #expect(problem(.call, body) { $0.randomEffects = 1 }?.kind == .tooLarge)
    #expect(problem(.call, body) { $0.designValues = 11 }?.kind == .tooLarge)
  }

  @Test func anAnswerThatTakesTooLong() {
    var limits = RequestLimits()
    limits.seconds = 0.05
    let answer = RequestRun(limits: limits).answer {
      while true { try FitLimit.check() }
    }
    #expect(
      answer
        == .failure(
          RequestProblem(.timeLimit, "The fit did not end within its time limit of 0.05 s.")))
  }

  /// The documented function has a text of its own for a fit that was ended.
  @Test func aTextOfTheFunctionIsTheLimitToo() {
    var limits = RequestLimits()
    limits.seconds = 0.05
    let answer = RequestRun(limits: limits).answer {
      while (try? FitLimit.check()) != nil {}
      throw RequestProblem(.unusableData, "PoissonMixedModel error: ...")
    }
    #expect(answer.failure?.kind == .timeLimit)
  }

  @Test func aRunThatIsCancelled() {
    let run = RequestRun(limits: RequestLimits())
    let answer = run.answer {
      run.cancel()
      while true { try FitLimit.check() }
    }
    #expect(answer.failure?.kind == .busy)
    #expect(answer.failure?.sentence.contains("about to end") == true)
    // What has not begun does not begin.
    let other = RequestRun(limits: RequestLimits())
    other.cancel()
    #expect(other.answer { [1] }.failure?.kind == .busy)
  }

  /// What is no error of the library's may have data in its text.
  @Test func otherErrorsAreNotTold() {
    struct Secret: Error {}
    let problem = RequestProblem(Secret())
    #expect(problem.kind == .failure)
    #expect(!problem.sentence.contains("Secret"))
  }
}

extension Result {
  fileprivate var failure: Failure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}
