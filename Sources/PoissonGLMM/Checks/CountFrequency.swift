import PlatformEssentials

/// How many rows have a count, or one of a range of counts, and how many the model expects.
public struct CountFrequency: Sendable, Equatable {
  /// The smallest and the largest count meant.
  public let counts: ClosedRange<Int>
  /// The number of rows.
  public let observed: Double
  /// The mean number of rows over draws from the posterior.
  public let expected: Double

  /// `3`, `10-14`.
  var name: String {
    counts.count == 1 ? "\(counts.lowerBound)" : "\(counts.lowerBound)-\(counts.upperBound)"
  }
}

extension PoissonMixedModel {
  /// How often each count is there and how often the model expects it, from 0 to the largest: each
  /// by itself up to 40, in ranges of equal width beyond.
  /// - Parameter fit: a fit of this model.
  /// - Returns: none where numbers leave the range of doubles.
  public func countFrequencies(of fit: PoissonMixedModelFit) -> [CountFrequency] {
    guard let drawer = CheckDrawer(self, fit.posterior) else { return [] }
    let largest = (0..<data.rowCount).reduce(0) { max($0, data.counts.pointer[$1]) }
    guard largest < Self.largestBinned else { return [] }
    let width = Int(largest) / Self.mostBins + 1
    let bins = Int(largest) / width + 1
    var observed = [Double](repeating: 0, count: bins)
    for row in 0..<data.rowCount { observed[Int(data.counts.pointer[row]) / width] += 1 }
    let draws = drawer.expectedFrequencies(bins: bins, width: width, draws: Self.frequencyDraws)
    guard !draws.isEmpty else { return [] }
    let frequencies = (0..<bins).map { bin in
      CountFrequency(
        counts: (bin * width)...(bin * width + width - 1), observed: observed[bin],
        expected: draws.reduce(0) { $0 + $1[bin] } / Double(draws.count))
    }
    return frequencies.allSatisfy(\.expected.isFinite) ? frequencies : []
  }

  private static let mostBins = 40
  private static let largestBinned = 1e9
  private static let frequencyDraws = 4
}
