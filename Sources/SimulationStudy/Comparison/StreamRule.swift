/// Whether two runs have had the same data, replicate by replicate; if not, a comparison means
/// nothing.
///
/// The fingerprint of the first data set tells. Where one side has none, because it was recorded by
/// a version that noted none, the estimates have to: on the same data they go together, whatever
/// has become of the estimator; after a change in a random stream they are less related, or not at
/// all.
enum StreamRule {
  /// Fewer replicates say nothing on a correlation.
  static let minimumReplicates = 10
  /// Squared correlations of unrelated columns of 10 are below this in 9 of 10 cases, and the
  /// median of several nearly always; those of one estimator with a defect, or of two estimators,
  /// are far above it.
  static let minimumSquaredCorrelation = 0.3

  /// If only part of the streams has changed, such as that of the counts, estimates still have the
  /// random effects in common, and are related. What an evidence bound is depends on the data most
  /// of all: on the same data bounds stay in nearly the same order. In the scenarios of the
  /// regression study one more draw before the counts leaves a squared correlation of 0.58 to 0.973
  /// to the estimates and of 0.80 to 0.996 to the bounds' ranks; between any two of the four
  /// approximations, which differ more than a version and its successor, those are 0.982 or more,
  /// and 0.988 or more. The two limits were put between these numbers, and have no other ground:
  /// where both fall short, the data are others by all likelihood, and no more is said.
  static let minimumSquaredCorrelationBesides = 0.98
  static let minimumSquaredRankCorrelationOfBounds = 0.998

  /// The median over methods and parameters of the squared correlation of old and new estimates;
  /// nil where there are too few replicates, or nothing varies.
  static func squaredCorrelation(_ pairings: [MethodPairing]) -> Double? {
    var squares: [Double] = []
    for pairing in pairings where pairing.pairs.count >= minimumReplicates {
      for parameter in pairing.parameters {
        let estimates = pairing.estimates(of: parameter)
        guard estimates.count >= minimumReplicates else { continue }
        let square = Moments.squaredCorrelation(
          estimates.map(\.baseline.estimate), estimates.map(\.current.estimate))
        if square.isFinite { squares.append(square) }
      }
    }
    return Moments.quantile(ofSorted: squares.sorted(), 0.5)
  }

  /// The median over methods of the squared rank correlation of old and new bounds; nil where there
  /// are too few.
  static func squaredRankCorrelationOfBounds(_ pairings: [MethodPairing]) -> Double? {
    let squares = pairings.compactMap { pairing -> Double? in
      let bounds = pairing.pairs.compactMap { pair -> (old: Double, new: Double)? in
        guard let old = pair.baseline.evidenceLowerBound, old.isFinite,
          let new = pair.current.evidenceLowerBound, new.isFinite
        else { return nil }
        return (old, new)
      }
      guard bounds.count >= minimumReplicates else { return nil }
      let square = Moments.squaredCorrelation(
        ranks(bounds.map(\.old)), ranks(bounds.map(\.new)))
      return square.isFinite ? square : nil
    }
    return Moments.quantile(ofSorted: squares.sorted(), 0.5)
  }

  private static func ranks(_ values: [Double]) -> [Double] {
    var ranks = [Double](repeating: 0, count: values.count)
    for (rank, position) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
      ranks[position] = Double(rank)
    }
    return ranks
  }

  /// A replicate that has another true parameter than it had; each replicate draws its own.
  struct OtherTruth: Sendable, Equatable {
    let replicate: Int
    let parameter: String
    let baseline: Double
    let current: Double
  }

  /// Another machine's logarithm may round a draw elsewhere.
  private static let roundingOfTruths = 1e-9

  /// The first replicate with another truth; nil where there is none, as where all replicates have
  /// the same.
  static func otherTruth(_ pairings: [MethodPairing]) -> OtherTruth? {
    for pairing in pairings {
      for pair in pairing.pairs {
        for before in pair.baseline.parameters {
          guard let old = before.truth, let new = pair.current[before.parameter]?.truth,
            !(abs(new - old) <= roundingOfTruths * (1 + abs(old)))
          else { continue }
          return OtherTruth(
            replicate: pair.replicate, parameter: before.parameter, baseline: old, current: new)
        }
      }
    }
    return nil
  }

  /// What shows that the data are others, without a full stop, and in which replicate; nil if
  /// nothing does.
  /// - Parameter fingerprints: if both are known, they alone decide.
  static func evidence(
    _ pairings: [MethodPairing],
    fingerprints: (baseline: DataFingerprint?, current: DataFingerprint?)
  ) -> (text: String, replicate: Int?)? {
    if let old = fingerprints.baseline, let new = fingerprints.current {
      return old == new
        ? nil : ("The first data set is another one (fingerprint \(new) instead of \(old))", 0)
    }
    return evidence(pairings)
  }

  /// What the records alone show.
  private static func evidence(
    _ pairings: [MethodPairing]
  ) -> (text: String, replicate: Int?)? {
    if let other = otherTruth(pairings) {
      let short = ComparisonNumber.short
      return (
        "The true parameters are others (\(other.parameter) of replicate \(other.replicate) was "
          + "\(short(other.baseline)) and is \(short(other.current)))", other.replicate
      )
    }
    guard let correlation = squaredCorrelation(pairings) else { return nil }
    let replicate = pairings.first?.pairs.first?.replicate
    if correlation < minimumSquaredCorrelation {
      return (
        "Old and new estimates have nothing to do with each other (median squared correlation "
          + "\(NumberText.fixed(correlation, decimals: 2))): the data are others", replicate
      )
    }
    guard correlation < minimumSquaredCorrelationBesides,
      let bounds = squaredRankCorrelationOfBounds(pairings),
      bounds < minimumSquaredRankCorrelationOfBounds
    else { return nil }
    func beside(_ size: Double, _ limit: Double) -> String {
      "\(NumberText.fixed(size, decimals: 4)), limit \(NumberText.exact(limit))"
    }
    return (
      "Old and new estimates are less related than the same data would make them (median squared "
        + "correlation \(beside(correlation, minimumSquaredCorrelationBesides)); of the bounds' "
        + "ranks \(beside(bounds, minimumSquaredRankCorrelationOfBounds))), and no fingerprint "
        + "says whether the data are "
        + "the same", replicate
    )
  }
}
