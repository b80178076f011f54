import Foundation
import GSLNumerics

/// How much longer fits take than they did.
///
/// In one round, each version once, the ratio is the median over the replicates of current over
/// baseline seconds: each data set is its own control, and the median does not mind single fits
/// that something else on the machine has disturbed. But what disturbs a machine lasts, and slows a
/// whole run or half of one. With several rounds, in each of which either version may be first, the
/// result is therefore the median of the rounds' ratios, and its interval that of the sign test
/// over rounds: if nothing has changed, a round's ratio is above 1 with the probability 1/2,
/// whatever goes on besides.
struct TimeRatio: Sendable, Equatable {
  let rounds: Int
  /// Replicates of the first round.
  let used: Int
  let median: Double
  let interval: Interval?

  struct Interval: Sendable, Equatable {
    let lower: Double
    let upper: Double
  }

  static let minimumReplicates = 10

  /// - Parameters:
  ///   - rounds: the fits of each, the first ones first.
  ///   - confidence: of the interval.
  /// - Returns: nil where a round has fewer than `minimumReplicates` measured times. There is no
  ///   interval where rounds are too few for one.
  init?(rounds: [MethodPairing], confidence: Double) {
    var medians: [Double] = []
    var first: [Double] = []
    for pairing in rounds {
      let ratios = Self.ratios(of: pairing)
      guard ratios.count >= Self.minimumReplicates,
        let median = Moments.quantile(ofSorted: ratios, 0.5)
      else { return nil }
      medians.append(median)
      if first.isEmpty { first = ratios }
    }
    medians.sort()
    guard let median = Moments.quantile(ofSorted: medians, 0.5) else { return nil }
    self.rounds = rounds.count
    used = first.count
    self.median = median
    interval =
      rounds.count == 1
      ? Self.bootstrapInterval(ofSorted: first, confidence: confidence)
      : Self.signTestInterval(ofSorted: medians, confidence: confidence)
  }

  /// Whether fits take longer than they did, whatever chance does.
  var isLonger: Bool { interval.map { $0.lower > 1 } ?? false }

  private static func ratios(of pairing: MethodPairing) -> [Double] {
    pairing.pairs.compactMap { pair -> Double? in
      guard pair.baselineSeconds > 0, pair.currentSeconds > 0 else { return nil }
      let ratio = pair.currentSeconds / pair.baselineSeconds
      return ratio.isFinite ? ratio : nil
    }.sorted()
  }

  /// The interval from the k-th smallest to the k-th largest of the values, for the largest k with
  /// P(K < k) <= (1 - confidence) / 2, K binomial with a trial of probability 1/2 for each value.
  /// - Returns: nil where even k = 1 has a larger probability.
  static func signTestInterval(ofSorted values: [Double], confidence: Double) -> Interval? {
    let tail = (1 - confidence) / 2
    var k = 0
    while 2 * k < values.count,
      BinomialDistribution.cumulative(k, trials: values.count, probability: 0.5) <= tail
    {
      k += 1
    }
    guard k > 0 else { return nil }
    return Interval(lower: values[k - 1], upper: values[values.count - k])
  }

  /// The fewest rounds that have an interval of a level.
  static func minimumRounds(confidence: Double) -> Int {
    // 2^-n <= (1 - confidence) / 2; a level is at most 1 - 1e-16 or so.
    max(2, Int((1 - log2(max(1 - confidence, 1e-16))).rounded(.up)))
  }

  /// The percentile bootstrap interval of the median that infinitely many resamples would give,
  /// without drawing any.
  ///
  /// A resample's k-th smallest value is at most the i-th smallest of the n values if at least k of
  /// its n draws are: a binomial probability with n trials of probability i / n (Efron 1982,
  /// chapter 10). For even n the interval reaches from that of the lower middle value to that of
  /// the upper.
  static func bootstrapInterval(ofSorted values: [Double], confidence: Double) -> Interval {
    let tail = (1 - confidence) / 2
    return Interval(
      lower: quantile(tail, ofMiddle: (values.count + 1) / 2, ofSorted: values),
      upper: quantile(1 - tail, ofMiddle: values.count / 2 + 1, ofSorted: values))
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

extension ComparisonNumber {
  /// `1.21 [1.19, 1.23]`, or without an interval where there is none.
  static func interval(_ time: TimeRatio) -> String {
    guard let interval = time.interval else { return ratio(time.median) }
    return "\(ratio(time.median)) [\(ratio(interval.lower)), \(ratio(interval.upper))]"
  }
}
