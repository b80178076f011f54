import GSLNumerics

/// The bias of an estimator before and now, on the same replicates.
struct BiasChange: Sendable, Equatable {
  let parameter: String
  let used: Int
  let baseline: Double
  let current: Double
  /// Of current - baseline: that of the mean of the paired differences, in which the sampling error
  /// that both share has cancelled.
  let monteCarloStandardError: Double
  /// Of the baseline's estimates, or of their errors where each replicate has a truth of its own.
  let empiricalStandardError: Double

  var difference: Double { current - baseline }

  /// The difference in empirical SEs, in which parameters can be compared; infinite where there is
  /// none to measure it by.
  var standardized: Double { difference == 0 ? 0 : difference / empiricalStandardError }

  /// How much the size of the bias has grown.
  var worsening: Double { abs(current) - abs(baseline) }

  /// Two-sided, of no change, from the mean difference over its Monte Carlo standard error.
  var pValue: Double {
    let difference = abs(current - baseline)
    if difference == 0 { return 1 }
    return min(1, 2 * NormalDistribution.upperTail(difference / monteCarloStandardError))
  }

  /// - Parameter truth: of all replicates that have none of their own.
  /// - Returns: nil with fewer than 2 replicates whose truth is known.
  init?(_ pairing: MethodPairing, parameter: String, truth: Double?) {
    let estimates = pairing.estimates(of: parameter).filter { ($0.baseline.truth ?? truth) != nil }
    guard estimates.count >= 2 else { return nil }
    let errors = estimates.map { $0.baseline.estimate - ($0.baseline.truth ?? truth ?? .nan) }
    let differences = estimates.map { $0.current.estimate - $0.baseline.estimate }
    self.parameter = parameter
    used = estimates.count
    baseline = Moments.mean(errors)
    current = baseline + Moments.mean(differences)
    monteCarloStandardError =
      Moments.standardDeviation(differences) / Double(estimates.count).squareRoot()
    empiricalStandardError = Moments.standardDeviation(errors)
  }
}

/// The coverage of intervals before and now, on the same replicates.
struct CoverageChange: Sendable, Equatable {
  let parameter: String
  let used: Int
  /// Replicates whose interval covers the truth in both, in the baseline alone, in the current run
  /// alone.
  let both: Int
  let onlyBaseline: Int
  let onlyCurrent: Int
  let nominal: Double

  var baseline: Double { Double(both + onlyBaseline) / Double(used) }
  var current: Double { Double(both + onlyCurrent) / Double(used) }

  var difference: Double { Double(onlyCurrent - onlyBaseline) / Double(used) }

  /// How much the distance from the nominal level has grown.
  var worsening: Double { abs(current - nominal) - abs(baseline - nominal) }

  /// Of current - baseline = (c - b) / n: sqrt(b + c - (b - c)^2 / n) / n.
  var monteCarloStandardError: Double {
    let (b, c, n) = (Double(onlyBaseline), Double(onlyCurrent), Double(used))
    return max(0, b + c - (b - c) * (b - c) / n).squareRoot() / n
  }

  /// McNemar's exact test (1947): of no change, b is binomial with b + c trials of probability 1/2.
  var pValue: Double {
    let (smaller, trials) = (min(onlyBaseline, onlyCurrent), onlyBaseline + onlyCurrent)
    return min(1, 2 * BinomialDistribution.cumulative(smaller, trials: trials, probability: 0.5))
  }

  /// - Parameter truth: of all replicates that have none of their own.
  /// - Returns: nil without replicates in which both have an interval, and whose truth is known.
  init?(_ pairing: MethodPairing, parameter: String, truth: Double?, alpha: Double) {
    func covers(_ estimate: ParameterEstimate) -> Bool? {
      guard let lower = estimate.intervalLower, let upper = estimate.intervalUpper,
        let truth = estimate.truth ?? truth
      else { return nil }
      return lower <= truth && truth <= upper
    }
    var (both, onlyBaseline, onlyCurrent, neither) = (0, 0, 0, 0)
    for (before, after) in pairing.estimates(of: parameter) {
      switch (covers(before), covers(after)) {
      case (true?, true?): both += 1
      case (true?, false?): onlyBaseline += 1
      case (false?, true?): onlyCurrent += 1
      case (false?, false?): neither += 1
      default: break
      }
    }
    used = both + onlyBaseline + onlyCurrent + neither
    guard used > 0 else { return nil }
    self.parameter = parameter
    (self.both, self.onlyBaseline, self.onlyCurrent) = (both, onlyBaseline, onlyCurrent)
    nominal = 1 - alpha
  }
}

/// What a calibration said of a parameter before and says now, on the same replicates.
struct CalibrationChange: Sendable, Equatable {
  struct Verdict: Sendable, Equatable {
    /// Of the ECDF, of one curve; see `ECDFUniformityTest`.
    let ecdf: Double
    /// nil with too few replicates.
    let chiSquared: Double?
    /// Whether the curve stays in its band.
    let isInside: Bool
  }

  let parameter: String
  let used: Int
  let baseline: Verdict
  let current: Verdict

  var hasChanged: Bool { baseline.isInside != current.isInside }

  /// A curve at the edge of its band leaves it at the least touch: one that has left counts if its
  /// p value has also fallen by this factor.
  func hasLeft(byFactor factor: Double) -> Bool {
    baseline.isInside && !current.isInside && factor * current.ecdf < baseline.ecdf
  }

  /// - Parameter parameters: the number of the scenario's, whose bands hold together.
  /// - Returns: nil without posterior probabilities of true values in at least two replicates.
  init?(_ pairing: MethodPairing, parameter: String, of parameters: Int) {
    let pairs = pairing.estimates(of: parameter).compactMap {
      before, after -> (before: Double, after: Double)? in
      guard let old = before.probabilityBelowTruth, let new = after.probabilityBelowTruth else {
        return nil
      }
      return (old, new)
    }
    let smallest = (1 - CalibrationTable.familyLevel) / Double(max(1, parameters))
    func verdict(_ values: [Double]) -> Verdict? {
      ECDFUniformityTest(values).map {
        Verdict(
          ecdf: $0.pValue, chiSquared: ChiSquaredUniformityTest(values)?.pValue,
          isInside: $0.pValue >= smallest)
      }
    }
    guard let baseline = verdict(pairs.map(\.before)), let current = verdict(pairs.map(\.after))
    else { return nil }
    self.parameter = parameter
    used = pairs.count
    (self.baseline, self.current) = (baseline, current)
  }
}
