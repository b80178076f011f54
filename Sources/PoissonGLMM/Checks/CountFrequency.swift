import PlatformEssentials

/// How many rows have a count, or one of a range of counts, and how many the model expects.
public struct CountFrequency: Sendable, Equatable {
  /// The smallest and the largest count meant; `Int.max` where all larger ones are.
  public let counts: ClosedRange<Int>
  /// The number of rows.
  public let observed: Double
  /// The mean number of rows over draws from the posterior.
  public let expected: Double

  /// `3`, `10-14`, `40+`.
  var name: String {
    if counts.upperBound == .max { return "\(counts.lowerBound)+" }
    return counts.count == 1
      ? "\(counts.lowerBound)" : "\(counts.lowerBound)-\(counts.upperBound)"
  }
}

extension PoissonMixedModel {
  /// How often each count is there and how often the model expects it: each by itself up to 80,
  /// beyond that in ranges of equal width, but for zeros, which are always alone.
  ///
  /// The last range has all counts from one on that few rows reach, no more than sqrt(n) / 2 of n.
  /// It is left out where there are none and the model expects none.
  /// - Parameter fit: a fit of this model.
  /// - Returns: none where numbers leave the range of doubles.
  public func countFrequencies(of fit: PoissonMixedModelFit) -> [CountFrequency] {
    guard let drawer = CheckDrawer(self, fit.posterior) else { return [] }
    let counts = (0..<data.rowCount).map { data.counts.pointer[$0] }.sorted()
    guard let largest = counts.last, largest < Self.largestBinned else { return [] }
    let rowsOfTail = Int(Double(counts.count).squareRoot() / 2)
    let tail = Int(counts[counts.count - 1 - rowsOfTail]) + 1
    let width = (tail - 2) / Self.mostBins + 1
    let starts = [0] + Array(stride(from: 1, to: tail, by: width)) + [tail]
    var observed = [Double](repeating: 0, count: starts.count)
    var bin = 0
    for count in counts {
      while bin + 1 < starts.count, Double(starts[bin + 1]) <= count { bin += 1 }
      observed[bin] += 1
    }
    let draws = drawer.expectedFrequencies(starts: starts, draws: Self.frequencyDraws)
    guard !draws.isEmpty else { return [] }
    var frequencies = starts.indices.map { bin in
      CountFrequency(
        counts: starts[bin]...(bin + 1 < starts.count ? starts[bin + 1] - 1 : .max),
        observed: observed[bin],
        expected: draws.reduce(0) { $0 + $1[bin] } / Double(draws.count))
    }
    if let last = frequencies.last, last.observed == 0, last.expected < Self.fewRows {
      frequencies.removeLast()
    }
    return frequencies.allSatisfy(\.expected.isFinite) ? frequencies : []
  }

  private static let mostBins = 80
  /// Too few to be drawn.
  private static let fewRows = 0.5
  private static let largestBinned = 1e9
  private static let frequencyDraws = 4
}
