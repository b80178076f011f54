import Foundation
import PoissonGLMM
import SimulationStudy
import Testing

/// The log of the mean count, as if there were no groups: the estimator of the page "Add an
/// estimator".
private struct PooledMean: Estimator {
  let name = "pooled"

  func estimate(_ data: ClusteredCounts) throws -> EstimationResult {
    let total = data.counts.reduce(0, +)
    guard total > 0 else { throw EstimationError("there is no event.") }
    let (estimate, error) = (log(total / Double(data.counts.count)), 1 / total.squareRoot())
    return EstimationResult(
      parameters: [
        ParameterEstimate(
          parameter: "Intercept", estimate: estimate, standardError: error,
          intervalLower: estimate - 1.96 * error, intervalUpper: estimate + 1.96 * error,
          pValue: nil)
      ],
      evidenceLowerBound: nil, iterations: 0, reason: "closed form", converged: true)
  }
}

/// A study of one's own estimator, by what the module shows to other packages alone: this file
/// imports it as they do.
@Suite struct OwnEstimatorTests {
  private static let scenario = """
    name: own
    seed: 3
    replicates: 40
    data:
      groups: 10
      group_size: 5
      fixed: {Intercept: 1}
      random: {Intercept: 0.5}
    methods:
      - {name: pooled, own: true}
      - {name: structured, approximation: structured}
    """

  @Test func aStudyOfOnesOwnEstimatorIsReported() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "own.yml")
    try Self.scenario.write(to: file, atomically: true, encoding: .utf8)
    let scenarios = try ScenarioFile.load(paths: [file.path])
    let runner = StudyRunner(scenarios) { scenario, method in
      if method.fitter == .own { return PooledMean() }
      return VariationalEstimator(
        name: method.name, VariationalSettings(approximation: .structured),
        priors: scenario.priors, alpha: scenario.alpha)
    }
    let report = try StudyReport(
      scenarios: scenarios, records: runner.records(workers: 2),
      environment: .current(packageVersion: "1", workers: 2), command: "swift run study")
    let out = folder.appending(path: "study")
    try report.write(to: out)
    let measures = try String(contentsOf: out.appending(path: "measures.csv"), encoding: .utf8)
    func coverage(_ method: String) throws -> Double {
      let row = try #require(
        measures.split(separator: "\n").first {
          $0.hasPrefix("own,\(method),Intercept,coverage,")
        })
      return try #require(Double(row.split(separator: ",")[4]))
    }
    // Without the SD of 0.5 between groups the standard error is half of what it is.
    #expect(try coverage("pooled") < 0.8)
    #expect(try coverage("structured") > 0.8)
  }
}
