import PlatformEssentials

/// Pareto-smoothed importance sampling (Vehtari, Simpson, Gelman, Yao & Gabry 2024): the largest
/// ratios are replaced by the expected order statistics of a generalized Pareto distribution that
/// is fitted to them, whose shape k tells how far the result can be trusted: to some 0.7.
struct ParetoSmoothing {
  /// The logs of the smoothed ratios, in the order of the draws, up to a constant.
  let logWeights: [Double]
  /// The shape of the tail; infinite where there are too few distinct ratios to fit one.
  let shape: Double

  /// Fewer ratios have no tail that could be fitted.
  private static let fewestInTail = 5

  /// - Parameter logRatios: finite numbers, one a draw.
  init(logRatios: [Double]) {
    let count = logRatios.count
    let peak = logRatios.max() ?? 0
    var weights = logRatios.map { $0 - peak }
    let tail = Int(min(0.2 * Double(count), 3 * Double(count).squareRoot()).rounded(.up))
    let order = weights.indices.sorted { weights[$0] < weights[$1] }
    var found = Double.infinity
    if tail >= Self.fewestInTail, tail < count {
      let places = order.suffix(tail)
      let cutoff = max(weights[order[count - tail - 1]], log(Double.leastNormalMagnitude))
      let threshold = exp(cutoff)
      let excesses = places.map { exp(weights[$0]) - threshold }
      if let last = excesses.last, last > 0, let fit = GeneralizedPareto(ascending: excesses) {
        found = fit.shape
        for (index, place) in places.enumerated() {
          let probability = (Double(index) + 0.5) / Double(tail)
          weights[place] = log(threshold + fit.quantile(probability))
        }
      }
    }
    // No weight is larger than the largest ratio was.
    logWeights = weights.map { min($0, 0) }
    shape = found
  }

  /// log of the mean of exp(values) under the normalized weights.
  func logMean(_ values: [Double]) -> Double {
    let terms = zip(values, logWeights).map(+)
    return Self.logSum(terms) - Self.logSum(logWeights)
  }

  static func logSum(_ logs: [Double]) -> Double {
    let peak = logs.max() ?? 0
    return peak + log(logs.reduce(0) { $0 + exp($1 - peak) })
  }
}

/// A generalized Pareto distribution of excesses, by Zhang & Stephens' (2009) nearly Bayesian
/// estimate, its shape drawn towards 1/2 by as much as 10 observations.
struct GeneralizedPareto {
  let shape: Double
  let scale: Double

  /// - Parameter values: positive but for the first ones, ascending.
  init?(ascending values: [Double]) {
    let n = values.count
    let (largest, quarter) = (values[n - 1], values[Int((Double(n) / 4 + 0.5).rounded(.down)) - 1])
    guard largest > 0, quarter > 0 else { return nil }
    let candidates = 30 + Int(Double(n).squareRoot().rounded(.down))
    let thetas = (1...candidates).map { index in
      1 / largest
        + (1 - (Double(candidates) / (Double(index) - 0.5)).squareRoot()) / (3 * quarter)
    }
    func meanLog(_ theta: Double) -> Double {
      values.reduce(0) { $0 + log1p(-theta * $1) } / Double(n)
    }
    let likelihoods = thetas.map { theta in
      let k = meanLog(theta)
      return Double(n) * (log(-theta / k) - k - 1)
    }
    let total = ParetoSmoothing.logSum(likelihoods)
    let theta = zip(thetas, likelihoods).reduce(0) { $0 + $1.0 * exp($1.1 - total) }
    let k = meanLog(theta)
    guard theta.isFinite, k.isFinite, theta != 0 else { return nil }
    scale = -k / theta
    shape = (Double(n) * k + 10 * 0.5) / (Double(n) + 10)
  }

  func quantile(_ probability: Double) -> Double {
    shape == 0
      ? -scale * log1p(-probability) : scale * expm1(-shape * log1p(-probability)) / shape
  }
}
