extension Scenario {
  /// Whether a measure can have a number for a parameter and a method of this scenario.
  public func isDefined(
    _ measure: PerformanceMeasure, of parameter: String, by method: String
  ) -> Bool {
    reasonAgainst(measure, of: parameter, by: method) == nil
  }

  /// Why a measure can never have a number here, or nil if it can.
  func reasonAgainst(
    _ measure: PerformanceMeasure, of parameter: String, by method: String
  ) -> String? {
    let hasTruth = kind == .calibration || truth[parameter] != nil
    if measure.needsCalibration, kind != .calibration {
      return "is of scenarios with 'kind: calibration'"
    }
    if measure.needsTruth, !hasTruth { return "needs a true value, which is not known" }
    if measure == .estimate, hasTruth { return "is listed only without a known truth; use 'bias'" }
    if measure == .rejectionRate, kind == .calibration {
      return "is not defined: each replicate of a calibration has a true value of its own"
    }
    if measure == .rejectionRate, !data.fixedNames.contains(parameter) {
      return "is not defined: a log SD has no natural null value"
    }
    if measure == .relativePrecision, method == methods.first?.name {
      return "is relative to this method itself, the scenario's first"
    }
    let defined: [PerformanceMeasure] = [.estimate, .modelStandardError, .intervalWidth]
    if case .given = data, !defined.contains(measure) {
      return "needs more than one replicate, and given data have one"
    }
    return nil
  }
}
