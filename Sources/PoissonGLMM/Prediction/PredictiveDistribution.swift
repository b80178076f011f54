import GSLNumerics
import PlatformEssentials

/// The predictive distribution of a new row: that of its linear predictor eta, that of its expected
/// count mu = exp(eta), and that of a new count y ~ Poisson(mu).
public struct PredictiveDistribution: Sendable {
  /// The distribution of eta: a normal, or a mixture of normals over the log SDs.
  public let linearPredictor: Marginal
  /// Weights, means and SDs of the normals.
  private let normals: [(weight: Double, mean: Double, sd: Double)]
  private let narrowest: Double
  /// Equidistant values of eta with their probabilities.
  private let grid: (values: [Double], probabilities: [Double])
  /// What a count's distribution is given mu; nil for Poisson.
  let counts: CountMixture?

  /// The distance of quadrature points in units of the narrower of two SDs. The trapezoidal rule
  /// for the product of two functions as smooth as a normal density and a normal distribution
  /// function is then exact to 1e-9.
  private static let step = 0.7
  /// The same for the logarithm of a gamma variable, which is not as smooth.
  private static let logGammaStep = 0.4
  private static let maximumPoints = 4000
  /// Components lighter than this may be narrower than the step allows for.
  private static let negligibleWeight = 1e-6
  /// Beyond this count the width of the Poisson distribution no longer matters: the distribution of
  /// mu takes the place of that of the count.
  private static let largestCount = 1e15

  init(_ linearPredictor: Marginal, counts: CountMixture? = nil) {
    self.linearPredictor = linearPredictor
    self.counts = counts
    normals = linearPredictor.normals.map { normal in
      // The lower limit is for a linear predictor that is known exactly, as far as doubles go.
      (
        normal.weight, normal.mean,
        max(normal.variance.squareRoot(), 1e-9 * (1 + normal.mean.magnitude))
      )
    }
    let heavy = normals.filter { $0.weight > Self.negligibleWeight }
    let narrowest = heavy.map(\.sd).min() ?? 1
    self.narrowest = narrowest
    let low = heavy.map { $0.mean - 8 * $0.sd }.min() ?? 0
    let high = heavy.map { $0.mean + 8 * $0.sd }.max() ?? 0
    guard (high - low).isFinite else {
      // The range of eta is not finite in doubles: all mass goes to its mean.
      grid = ([linearPredictor.mean], [1])
      return
    }
    var width = narrowest
    if let counts {
      // The log of a count is no narrower than this around the largest means.
      let largest = heavy.map { $0.mean + 2 * $0.sd }.max() ?? 0
      width = min(width, hypot(1 / (1 + exp(largest)).squareRoot(), counts.logSpread))
    }
    let step = max(Self.step * width, (high - low) / Double(Self.maximumPoints))
    let count = Int(((high - low) / step).rounded(.up))
    let values = (0...max(count, 1)).map { low + Double($0) * step }
    let densities = values.map { value in
      heavy.reduce(0) { sum, normal in
        let z = (value - normal.mean) / normal.sd
        return sum + normal.weight / normal.sd * exp(-0.5 * z * z)
      }
    }
    let total = densities.reduce(0, +)
    grid = (values, densities.map { $0 / total })
  }

  /// The distribution of the expected count: of mu or, with zero inflation, of mu times the mean
  /// share of other counts.
  public var expectedCount: ExponentialMarginal {
    guard let counts, counts.zeroShare > 0 else { return ExponentialMarginal(of: linearPredictor) }
    return ExponentialMarginal(
      of: linearPredictor.transformed(factor: 1, constant: log1p(-counts.zeroShare)))
  }

  /// P(y <= count), `count` rounded down.
  ///
  /// The Poisson distribution function is averaged over eta or, where it is the steeper of the two,
  /// the distribution function of eta over the logarithm of a gamma variable, by P(Poisson(mu) <=
  /// k) = P(Gamma(k + 1) > mu).
  public func countProbability(atMost count: Double) -> Double {
    let k = count.rounded(.down)
    guard k >= 0 else { return k.isNaN ? .nan : 0 }
    if k >= Self.largestCount { return linearPredictor.cumulativeProbability(at: log(k)) }
    if let counts {
      var sum = 0.0
      for (value, probability) in zip(grid.values, grid.probabilities) where probability > 1e-10 {
        sum += probability * counts.cumulative(k, rate: exp(value))
      }
      return min(sum, 1)
    }
    let sdOfLogGamma = 1 / (k + 1).squareRoot()
    if narrowest < sdOfLogGamma {
      var sum = 0.0
      for (value, probability) in zip(grid.values, grid.probabilities) where probability > 1e-18 {
        sum += probability * PoissonDistribution.cumulative(k, mean: exp(value))
      }
      return min(sum, 1)
    }
    return min(averageOverLogGamma(shape: k + 1), 1)
  }

  /// The smallest count k with P(y <= k) >= `probability`; infinite if there is none below 1e300.
  public func countQuantile(_ probability: Double) -> Double {
    guard probability >= 0, probability <= 1 else { return .nan }
    if probability == 1 { return .infinity }
    // The guess need not be good, unless counts are so large that it is the answer.
    var guess = exp(
      linearPredictor.mean
        + linearPredictor.standardDeviation * NormalDistribution.quantile(max(probability, 1e-300)))
    if !(guess < Self.largestCount) { guess = exp(linearPredictor.quantile(probability)) }
    func countBeyondLimit() -> Double {
      let count = exp(linearPredictor.quantile(probability))
      return count < 1e300 ? count.rounded() : .infinity
    }
    if guess >= Self.largestCount { return countBeyondLimit() }
    // A bracket (low, high] around the answer, by ever longer steps from the guess.
    var low = -1.0
    var high = max(guess.rounded(.down), 0)
    var reach = 1 + (high).squareRoot().rounded()
    if countProbability(atMost: high) >= probability {
      while high - reach > -1 {
        if countProbability(atMost: high - reach) < probability {
          low = high - reach
          break
        }
        high -= reach
        reach *= 2
      }
    } else {
      low = high
      high = low + reach
      while countProbability(atMost: high) < probability {
        guard high < Self.largestCount else { return countBeyondLimit() }
        reach *= 2
        low = high
        high += reach
      }
    }
    while high - low > 1 {
      let middle = (0.5 * (low + high)).rounded(.down)
      if countProbability(atMost: middle) < probability { low = middle } else { high = middle }
    }
    return high
  }

  /// E Phi_eta(T) for T = log Gamma(`shape`), whose log density at log(shape) + t is shape (t - e^t
  /// + 1), up to a constant.
  private func averageOverLogGamma(shape: Double) -> Double {
    let center = log(shape)
    let step = Self.logGammaStep / shape.squareRoot()
    var (sum, total) = (0.0, 0.0)
    for side in [-1.0, 1.0] {
      var index = side < 0 ? 0.0 : 1.0
      while true {
        let t = side * index * step
        // t - e^t + 1 cancels where t is small.
        let logDensity = shape * (t - expm1(t))
        guard logDensity > -40 else { break }
        let density = exp(logDensity)
        total += density
        sum += density * cumulative(center + t)
        index += 1
      }
    }
    return sum / total
  }

  private func cumulative(_ eta: Double) -> Double {
    normals.reduce(0) {
      $0 + $1.weight * NormalDistribution.cumulative((eta - $1.mean) / $1.sd)
    }
  }
}
