import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// The scenarios in the folder `Scenarios` of the package.
@Suite struct ShippedScenariosTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Scenarios").path

  @Test func allAreReadAndHaveGates() throws {
    let scenarios = try ScenarioFile.load(
      paths: ["core", "documented", "smoke"].map { Self.folder + "/" + $0 })
    #expect(scenarios.count >= 14)
    #expect(scenarios.allSatisfy { !$0.gates.isEmpty && $0.methods.count == 2 })
  }

  /// The studies of grids, departures and times are read, and can be drawn.
  @Test func theRestIsReadAndDrawn() throws {
    let scenarios =
      try ScenarioFile.load(
        paths: [
          "few-groups", "misspecified", "scaling", "regression", "approximations", "calibration",
          "peers", "tests", "structures", "structures-calibration",
        ]
        .map { Self.folder + "/" + $0 })
      // Their names are those of other studies' scenarios.
      + ["checks", "structures-peers", "families-calibration", "families-peers"].flatMap {
        try ScenarioFile.load(paths: [Self.folder + "/" + $0])
      }
    #expect(scenarios.count >= 16 + 9 + 5 + 16 + 3 + 7 + 4 + 4 + 16 + 4)
    for scenario in scenarios {
      let data = try DataGenerator(scenario).dataSet(replicate: 0).data
      #expect(data.counts.allSatisfy { $0 >= 0 })
    }
  }

  /// Data sets in which fits far from the mode of the log SD leave the groups so far away that
  /// others cannot begin there.
  @Test(arguments: [16, 451, 1145])
  func sparseDataAreFitted(replicate: Int) throws {
    let scenarios = try ScenarioFile.load(
      paths: [Self.folder + "/approximations/sparse-counts-40x5.yml"])
    let data = try DataGenerator(#require(scenarios.first)).dataSet(replicate: replicate).data
    for approximation in [Approximation.integrated, .corrected] {
      let estimator = VariationalEstimator(
        name: "own", VariationalSettings(approximation: approximation))
      #expect(try estimator.estimate(data).converged)
    }
  }

  /// Of the others, which take too long for a test, `make report` and `make peers` check the gates.
  @Test(arguments: [
    "documented", "smoke", "regression", "calibration/random-intercept-20x5.yml",
  ])
  func theirGatesPass(folder: String) throws {
    let scenarios = try ScenarioFile.load(paths: [Self.folder + "/" + folder])
      .filter { !$0.gates.isEmpty }
    let report = try StudyReport(
      scenarios: scenarios.map { ScenarioSummary($0) },
      records: StudyRunner(scenarios).records(workers: 2),
      environment: .current(packageVersion: "0", workers: 2), command: "")
    #expect(report.gates.count == scenarios.reduce(0) { $0 + $1.gates.count })
    for result in report.gates where !result.passed {
      Issue.record("\(result.gate): \(String(describing: result.row?.estimate))")
    }
  }
}
