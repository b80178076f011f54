import GSLNumerics

/// Pearson's test that numbers from 0 to 1 are uniform: with n numbers of which O_b fall into bin b
/// of B equal ones and E = n / B, the statistic sum_b (O_b - E)^2 / E has about the chi-squared
/// distribution with B - 1 degrees of freedom.
public struct ChiSquaredUniformityTest: Sendable, Equatable {
  /// B, unless there are too few numbers for so many.
  public static let defaultBins = 20
  /// Below this many expected in a bin the chi-squared distribution is a poor approximation
  /// (Cochran 1954).
  public static let minimumExpected = 5

  /// The sum over the bins; about as large as the degrees of freedom where the numbers are uniform.
  public let statistic: Double
  /// B - 1.
  public let degreesOfFreedom: Int
  /// Upper tail probability of the statistic.
  public let pValue: Double

  /// - Parameters:
  ///   - values: each from 0 to 1.
  ///   - bins: the most; fewer where otherwise less than 5 would be expected in one.
  /// - Returns: nil where the values are too few for 2 bins, or one of them is not from 0 to 1.
  public init?(_ values: [Double], bins: Int = defaultBins) {
    let bins = min(bins, values.count / Self.minimumExpected)
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

/// A test that numbers from 0 to 1 are uniform, by the point at which their empirical distribution
/// function is least likely.
///
/// At each z_i = i / K the count of numbers up to z_i is binomial, and has a smaller tail t_i. The
/// p value is the probability that the smallest of all tails of uniform numbers is min t_i or less,
/// by the joint distribution of the counts (`UniformProcess`); it is below 1 - L where the curve
/// leaves the band of simultaneous level L.
public struct ECDFUniformityTest: Sendable, Equatable {
  /// K, unless there are fewer numbers.
  public static let defaultPoints = UniformProcess.defaultPoints

  /// The probability that uniform numbers have a tail as small somewhere.
  public let pValue: Double
  /// The largest distance of the distribution function from z, with its sign.
  public let largestDifference: Double
  /// Where that is; the first such z.
  public let place: Double

  /// - Parameters:
  ///   - values: each from 0 to 1.
  ///   - points: K, the most; no more than there are values.
  /// - Returns: nil for fewer than 2 values, or where one of them is not from 0 to 1.
  public init?(_ values: [Double], points: Int = defaultPoints) {
    guard let curve = EmpiricalCurve(values, points: points) else { return nil }
    let process = UniformProcess(count: values.count, points: points)
    let smallest = zip(process.tails, curve.counts).map { $0.smallerTail(at: $1) }.min() ?? 1
    // Tails that are equal but for rounding, as those of z and 1 - z are, count as equal.
    pValue = process.probabilityOutside(tail: smallest * (1 + 1e-10))
    var (largest, place) = (0.0, 0.0)
    for (z, difference) in zip(curve.probabilities, curve.differences)
    where difference.magnitude > largest.magnitude {
      (largest, place) = (difference, z)
    }
    (largestDifference, self.place) = (largest, place)
  }
}

/// An empirical distribution function at z_i = i / K, i = 1 ... K - 1.
struct EmpiricalCurve {
  let probabilities: [Double]
  /// Of numbers up to z_i.
  let counts: [Int]
  /// Share of numbers up to z_i, less z_i.
  let differences: [Double]

  init?(_ values: [Double], points: Int = UniformProcess.defaultPoints) {
    guard values.count >= 2, values.allSatisfy({ (0...1).contains($0) }) else { return nil }
    let points = max(2, min(points, values.count))
    let probabilities = (1..<points).map { Double($0) / Double(points) }
    // How many values have z_i as the first point that they do not exceed.
    var arrivals = [Int](repeating: 0, count: points)
    for value in values {
      // The product may round to the other side of a whole number.
      var index = min(points - 1, Int(value * Double(points)))
      while index > 0, value <= probabilities[index - 1] { index -= 1 }
      while index < points - 1, value > probabilities[index] { index += 1 }
      arrivals[index] += 1
    }
    var sum = 0
    counts = arrivals.dropLast().map { arrived in
      sum += arrived
      return sum
    }
    self.probabilities = probabilities
    let total = Double(values.count)
    differences = zip(counts, probabilities).map { Double($0) / total - $1 }
  }
}
