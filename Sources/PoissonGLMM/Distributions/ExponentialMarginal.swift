import PlatformEssentials

/// The distribution of exp(X) for an X with a known `Marginal`: a standard deviation from its log,
/// a rate ratio from a coefficient, an expected count from a linear predictor.
public struct ExponentialMarginal: Sendable, Equatable {
  /// The distribution of X.
  public let logarithm: Marginal
  /// E exp(X), infinite where it exceeds a double's range.
  public let mean: Double
  /// The SD of exp(X), infinite where it exceeds a double's range.
  public let standardDeviation: Double

  /// For a normal X or a mixture of normals the moments are exact, E exp(X) = sum of w exp(m + v /
  /// 2); for the skewed marginals of coefficients they are so up to third cumulants; for a log SD
  /// they are sums over the points of its lattice.
  public init(of logarithm: Marginal) {
    self.logarithm = logarithm
    let normals = logarithm.normals
    let logMeans = normals.map { $0.mean + 0.5 * $0.variance }
    let peak = logMeans.max() ?? 0
    let sum = zip(normals, logMeans).reduce(0) { $0 + $1.0.weight * exp($1.1 - peak) }
    let logMean = peak + log(sum)
    mean = exp(logMean)
    // Var / mean^2: within the normals, and between their means.
    var variance = 0.0
    for (normal, component) in zip(normals, logMeans) {
      let ratio = exp(component - logMean)
      variance +=
        normal.weight * (ratio * ratio * expm1(normal.variance) + (ratio - 1) * (ratio - 1))
    }
    standardDeviation = variance == 0 ? 0 : mean * variance.squareRoot()
  }

  /// The value with probability 1/2 on either side.
  public var median: Double { quantile(0.5) }

  /// P(exp(X) <= x). NaN for NaN.
  public func cumulativeProbability(at x: Double) -> Double {
    x <= 0 ? 0 : logarithm.cumulativeProbability(at: log(x))
  }

  /// The x with P(exp(X) <= x) = `probability`; 0 and infinite for 0 and 1, NaN outside of them.
  public func quantile(_ probability: Double) -> Double { exp(logarithm.quantile(probability)) }

  /// The interval that holds exp(X) with probability 1 - `alpha`, with `alpha` / 2 on either side.
  public func interval(alpha: Double) -> (lower: Double, upper: Double) {
    let interval = logarithm.interval(alpha: alpha)
    return (exp(interval.lower), exp(interval.upper))
  }
}

/// The posterior of the standard deviation of a random term between groups, on its own scale.
public struct StandardDeviationPosterior: Sendable, Equatable {
  /// The term's name.
  public let name: String
  /// The distribution of the standard deviation.
  public let marginal: ExponentialMarginal
}
