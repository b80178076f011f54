/// What was compared of one method on one scenario.
struct ComparisonRow: Sendable {
  let scenario: String
  let method: String
  let pairing: MethodPairing
  let drift: Drift
  let optimum: OptimumLoss
  /// One for each parameter whose truth is known, as is the next.
  let bias: [BiasChange]
  let coverage: [CoverageChange]
  let iterations: IterationChange
  /// nil where times are not compared, or too few were measured.
  let time: TimeRatio?

  init(
    _ scenario: ComparedScenario, _ pairing: MethodPairing, comparesTime: Bool,
    _ thresholds: ComparisonThresholds
  ) {
    self.scenario = scenario.name
    method = pairing.method
    self.pairing = pairing
    drift = Drift(pairing)
    optimum = OptimumLoss(pairing, relative: thresholds.boundRelative)
    let known = pairing.parameters.compactMap { name in
      scenario.truth[name].map { (name: name, truth: $0) }
    }
    bias = known.compactMap { BiasChange(pairing, parameter: $0.name, truth: $0.truth) }
    coverage = known.compactMap {
      CoverageChange(pairing, parameter: $0.name, truth: $0.truth, alpha: scenario.alpha)
    }
    iterations = IterationChange(pairing)
    time = comparesTime ? TimeRatio(pairing, confidence: thresholds.timeConfidence) : nil
  }

  /// The differences that count.
  /// - Parameter level: of each test of bias and coverage.
  func findings(_ thresholds: ComparisonThresholds, level: Double) -> [ComparisonFinding] {
    [
      driftFinding(thresholds), optimumFinding(), biasFinding(thresholds, level),
      coverageFinding(thresholds, level), failureFinding(thresholds),
      iterationFinding(thresholds), timeFinding(thresholds),
    ].compactMap { $0 }
  }

  private func finding(
    _ rule: ComparisonRule, _ evidence: String, _ replicates: [Int] = []
  ) -> ComparisonFinding {
    ComparisonFinding(
      rule: rule, scenario: scenario, method: method, evidence: evidence, replicates: replicates)
  }

  private func driftFinding(_ thresholds: ComparisonThresholds) -> ComparisonFinding? {
    let beyond = drift.fits.filter { $0.sds > thresholds.driftSDs }
    guard let worst = beyond.first else { return nil }
    let size =
      worst.sds.isFinite
      ? "the \(worst.quantity) of \(worst.parameter) by \(ComparisonNumber.short(worst.sds)) SDs"
      : "\(worst.parameter) is gone or had an SD of 0"
    return finding(
      .drift,
      "\(ComparisonNumber.share(beyond.count, of: drift.fits.count)) moved, most in replicate "
        + "\(worst.replicate): \(size); allowed are \(ComparisonNumber.short(thresholds.driftSDs)).",
      beyond.map(\.replicate))
  }

  private func optimumFinding() -> ComparisonFinding? {
    guard let worst = optimum.lower.first else { return nil }
    let size =
      worst.loss.isFinite
      ? "by \(ComparisonNumber.short(worst.loss))" : "where it is missing or not finite"
    return finding(
      .optimum,
      "\(ComparisonNumber.share(optimum.lower.count, of: optimum.compared)) have a lower bound, most "
        + "so replicate \(worst.replicate), \(size); allowed is rounding.",
      optimum.lower.map(\.replicate))
  }

  private func biasFinding(
    _ thresholds: ComparisonThresholds, _ level: Double
  ) -> ComparisonFinding? {
    let worse = bias.filter {
      $0.pValue < level
        && $0.worsening > thresholds.biasStandardErrors * $0.empiricalStandardError
    }
    guard
      let worst = worse.max(by: {
        $0.worsening / $0.empiricalStandardError < $1.worsening / $1.empiricalStandardError
      })
    else { return nil }
    return finding(
      .bias,
      "The bias of \(worst.parameter) was \(ComparisonNumber.short(worst.baseline)) and is "
        + "\(ComparisonNumber.short(worst.current)), a difference of "
        + "\(ComparisonNumber.withError(worst.current - worst.baseline, worst.monteCarloStandardError)); "
        + "its size may grow by \(ComparisonNumber.short(thresholds.biasStandardErrors)) empirical SEs of "
        + "\(ComparisonNumber.short(worst.empiricalStandardError)).")
  }

  private func coverageFinding(
    _ thresholds: ComparisonThresholds, _ level: Double
  ) -> ComparisonFinding? {
    let worse = coverage.filter { $0.pValue < level && $0.worsening > thresholds.coverage }
    guard let worst = worse.max(by: { $0.worsening < $1.worsening }) else { return nil }
    return finding(
      .coverage,
      "The coverage of \(worst.parameter) was \(ComparisonNumber.short(worst.baseline)) and is "
        + "\(ComparisonNumber.short(worst.current)), a difference of "
        + "\(ComparisonNumber.withError(worst.current - worst.baseline, worst.monteCarloStandardError)); "
        + "\(worst.onlyBaseline) replicates lost the truth and \(worst.onlyCurrent) gained it, McNemar's p "
        + "\(ComparisonNumber.short(worst.pValue)).")
  }

  private func failureFinding(_ thresholds: ComparisonThresholds) -> ComparisonFinding? {
    let failures = pairing.newFailures
    guard failures.count > thresholds.newFailures, let first = failures.first else { return nil }
    let attempted = pairing.pairs.count + failures.count + pairing.failedBefore
    return finding(
      .failures,
      "\(ComparisonNumber.share(failures.count, of: attempted)) failed that did not before, the first "
        + "in replicate \(first.replicate): \(first.reason).",
      failures.map(\.replicate))
  }

  private func iterationFinding(_ thresholds: ComparisonThresholds) -> ComparisonFinding? {
    guard let ratio = iterations.ratio, ratio > thresholds.iterationRatio else { return nil }
    return finding(
      .iterations,
      "\(ReportNumber.count(iterations.current)) iterations in place of "
        + "\(ReportNumber.count(iterations.baseline)), \(ComparisonNumber.ratio(ratio)) times as many; "
        + "allowed is a ratio of \(ComparisonNumber.short(thresholds.iterationRatio)).",
      iterations.grown)
  }

  private func timeFinding(_ thresholds: ComparisonThresholds) -> ComparisonFinding? {
    guard let time, time.median > thresholds.timeRatio, time.lower > 1 else { return nil }
    return finding(
      .time,
      "A fit takes \(ComparisonNumber.interval(time)) times as long; allowed is a ratio of "
        + "\(ComparisonNumber.short(thresholds.timeRatio)).")
  }
}

/// Numbers of a comparison, for readers.
enum ComparisonNumber {
  static func short(_ value: Double) -> String { ReportNumber.significant(value, digits: 3) }

  static func ratio(_ value: Double) -> String { ReportNumber.fixed(value, decimals: 2) }

  static func withError(_ value: Double, _ error: Double) -> String {
    error > 0 ? "\(ReportNumber.withError(value, error)) with its MCSE" : short(value)
  }

  /// `1.21 [1.19, 1.23]`.
  static func interval(_ time: TimeRatio) -> String {
    "\(ratio(time.median)) [\(ratio(time.lower)), \(ratio(time.upper))]"
  }

  /// `12 of 200 fits`.
  static func share(_ part: Int, of whole: Int) -> String {
    "\(ReportNumber.count(part)) of \(ReportNumber.count(whole, "fit"))"
  }
}
