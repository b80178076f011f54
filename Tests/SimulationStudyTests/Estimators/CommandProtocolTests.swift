import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// The protocol is what `Scenarios/estimators/README.md` says it is.
@Suite struct CommandProtocolTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func examples() throws -> [String] {
    let text = try String(
      contentsOf: root.appendingPathComponent("Scenarios/estimators/README.md"), encoding: .utf8)
    return text.components(separatedBy: "```json\n").dropFirst().map {
      $0.components(separatedBy: "\n```")[0]
    }
  }

  private let example = ClusteredCounts(
    counts: [2, 3, 5, 1], groupOfRow: [0, 0, 1, 1],
    covariates: [.init(name: "x", values: [0.1, -1.5, 2, 0.25])], exposure: [1, 1, 2, 0.5],
    fixedNames: ["Intercept", "x"], randomNames: ["Intercept", "x"])

  @Test func theDocumentedExchangeIsTheRealOne() throws {
    let examples = try Self.examples()
    try #require(examples.count == 5)
    func text(_ message: some Encodable) throws -> String {
      String(decoding: try message.jsonLine(), as: UTF8.self)
    }
    #expect(try text(CommandGreeting()) == examples[0])
    let introduction = try CommandIntroduction.read(Data(examples[1].utf8))
    #expect((introduction.version, introduction.timesItself) == ("lme4 1.1.31, R 4.2.2", true))
    let request = CommandRequest(
      1, example, alpha: 0.05, priors: .init(fixedEffectSD: 2, logSDSD: 1))
    #expect(try text(request) == examples[2])
    func result(_ answer: String) throws -> EstimationResult {
      try CommandAnswer.result(
        Data(answer.utf8), request: 1,
        parameters: ["Intercept", "x", "log_sd(Intercept)", "log_sd(x)"],
        timesItself: introduction.timesItself, exchangeSeconds: 1)
    }
    let fitted = try result(examples[3])
    #expect(fitted.parameters.map(\.parameter) == ["Intercept", "x", "log_sd(Intercept)"])
    #expect(fitted.parameters.map(\.estimate) == [0.7, 0.2, -1.2])
    #expect(fitted.parameters.map(\.standardError) == [0.3, 0.4, nil])
    #expect(fitted.parameters.map(\.intervalUpper) == [1.29, 0.98, nil])
    #expect(fitted.parameters.map(\.pValue) == [0.02, 0.62, nil])
    #expect((fitted.iterations, fitted.seconds, fitted.converged) == (31, 0.012, true))
    #expect(
      throws: ProgramError(.refused, "the downdated X'X matrix is not positive definite")
    ) { try result(examples[4]) }
  }

  /// What is wrong, where, and what was expected, in one sentence.
  @Test(arguments: [
    ("", "is an empty line."),
    (" ", "is an empty line."),
    ("[1]", "is '[1]', where a JSON object is expected."),
    ("{", "is no JSON: after the brace comes the end of the line."),
    (#"{"request":1 "status":2}"#, #"is no JSON: after 'request' comes '"status":2}'."#),
    (#"{"request":1} {}"#, "is no JSON: after the brace comes '{}'."),
    (#"{"status":"good"#, "is no JSON: after 'status' comes the end of the line."),
    (#"{"request":1,"seconds":}"#, "has nothing at 'seconds', where a finite number is expected."),
    (#"{"request":NA}"#, "has NA at 'request', where the number of the request is expected."),
    (#"{"request":1.5}"#, "has 1.5 at 'request', where the number of the request is expected."),
    (
      #"{"request":1,"converged":true,"iterations":3.5}"#,
      "has 3.5 at 'iterations', where a whole number is expected."
    ),
    (#"{"request":1,"converged":1}"#, "has 1 at 'converged', where true or false is expected."),
    (
      #"{"request":1,"converged":true,"iterations":"many"}"#,
      #"has "many" at 'iterations', where a whole number is expected."#
    ),
    (
      #"{"request":1,"converged":true,"parameters":{"x":{"estimate":-Infinity}}}"#,
      "has -Infinity at 'parameters.x.estimate', where a finite number is expected."
    ),
    (
      #"{"request":1,"converged":true,"parameters":{"x":{"estimate":null}}}"#,
      "has null at 'parameters.x.estimate', where a finite number is expected."
    ),
    (
      #"{"request":1,"converged":true,"parameters":{"x":"#
        + "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]}}",
      "has [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, ... at 'parameters.x', where an object or null "
        + "is expected."
    ),
    (#"{"request":1,"parameters":{"x":{"se":1}}}"#, "lacks 'parameters.x.estimate'."),
    (
      #"{"request":1,"result":2}"#,
      "has the unknown key 'result'; known are request, error, converged, status, iterations, "
        + "seconds, parameters."
    ),
    (
      #"{"request":1,"request":1,"converged":false}"#,
      "has the key 'request' twice."
    ),
    (
      #"{"request":1,"converged":true,"parameters":{"x":{"estimate":1},"\u0078":{"estimate":2}}}"#,
      "has the key 'parameters.x' twice."
    ),
    (
      #"{"request":1,"converged":true,"parameters":{"x":{"estimate":1,"se":2,"estimate":3}}}"#,
      "has the key 'parameters.x.estimate' twice."
    ),
    (
      String(repeating: "[", count: 100_000),
      "is '\(String(repeating: "[", count: 40))...', where a JSON object is expected."
    ),
  ])
  func aLineThatIsNoAnswerIsSaidToBe(line: String, defect: String) {
    #expect(throws: ProgramError.broken("the program's answer " + defect)) {
      _ = try CommandAnswer.result(
        Data(line.utf8), request: 1, parameters: ["x"], timesItself: false, exchangeSeconds: 1)
    }
  }

  /// What a terminal would obey is shown and not sent to it; white space of any kind is one space.
  @Test func aProgramsTextIsShownAndNotObeyed() {
    #expect(
      ProgramError.oneLine("Error:\r\n\t\u{1B}[2J gone\u{202E}txt\u{2028}end\n")
        == "Error: \\u{1B}[2J gone\\u{202E}txt end")
    #expect(ProgramError.oneLine("\u{1B}yyyyyyyyy", longest: 5) == "...yyyyy")
    #expect(throws: ProgramError(.refused, "no\\u{7} result")) {
      _ = try CommandAnswer.result(
        Data(#"{"request":1,"error":"no\u0007 result"}"#.utf8), request: 1, parameters: [],
        timesItself: false, exchangeSeconds: 1)
    }
  }

  /// As long as an answer may be, and of nothing but numbers: neither memory nor time without
  /// bounds.
  @Test func aLongLineIsRefusedAtOnce() {
    let line = #"{"request":1,"status":["# + String(repeating: "0,", count: 490_000) + "0]}"
    let clock = ContinuousClock()
    let start = clock.now
    #expect(
      throws: ProgramError.broken(
        "the program's answer has [\(String(repeating: "0,", count: 19))0... at 'status', where a "
          + "text is expected.")
    ) {
      _ = try CommandAnswer.decode(Data(line.utf8))
    }
    // It takes 0.2 s on an idle machine; others work on this one too.
    #expect(clock.now - start < .seconds(10))
  }

  @Test func whatLiesTooDeepIsGivenUp() {
    let line = #"{"request":"# + String(repeating: "[", count: 1_000_000)
    #expect(throws: ProgramError.self) { try CommandAnswer.decode(Data(line.utf8)) }
  }

  @Test(arguments: [
    (["Intercept", "x"], ["Intercept"], "y ~ 1 + x + (1 | group)"),
    (["x"], ["x"], "y ~ 0 + x + (0 + x | group)"),
    (["x", "Intercept"], ["x", "Intercept"], "y ~ 1 + x + (1 + x || group)"),
    (["Intercept", "in", "a.b"], ["a.b", "in"], "y ~ 1 + `in` + a.b + (0 + a.b + `in` || group)"),
  ])
  func theFormulaIsLme4s(fixed: [String], random: [String], formula: String) {
    let data = ClusteredCounts(
      counts: [], groupOfRow: [], covariates: [], exposure: nil, fixedNames: fixed,
      randomNames: random)
    #expect(ModelFormula.text(data) == formula)
    let exposed = ClusteredCounts(
      counts: [], groupOfRow: [], covariates: [], exposure: [], fixedNames: fixed,
      randomNames: random)
    #expect(ModelFormula.text(exposed) == formula + " + offset(log(exposure))")
  }

  /// Thall & Vail's visits, by every shipped estimator that can run here. Reference values: glmmTMB
  /// 1.1.5, called from R by hand with rel.tol = 1e-14, and for statsmodels, which fits another
  /// posterior by mean-field, this project's own mean-field.
  @Test(arguments: [
    "Rscript Scenarios/estimators/glmer.R", "Rscript Scenarios/estimators/glmmTMB.R",
    "${PYTHON:-python3} Scenarios/estimators/gpboost.py",
    "${PYTHON:-python3} Scenarios/estimators/statsmodels_vb.py",
  ])
  func aShippedEstimatorFitsTheEpilepsyData(command: String) throws {
    let text = command.replacing(
      "Scenarios/", with: "'\(Self.root.path)/Scenarios'/")
    let programs = CommandPrograms()
    let record = try #require(try programs.greet([ExternalCommand(text)]).first)
    guard record.version != nil else {
      print("not tested: \(command): \(record.missing ?? "")")
      return
    }
    let data = try epilepsy()
    let estimator = CommandEstimator(
      name: "m", command: ExternalCommand(text),
      pool: CommandPool(text, isStopping: { false }), priors: Priors(), alpha: 0.05)
    let result = try estimator.estimate(data)
    #expect(result.converged)
    #expect(result.parameters.map(\.parameter) == data.fixedNames + ["log_sd(Intercept)"])
    if command.contains("statsmodels") {
      let own = try VariationalEstimator(
        name: "m", VariationalSettings(approximation: .meanField)
      ).estimate(data)
      for (theirs, ours) in zip(result.parameters, own.parameters) {
        let (sd, error) = try (#require(ours.standardError), #require(theirs.standardError))
        // BFGS ends where derivatives of the bound, in SDs, are below 0.01; the means are off by
        // about as many SDs, along directions in which the bound is flat by some times more.
        #expect(abs(theirs.estimate - ours.estimate) < 0.1 * sd, "\(ours.parameter)")
        #expect(abs(error / sd - 1) < 0.05, "\(ours.parameter)")
      }
      return
    }
    let reference = [-1.1005316882, 1.0281616481, -0.3159885628, 0.3359232418, -0.1610871831]
    let errors = [1.2001020449, 0.10136187441, 0.15089614678, 0.34350760503, 0.05457575976]
    for (index, name) in data.fixedNames.enumerated() {
      let parameter = result.parameters[index]
      // The programs end their searches at tolerances of their own: glmer's estimates are off by
      // 0.0014 SE here, and its Hessian by differences gives standard errors 0.5 % smaller.
      #expect(abs(parameter.estimate - reference[index]) < 0.01 * errors[index], "\(name)")
      let error = try #require(parameter.standardError)
      #expect(abs(error / errors[index] - 1) < 0.01, "\(name)")
      let (lower, upper) = try (
        #require(parameter.intervalLower), #require(parameter.intervalUpper)
      )
      // The normal quantile, from scipy 1.16; answers have 15 digits.
      #expect(abs(upper - lower - 2 * 1.959963984540054 * error) < 1e-9)
      #expect(try (0...1).contains(#require(parameter.pValue)))
    }
    let logSD = try #require(result.parameters.last)
    // As above; its SE is 0.1.
    #expect(abs(logSD.estimate - -0.6607463007) < 0.001)
    #expect((logSD.standardError == nil) == command.contains("glmer"))
  }

  private func epilepsy() throws -> ClusteredCounts {
    let file = Self.root.appendingPathComponent("Tests/PoissonGLMMTests/Reference/epilepsy.csv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    let names = lines[0].split(separator: ",").map(String.init)
    let rows = try lines.dropFirst().map { line in
      try line.split(separator: ",").map { try #require(Double($0)) }
    }
    func column(_ name: String) throws -> [Double] {
      let index = try #require(names.firstIndex(of: name))
      return rows.map { $0[index] }
    }
    let covariates = ["lbase", "trt", "lage", "V4"]
    return ClusteredCounts(
      counts: try column("y"), groupOfRow: try column("subject").map { Int($0) - 1 },
      covariates: try covariates.map { .init(name: $0, values: try column($0)) }, exposure: nil,
      fixedNames: ["Intercept"] + covariates, randomNames: ["Intercept"])
  }
}
