/// What one method said of one parameter over the usable replicates, in the replicates' order. A
/// method may have estimates without standard errors or intervals; those columns are shorter then.
struct ParameterSample: Sendable, Equatable {
  private(set) var replicates: [Int] = []
  private(set) var estimates: [Double] = []
  /// Of the replicates that have one.
  private(set) var standardErrors: [Double] = []
  /// The estimates of the replicates that have a standard error.
  private(set) var estimatesWithStandardError: [Double] = []
  /// Of the replicates that have an interval.
  private(set) var lower: [Double] = []
  private(set) var upper: [Double] = []
  /// Of the replicates that have one.
  private(set) var pValues: [Double] = []
  /// Posterior probabilities of the true values, of the replicates that have one.
  private(set) var probabilities: [Double] = []

  mutating func append(_ estimate: ParameterEstimate, replicate: Int) {
    replicates.append(replicate)
    estimates.append(estimate.estimate)
    if let standardError = estimate.standardError {
      standardErrors.append(standardError)
      estimatesWithStandardError.append(estimate.estimate)
    }
    if let lower = estimate.intervalLower, let upper = estimate.intervalUpper {
      self.lower.append(lower)
      self.upper.append(upper)
    }
    if let pValue = estimate.pValue { pValues.append(pValue) }
    if let probability = estimate.probabilityBelowTruth { probabilities.append(probability) }
  }

  /// Estimates and intervals of replicates that each have a true value of their own, less that
  /// value: errors, whose true value is 0.
  mutating func append(errorOf estimate: ParameterEstimate, replicate: Int) {
    let truth = estimate.truth ?? .nan
    append(
      ParameterEstimate(
        parameter: estimate.parameter, estimate: estimate.estimate - truth,
        standardError: estimate.standardError,
        intervalLower: estimate.intervalLower.map { $0 - truth },
        intervalUpper: estimate.intervalUpper.map { $0 - truth }, pValue: nil,
        probabilityBelowTruth: estimate.probabilityBelowTruth), replicate: replicate)
  }

  /// The estimates of two samples on the replicates both have, in the replicates' order.
  static func paired(
    _ first: ParameterSample, _ second: ParameterSample
  ) -> (first: [Double], second: [Double]) {
    var pairs: (first: [Double], second: [Double]) = ([], [])
    var (i, j) = (0, 0)
    while i < first.replicates.count, j < second.replicates.count {
      let (left, right) = (first.replicates[i], second.replicates[j])
      if left == right {
        pairs.first.append(first.estimates[i])
        pairs.second.append(second.estimates[j])
      }
      if left <= right { i += 1 }
      if right <= left { j += 1 }
    }
    return pairs
  }

  /// One performance measure of this sample.
  /// - Parameters:
  ///   - truth: nil if unknown; measures that need it then have no number.
  ///   - reference: the sample of the method that relative precision is measured against.
  func performance(
    _ measure: PerformanceMeasure, truth: Double?, alpha: Double, reference: ParameterSample
  ) -> MonteCarloEstimate {
    if measure.needsTruth, truth == nil { return .unavailable(used: replicates.count) }
    let truth = truth ?? .nan
    switch measure {
    case .estimate: return EstimatePerformance.meanEstimate(estimates)
    case .bias: return EstimatePerformance.bias(estimates, truth: truth)
    case .empiricalStandardError: return EstimatePerformance.empiricalStandardError(estimates)
    case .meanSquaredError: return EstimatePerformance.meanSquaredError(estimates, truth: truth)
    case .modelStandardError: return IntervalPerformance.modelStandardError(standardErrors)
    case .relativeErrorOfModelStandardError:
      return IntervalPerformance.relativeErrorOfModelStandardError(
        standardErrors, estimates: estimatesWithStandardError)
    case .relativePrecision:
      let pairs = Self.paired(self, reference)
      return EstimatePerformance.relativePrecision(pairs.first, against: pairs.second)
    case .coverage: return IntervalPerformance.coverage(lower: lower, upper: upper, of: truth)
    case .biasEliminatedCoverage:
      return IntervalPerformance.coverage(
        lower: lower, upper: upper, of: Moments.mean(estimates))
    case .rejectionRate: return IntervalPerformance.rejectionRate(pValues, alpha: alpha)
    case .intervalWidth: return IntervalPerformance.intervalWidth(lower: lower, upper: upper)
    case .calibrationChiSquaredP:
      return MonteCarloEstimate(
        ChiSquaredUniformityTest(probabilities)?.pValue, monteCarloStandardError: nil,
        used: probabilities.count)
    case .calibrationECDFP:
      return MonteCarloEstimate(
        ECDFUniformityTest(probabilities)?.pValue, monteCarloStandardError: nil,
        used: probabilities.count)
    }
  }
}
