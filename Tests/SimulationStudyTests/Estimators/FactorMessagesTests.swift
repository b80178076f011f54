import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// What other programs are told of several grouping factors and of correlated effects.
@Suite struct FactorMessagesTests {
  private let data = ClusteredCounts(
    counts: [2, 3, 5, 1],
    groupings: [
      .init(name: "school", levelOfRow: [0, 0, 1, 1]),
      .init(name: "class", levelOfRow: [0, 1, 2, 2]),
    ],
    covariates: [.init(name: "x", values: [0.5, -1.5, 2, 0.25])], exposure: nil,
    fixedNames: ["Intercept", "x"],
    random: [
      .init(factor: "school", terms: ["Intercept", "x"], correlatedSets: [0..<2]),
      .init(factor: "school:class", terms: ["Intercept"]),
      .init(factor: "row", terms: ["Intercept"]),
    ])

  private func text(_ data: ClusteredCounts, correlationShape: Double?) throws -> String {
    let request = CommandRequest(
      1, data, alpha: 0.05,
      priors: .init(fixedEffectSD: 2, logSDSD: 1, correlationShape: correlationShape))
    return String(decoding: try request.jsonLine(), as: UTF8.self)
  }

  @Test func factorsAreListed() throws {
    #expect(
      try text(data, correlationShape: 2)
        == #"{"alpha":0.05,"columns":{"class":[1,2,3,3],"row":[1,2,3,4],"school":[1,1,2,2],"#
        + #""x":[0.5,-1.5,2,0.25],"y":[2,3,5,1]},"factors":["#
        + #"{"columns":["school"],"correlated":[["Intercept","x"]],"name":"school","#
        + #""terms":["Intercept","x"]},"#
        + #"{"columns":["school","class"],"correlated":[],"name":"school:class","#
        + #""terms":["Intercept"]},"#
        + #"{"columns":["row"],"correlated":[],"name":"row","terms":["Intercept"]}],"#
        + #""fixed":["Intercept","x"],"#
        + #""formula":"y ~ 1 + x + (1 + x | school) + (1 | school:class) + (1 | row)","#
        + #""priors":{"correlation_shape":2,"fixed_effect_sd":2,"log_sd_sd":1},"request":1}"#)
  }

  /// One factor with independent terms is told as ever; with correlated ones there is more to tell.
  @Test func aFactorIsListedWhereItHasToBe() throws {
    func one(_ sets: [Range<Int>]?) -> ClusteredCounts {
      ClusteredCounts(
        counts: data.counts, groupings: [.init(name: "group", levelOfRow: [0, 0, 1, 1])],
        covariates: data.covariates, exposure: nil, fixedNames: ["x"],
        random: [.init(factor: "group", terms: ["Intercept", "x"], correlatedSets: sets)])
    }
    let independent = try text(one(nil), correlationShape: nil)
    #expect(!independent.contains("factors") && !independent.contains("correlation_shape"))
    let correlated = try text(one([0..<2]), correlationShape: 2)
    #expect(
      correlated.contains(#""factors":[{"columns":["group"],"correlated":[["Intercept","x"]]"#))
    #expect(correlated.contains(#""random":["Intercept","x"]"#))
    #expect(correlated.contains("(1 + x | group)"))
  }

  @Test func setsOfTermsHaveParenthesesOfTheirOwn() {
    let data = ClusteredCounts(
      counts: [], groupings: [], covariates: [], exposure: nil, fixedNames: ["Intercept"],
      random: [
        .init(factor: "a:b", terms: ["Intercept", "x", "z"], correlatedSets: [0..<2, 2..<3]),
        .init(factor: "c", terms: ["Intercept", "x"]),
      ])
    #expect(
      ModelFormula.text(data)
        == "y ~ 1 + (1 + x | a:b) + (0 + z | a:b) + (1 + x || c)")
  }

  /// The Python half of the exchange: a program that answers with what it was given.
  private static let program = """
    import sys
    sys.path.insert(0, sys.argv[1])
    from protocol import serve, skip
    try:
        import numpy, scipy
    except ImportError as error:
        skip(str(error))

    def fit(request, data):
        sizes = [(factor.count, None) for factor in data.factors for term in factor.terms]
        return {
            "fixed": [(float(column.sum()), 1.0) for column in data.x.T], "log_sd": sizes,
            "cor": [{"estimate": 0.25, "se": 0.5}] if data.has_correlations else [],
            "converged": True, "status": "fine", "iterations": len(data.factors)}

    serve("fake", fit)
    """

  @Test func aProgramInPythonIsGivenAllFactors() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "fake.py")
    try Self.program.write(to: file, atomically: true, encoding: .utf8)
    let estimators = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Scenarios/estimators")
    let command = "PYTHONDONTWRITEBYTECODE=1 ${PYTHON:-python3} '\(file.path)' '\(estimators.path)'"
    let programs = CommandPrograms()
    let record = try #require(try programs.greet([ExternalCommand(command)]).first)
    guard record.version != nil else {
      print("not tested: \(record.missing ?? "")")
      return
    }
    let estimator = CommandEstimator(
      name: "m", command: ExternalCommand(command),
      pool: CommandPool(command, isStopping: { false }), priors: Priors(), alpha: 0.05)
    let result = try estimator.estimate(data)
    #expect(
      result.parameters.map(\.parameter) == [
        "Intercept", "x", "log_sd(school:Intercept)", "log_sd(school:x)",
        "log_sd(school:class:Intercept)", "log_sd(row:Intercept)", "cor(school:Intercept,x)",
      ])
    #expect(result.parameters.map(\.estimate) == [4, 1.25, 2, 2, 3, 4, 0.25])
    #expect(result.iterations == 3)
    let one = ClusteredCounts(
      counts: [2, 3, 5], groupOfRow: [0, 0, 1], covariates: [], exposure: nil,
      fixedNames: ["Intercept"], randomNames: ["Intercept"])
    #expect(try estimator.estimate(one).parameters.map(\.estimate) == [3, 2])
  }
}
