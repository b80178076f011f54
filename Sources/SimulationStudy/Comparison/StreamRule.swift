/// Whether two runs have had the same data. Their estimates then go together, whatever has become of the
/// estimator; after a change in a random stream they have nothing to do with each other, and a comparison
/// replicate by replicate means nothing.
enum StreamRule {
  /// Fewer replicates say nothing on a correlation.
  static let fewestReplicates = 10
  /// Squared correlations of unrelated columns of 10 are below this in 9 of 10 cases, and the median of several
  /// nearly always; those of one estimator with a defect, or of two estimators, are far above it.
  static let leastSquaredCorrelation = 0.3

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

  static func haveChanged(_ pairings: [MethodPairing]) -> Bool {
    squaredCorrelation(pairings).map { $0 < leastSquaredCorrelation } ?? false
  }
}
