/// A performance measure of one's own, of one parameter under one method.
public protocol OwnMeasure: Sendable {
  /// What rows call it.
  var name: String { get }
  /// The measure of one parameter.
  /// - Parameters:
  ///   - estimates: those of the usable replicates, in the replicates' order.
  ///   - truth: the parameter's true value where all replicates share it; in a calibration each
  ///     estimate has its own, `ParameterEstimate.truth`.
  func estimate(_ estimates: [ParameterEstimate], truth: Double?) -> MonteCarloEstimate
}

/// One row of a measure of one's own.
public struct OwnMeasureRow: Sendable, Equatable {
  /// The scenario by its name.
  public let scenario: String
  /// The method by its name in the scenario.
  public let method: String
  /// A fixed effect by its name, `log_sd(NAME)` or `cor(NAME,NAME)`.
  public let parameter: String
  /// The measure's name.
  public let measure: String
  /// Its value, with its Monte Carlo standard error.
  public let result: MonteCarloEstimate
}

extension [ReplicateRecord] {
  /// A measure of one's own for every parameter and method, in the order of the scenarios. As with
  /// the other measures, fits that failed do not enter, nor parameters that a fit has no estimate
  /// of.
  public func rows(of measure: some OwnMeasure, in scenarios: [Scenario]) -> [OwnMeasureRow] {
    let records = Dictionary(grouping: self) { [$0.scenario, $0.method] }
    return scenarios.flatMap { scenario in
      scenario.methods.flatMap { method in
        let own = (records[[scenario.name, method.name]] ?? []).sorted {
          $0.replicate < $1.replicate
        }
        let results = own.compactMap { record -> EstimationResult? in
          if case .usable(let result) = record.usability { result } else { nil }
        }
        let truth = scenario.truth.merging(scenario.ownTruth(of: method)) { _, own in own }
        return scenario.parameters.map { parameter in
          let estimates = results.compactMap { result in
            result.parameters.first { $0.parameter == parameter }
          }
          return OwnMeasureRow(
            scenario: scenario.name, method: method.name, parameter: parameter,
            measure: measure.name,
            result: measure.estimate(estimates, truth: truth[parameter]))
        }
      }
    }
  }
}
