import Foundation

/// How much longer a fit takes than it did: the median over the replicates of current over baseline
/// seconds. Each data set is its own control; the median does not mind the fits that something else on the
/// machine has disturbed.
struct TimeRatio: Sendable, Equatable {
  let used: Int
  let median: Double
  /// The percentile bootstrap interval of the median.
  let lower: Double
  let upper: Double

  static let fewestReplicates = 10

  /// - Parameter confidence: of the interval.
  /// - Returns: nil with fewer than `fewestReplicates` measured times.
  init?(_ pairing: MethodPairing, confidence: Double) {
    let ratios = pairing.pairs.compactMap { pair -> Double? in
      guard pair.baselineSeconds > 0, pair.currentSeconds > 0 else { return nil }
      let ratio = pair.currentSeconds / pair.baselineSeconds
      return ratio.isFinite ? ratio : nil
    }.sorted()
    guard ratios.count >= Self.fewestReplicates,
      let median = Moments.quantile(ofSorted: ratios, 0.5)
    else { return nil }
    used = ratios.count
    self.median = median
    (lower, upper) = Self.bootstrapInterval(ofSorted: ratios, confidence: confidence)
  }

  /// The interval that infinitely many resamples would give, without drawing any.
  ///
  /// A resample's k-th smallest value is at most the i-th smallest of the n values if at least k of its n
  /// draws are: a binomial probability with n trials of probability i / n (Efron 1982, chapter 10). For even
  /// n the interval reaches from that of the lower middle value to that of the upper.
  static func bootstrapInterval(
    ofSorted values: [Double], confidence: Double
  ) -> (lower: Double, upper: Double) {
    let tail = (1 - confidence) / 2
    return (
      quantile(tail, ofMiddle: (values.count + 1) / 2, ofSorted: values),
      quantile(1 - tail, ofMiddle: values.count / 2 + 1, ofSorted: values)
    )
  }

  /// The smallest value whose bootstrap distribution function reaches `probability`.
  private static func quantile(
    _ probability: Double, ofMiddle k: Int, ofSorted values: [Double]
  ) -> Double {
    let count = values.count
    var (below, reached) = (0, count)
    while reached - below > 1 {
      let middle = below + (reached - below) / 2
      let distribution =
        1
        - BinomialDistribution.cumulative(
          k - 1, trials: count, probability: Double(middle) / Double(count))
      if distribution >= probability { reached = middle } else { below = middle }
    }
    return values[reached - 1]
  }
}
