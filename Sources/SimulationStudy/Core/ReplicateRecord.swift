/// What one method did on one replicate of one scenario.
public struct ReplicateRecord: Sendable, Equatable {
  /// Estimates, or the reason why there are none.
  public enum Outcome: Sendable, Equatable {
    /// The method gave estimates; they may still be of no use to the study.
    case fitted(EstimationResult)
    /// One sentence that says why there are no estimates.
    case failed(String)
  }

  /// The scenario by its name.
  public let scenario: String
  /// The method by its name in the scenario.
  public let method: String
  /// 0, 1, 2, ...
  public let replicate: Int
  /// What came of the fit, converged or not.
  public let outcome: Outcome
  /// Wall-clock seconds of the fit alone, as far as the method can tell it apart.
  public let seconds: Double

  /// One fit, as a study records it.
  public init(
    scenario: String, method: String, replicate: Int, outcome: Outcome, seconds: Double
  ) {
    self.scenario = scenario
    self.method = method
    self.replicate = replicate
    self.outcome = outcome
    self.seconds = seconds
  }
}

extension ReplicateRecord {
  /// A result that may enter the performance measures, or one sentence that says why there is
  /// none: the fit failed or did not converge, or one of its numbers makes no sense.
  enum Usability {
    case usable(EstimationResult)
    case failed(String)
  }

  var usability: Usability {
    switch outcome {
    case .failed(let reason): return .failed(reason)
    case .fitted(let result):
      guard result.converged else { return .failed("did not converge: \(result.reason)") }
      for parameter in result.parameters {
        if let defect = parameter.defect { return .failed(defect) }
      }
      return .usable(result)
    }
  }
}

extension ParameterEstimate {
  /// What is wrong with the numbers, in one sentence; nil if they can be used.
  fileprivate var defect: String? {
    if !estimate.isFinite { return "the estimate of \(parameter) is not finite" }
    if let standardError, !(standardError.isFinite && standardError >= 0) {
      return "the standard error of \(parameter) is negative or not finite"
    }
    switch (intervalLower, intervalUpper) {
    case (nil, nil): break
    case (let lower?, let upper?):
      if !(lower.isFinite && upper.isFinite && lower <= upper) {
        return "the interval of \(parameter) is reversed or not finite"
      }
    default: return "the interval of \(parameter) has one end only"
    }
    if let pValue, !(0...1).contains(pValue) {
      return "the p value of \(parameter) is not between 0 and 1"
    }
    if let truth, !truth.isFinite { return "the true value of \(parameter) is not finite" }
    if let probabilityBelowTruth, !(0...1).contains(probabilityBelowTruth) {
      return "the posterior probability of \(parameter) is not between 0 and 1"
    }
    return nil
  }
}
