/// What was compared of one method on one scenario.
struct ComparisonRow: Sendable {
  let scenario: String
  let method: String
  let pairing: MethodPairing
  let drift: Drift
  let optimum: OptimumLoss
  /// One for each parameter whose truth is known; so has `coverage`.
  let bias: [BiasChange]
  let coverage: [CoverageChange]
  /// One for each parameter of a calibration.
  let calibration: [CalibrationChange]
  let iterations: IterationChange
  /// nil where times are not compared, or too few were measured.
  let time: TimeRatio?

  /// - Parameters:
  ///   - parameters: the number of the scenario's.
  ///   - time: nil where times are not compared.
  init(
    _ scenario: ComparedScenario, _ pairing: MethodPairing, parameters: Int, time: TimeRatio?,
    _ thresholds: ComparisonThresholds
  ) {
    self.scenario = scenario.name
    method = pairing.method
    self.pairing = pairing
    drift = Drift(pairing)
    optimum = OptimumLoss(pairing, relative: thresholds.boundRelative)
    bias = pairing.parameters.compactMap {
      BiasChange(pairing, parameter: $0, truth: scenario.truth[$0])
    }
    coverage = pairing.parameters.compactMap {
      CoverageChange(pairing, parameter: $0, truth: scenario.truth[$0], alpha: scenario.alpha)
    }
    calibration = pairing.parameters.compactMap {
      CalibrationChange(pairing, parameter: $0, of: parameters)
    }
    iterations = IterationChange(pairing)
    self.time = time
  }

  /// The differences that count.
  /// - Parameter level: of each test of bias and coverage.
  func findings(_ thresholds: ComparisonThresholds, level: Double) -> [ComparisonFinding] {
    [
      driftFinding(thresholds), optimumFinding(), biasFinding(thresholds, level),
      coverageFinding(thresholds, level), calibrationFinding(thresholds),
      failureFinding(thresholds), iterationFinding(thresholds), timeFinding(thresholds),
    ].compactMap { $0 }
  }

  /// Whether fits took longer than allowed, in rounds that do not tell whether by chance.
  func isUndecided(_ thresholds: ComparisonThresholds) -> Bool {
    guard let time, time.rounds > 1 else { return false }
    return time.median > thresholds.timeRatio && !time.isLonger
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
    return finding(
      .drift,
      "\(ComparisonNumber.share(beyond.count, of: drift.fits.count)) moved, most in replicate "
        + "\(worst.replicate): \(worst.wording); allowed are "
        + "\(ComparisonNumber.short(thresholds.driftSDs)).",
      beyond.map(\.replicate))
  }

  private func optimumFinding() -> ComparisonFinding? {
    guard let worst = optimum.lower.first else { return nil }
    let size =
      worst.loss.isFinite
      ? "by \(ComparisonNumber.short(worst.loss))" : "where it is missing or not finite"
    return finding(
      .optimum,
      "\(ComparisonNumber.share(optimum.lower.count, of: optimum.compared)) have a lower bound, "
        + "most so replicate \(worst.replicate), \(size); allowed is rounding.",
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
        + "\(ComparisonNumber.withError(worst.difference, worst.monteCarloStandardError)); "
        + "its size may grow by \(ComparisonNumber.short(thresholds.biasStandardErrors)) empirical "
        + "SEs of "
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
        + "\(ComparisonNumber.withError(worst.difference, worst.monteCarloStandardError)); "
        + "\(worst.onlyBaseline) replicates lost the truth and \(worst.onlyCurrent) gained it, "
        + "McNemar's p "
        + "\(ComparisonNumber.short(worst.pValue)).")
  }

  private func calibrationFinding(_ thresholds: ComparisonThresholds) -> ComparisonFinding? {
    let left = calibration.filter { $0.hasLeft(byFactor: thresholds.calibrationRatio) }
    guard let worst = left.min(by: { $0.current.ecdf < $1.current.ecdf }) else { return nil }
    let names = left.map(\.parameter).joined(separator: ", ")
    return finding(
      .calibration,
      "The curve of \(names) has left its band; the p value of \(worst.parameter)'s ECDF was "
        + "\(ComparisonNumber.short(worst.baseline.ecdf)) and is "
        + "\(ComparisonNumber.short(worst.current.ecdf)).")
  }

  private func failureFinding(_ thresholds: ComparisonThresholds) -> ComparisonFinding? {
    let failures = pairing.newFailures
    guard failures.count > thresholds.newFailures, let first = failures.first else { return nil }
    let attempted = pairing.pairs.count + failures.count + pairing.failedBefore
    return finding(
      .failures,
      "\(ComparisonNumber.share(failures.count, of: attempted)) failed that did not before, the "
        + "first in replicate \(first.replicate): \(first.reason).",
      failures.map(\.replicate))
  }

  private func iterationFinding(_ thresholds: ComparisonThresholds) -> ComparisonFinding? {
    guard let ratio = iterations.ratio, ratio > thresholds.iterationRatio else { return nil }
    return finding(
      .iterations,
      "\(NumberText.count(iterations.current)) iterations in place of "
        + "\(NumberText.count(iterations.baseline)), \(ComparisonNumber.ratio(ratio)) times as "
        + "many; allowed is a ratio of \(ComparisonNumber.short(thresholds.iterationRatio)).",
      iterations.grown)
  }

  private func timeFinding(_ thresholds: ComparisonThresholds) -> ComparisonFinding? {
    guard let time, time.isLonger else { return nil }
    let allowed = time.rounds == 1 ? thresholds.timeRatioOfSingleRuns : thresholds.timeRatio
    guard time.median > allowed else { return nil }
    let rounds = time.rounds == 1 ? "one run each" : "\(time.rounds) rounds"
    return finding(
      .time,
      "A fit takes \(ComparisonNumber.interval(time)) times as long, in \(rounds); allowed is a "
        + "ratio of "
        + "\(ComparisonNumber.short(allowed)).")
  }
}
