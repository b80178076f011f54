import GSLNumerics
import PlatformEssentials

/// Randomized probability integral transforms of counts, uniform where their means are right, and
/// two tests of them.
struct UniformResiduals {
  /// The largest distance of their distribution function from that of uniform numbers.
  let distance: Double
  /// The Kolmogorov-Smirnov test's.
  let uniformityP: Double
  /// The row with the smallest tail, in the order of `CheckRows`.
  let extremeRow: Int
  /// The probability that the smallest of n tails is as small.
  let extremeP: Double
  /// The normal score of that row.
  let extremeScore: Double
  /// The transforms, in ascending order.
  private let values: [Double]

  /// u = P(Y < y) + V P(Y = y) with V uniform.
  /// - Returns: nil without rows, or if a mean is not a number.
  init?(_ rows: CheckRows, means: DoubleStorage, _ stream: RandomStream) {
    self.init(rows, means: means, stream) { PoissonDistribution.cumulative($0, mean: $1) }
  }

  /// The same of counts of any family.
  /// - Parameters:
  ///   - means: rates.
  ///   - cumulative: P(Y <= count) at a rate.
  init?(
    _ rows: CheckRows, means: DoubleStorage, _ stream: RandomStream,
    cumulative: (_ count: Double, _ rate: Double) -> Double
  ) {
    let n = rows.count
    var values = [Double](repeating: 0, count: n)
    var (row, smallest) = (-1, 2.0)
    for i in 0..<n {
      let (y, mu) = (rows.counts.pointer[i], means.pointer[i])
      let below = cumulative(y - 1, mu)
      let upTo = cumulative(y, mu)
      let u = below + stream.uniform() * (upTo - below)
      guard u.isFinite else { return nil }
      values[i] = u
      let tail = 2 * min(u, 1 - u)
      if tail < smallest { (row, smallest) = (i, tail) }
    }
    guard n > 0 else { return nil }
    extremeRow = row
    extremeP = -expm1(Double(n) * log1p(-min(smallest, 1)))
    extremeScore =
      (values[row] < 0.5 ? -1 : 1)
      * NormalDistribution.upperTailQuantile(max(0.5 * smallest, Self.smallestTail))
    values.sort()
    self.values = values
    distance = Self.largestDistance(sorted: values)
    uniformityP = KolmogorovDistribution.upperTail(distance, count: n)
  }

  /// The mean square of the normal scores of all rows, 1 under the model.
  var meanSquare: Double {
    let sum = values.reduce(0) { sum, value in
      let score = NormalDistribution.upperTailQuantile(
        max(min(value, 1 - value), Self.smallestTail))
      return sum + score * score
    }
    return sum / Double(values.count)
  }

  /// What is left of 1 - u near 1.
  private static let smallestTail = 0x1p-53

  private static func largestDistance(sorted values: [Double]) -> Double {
    let n = Double(values.count)
    var distance = 0.0
    for (index, value) in values.enumerated() {
      distance = max(distance, Double(index + 1) / n - value, value - Double(index) / n)
    }
    return distance
  }
}

/// The distribution of the largest distance of the empirical distribution function of n independent
/// uniform numbers from the line.
enum KolmogorovDistribution {
  /// P(D > d): Kolmogorov's series at (sqrt(n) + 0.12 + 0.11 / sqrt(n)) d (Stephens 1970). From n =
  /// 10 on the error is below 0.0005 where P is below 0.06, and below 0.02 elsewhere.
  static func upperTail(_ distance: Double, count: Int) -> Double {
    let root = Double(count).squareRoot()
    let x = (root + 0.12 + 0.11 / root) * distance
    guard x > 0.2 else { return 1 }
    var sum = 0.0
    for k in 1...100 {
      let term = exp(-2 * Double(k * k) * x * x)
      sum += k % 2 == 1 ? term : -term
      if term < 1e-17 { break }
    }
    return min(max(2 * sum, 0), 1)
  }
}
