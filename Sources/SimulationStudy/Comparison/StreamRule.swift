/// Whether two runs have had the same data. Their estimates then go together, whatever has become of the
/// estimator; after a change in a random stream they have nothing to do with each other, and a comparison
/// replicate by replicate means nothing.
enum StreamRule {
  /// Fewer replicates say nothing on a correlation.
  static let fewestReplicates = 10
  /// Squared correlations of unrelated columns of 10 are below this in 9 of 10 cases, and the median of several
  /// nearly always; those of one estimator with a defect, or of two estimators, are far above it.
  static let leastSquaredCorrelation = 0.3

  /// If only part of the streams has changed, such as that of the counts, estimates still have the random effects in
  /// common, and are related. But what an evidence bound is depends on the data most of all: on the same data bounds stay in
  /// nearly the same order, whatever a defect does. In the scenarios of the regression study one more draw before the counts
  /// leaves a squared correlation of 0.58 to 0.973 to the estimates and of 0.80 to 0.996 to the bounds' ranks; between
  /// any two of the four approximations, which differ more than a version and its successor, those are 0.982 or
  /// more, and 0.988 or more. Where both are below these, the data are others.
  static let leastSquaredCorrelationBesides = 0.98
  static let leastSquaredRankCorrelationOfBounds = 0.998

  /// The median over methods and parameters of the squared correlation of old and new estimates; nil where
  /// there are too few replicates, or nothing varies.
  static func squaredCorrelation(_ pairings: [MethodPairing]) -> Double? {
    var squares: [Double] = []
    for pairing in pairings where pairing.pairs.count >= fewestReplicates {
      for parameter in pairing.parameters {
        let estimates = pairing.estimates(of: parameter)
        guard estimates.count >= fewestReplicates else { continue }
        let square = Moments.squaredCorrelation(
          estimates.map(\.baseline.estimate), estimates.map(\.current.estimate))
        if square.isFinite { squares.append(square) }
      }
    }
    return Moments.quantile(ofSorted: squares.sorted(), 0.5)
  }

  /// The median over methods of the squared rank correlation of old and new bounds; nil where there are too few.
  static func squaredRankCorrelationOfBounds(_ pairings: [MethodPairing]) -> Double? {
    let squares = pairings.compactMap { pairing -> Double? in
      let bounds = pairing.pairs.compactMap { pair -> (old: Double, new: Double)? in
        guard let old = pair.baseline.evidenceLowerBound, old.isFinite,
          let new = pair.current.evidenceLowerBound, new.isFinite
        else { return nil }
        return (old, new)
      }
      guard bounds.count >= fewestReplicates else { return nil }
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

  /// A replicate whose true parameter, drawn for it alone, is another.
  struct OtherTruth: Sendable, Equatable {
    let replicate: Int
    let parameter: String
    let baseline: Double
    let current: Double
  }

  /// Another machine's logarithm may round a draw elsewhere.
  private static let roundingOfTruths = 1e-9

  /// The first replicate with another truth; nil where there is none, as where all replicates have the same.
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

  /// What shows that the data are others, and in which replicate; nil if nothing does.
  static func evidence(_ pairings: [MethodPairing]) -> (text: String, replicate: Int?)? {
    if let other = otherTruth(pairings) {
      let short = ComparisonNumber.short
      return (
        "The true parameters are others (\(other.parameter) of replicate \(other.replicate) was "
          + "\(short(other.baseline)) and is \(short(other.current)))", other.replicate
      )
    }
    guard let correlation = squaredCorrelation(pairings) else { return nil }
    let size = ReportNumber.fixed(correlation, decimals: 2)
    let replicate = pairings.first?.pairs.first?.replicate
    if correlation < leastSquaredCorrelation {
      return (
        "Old and new estimates have nothing to do with each other (median squared correlation \(size))",
        replicate
      )
    }
    guard correlation < leastSquaredCorrelationBesides,
      let bounds = squaredRankCorrelationOfBounds(pairings),
      bounds < leastSquaredRankCorrelationOfBounds
    else { return nil }
    return (
      "Old and new estimates are hardly related (median squared correlation \(size)), nor are the bounds' ranks "
        + "(\(ReportNumber.fixed(bounds, decimals: 2)))",
      replicate
    )
  }
}
