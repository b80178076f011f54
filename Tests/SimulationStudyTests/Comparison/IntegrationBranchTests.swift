import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// Which ways of integrating over the hyperparameters the regression scenarios enter: a change of
/// one that none enters would pass `make regress`.
@Suite struct IntegrationBranchTests {
  private static let tooDear =
    "takes factors of more than 5,000 levels each, and half a minute a fit; IterativeFitTests "
    + "lower that limit"
  private static let noKnownData =
    "no data are known that lead there: none of some 500 small sets of crossed or inflated "
    + "counts did"
  /// What no scenario leads to, and why.
  private static let unreachable: [IntegrationBranch: String] = [
    .iterativeNormal: tooDear, .iterativeLattice: tooDear,
    .generalLine: "a family's own parameter alone: a scenario has random effects too",
    .generalMissingEvidence: noKnownData, .generalMissingResponse: noKnownData,
    .generalSecondMode: noKnownData,
  ]

  /// Replicates of a scenario that are looked at, so that this takes seconds; the regression study
  /// has more of some.
  private static let replicates = 40

  @Test func everyBranchIsEntered() throws {
    let folder = URL(fileURLWithPath: #filePath).appending(path: "../../../../Scenarios/regression")
      .standardized.path
    var entered: [IntegrationBranch: Set<String>] = [:]
    for scenario in try ScenarioFile.load(paths: [folder]) {
      for replicate in 0..<min(scenario.replicates, Self.replicates) {
        let data = try DataGenerator(scenario).dataSet(replicate: replicate).data
        for method in scenario.methods {
          guard case .variational(let settings) = method.fitter else { continue }
          let estimator = VariationalEstimator(
            name: method.name, settings, priors: scenario.priors, alpha: scenario.alpha)
          let fit = try estimator.model(data).fit(estimator.options)
          for branch in fit.optimization.integration {
            entered[branch, default: []].insert(scenario.name)
          }
        }
      }
    }
    for branch in IntegrationBranch.allCases {
      let scenarios = entered[branch, default: []].sorted()
      #expect(
        scenarios.isEmpty == (Self.unreachable[branch] != nil),
        "\(branch.rawValue) is entered by \(scenarios)")
    }
  }
}
