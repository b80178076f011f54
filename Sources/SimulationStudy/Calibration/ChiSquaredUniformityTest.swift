import GSLNumerics

/// Pearson's test that numbers from 0 to 1 are uniform: with n numbers of which O_b fall into bin b
/// of B equal ones and E = n / B, the statistic sum_b (O_b - E)^2 / E has about the chi-squared
/// distribution with B - 1 degrees of freedom.
public struct ChiSquaredUniformityTest: Sendable, Equatable {
  public static let defaultBins = 20
  /// Below this many expected in a bin the chi-squared distribution is a poor approximation
  /// (Cochran 1954).
  public static let fewestExpected = 5

  public let statistic: Double
  public let degreesOfFreedom: Int
  public let pValue: Double

  /// - Parameters:
  ///   - values: each from 0 to 1.
  ///   - bins: the most; fewer where otherwise less than 5 would be expected in one.
  /// - Returns: nil where the values are too few for 2 bins, or one of them is not from 0 to 1.
  public init?(_ values: [Double], bins: Int = defaultBins) {
    let bins = min(bins, values.count / Self.fewestExpected)
    guard bins >= 2, values.allSatisfy({ (0...1).contains($0) }) else { return nil }
    var counts = [Int](repeating: 0, count: bins)
    for value in values {
      // 1 belongs to the last bin.
      counts[min(bins - 1, Int(value * Double(bins)))] += 1
    }
    let expected = Double(values.count) / Double(bins)
    statistic = counts.reduce(0) { sum, count in
      let difference = Double(count) - expected
      return sum + difference * difference / expected
    }
    degreesOfFreedom = bins - 1
    pValue = ChiSquaredDistribution.upperTail(
      statistic, degreesOfFreedom: Double(degreesOfFreedom))
  }
}
