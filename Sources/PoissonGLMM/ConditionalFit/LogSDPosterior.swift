import PlatformEssentials

/// q(s_k) = N(mean, variance), the variational posterior of one log standard deviation.
///
/// Let T be the sum of E u^2 over the term's N effects, and s ~ N(0, tau^2). The part of the bound
/// that depends on s is
///
///     -N s - T w / 2 - (s^2 + r) / (2 tau^2) + (log r) / 2,
///     w = E exp(-2 s) = exp(-2 mean + 2 r)
///
/// and its maximum solves E = T w, with E = N + mean / tau^2 and r = 1 / (2 E + 1 / tau^2).
struct LogSDPosterior: Equatable, Sendable {
  let mean: Double
  let variance: Double
  /// log E exp(-2 s): the log of the precision under which the effects are fitted.
  let logTermPrecision: Double

  /// A point mass.
  init(at value: Double) {
    mean = value
    variance = 0
    logTermPrecision = -2 * value
  }

  /// E exp(-2 s).
  var termPrecision: Double { exp(logTermPrecision) }

  /// The member of the family of optima that has this mean; `mean` > -N tau^2.
  private init(mean: Double, effects: Double, priorSD: Double) {
    let priorPrecision = 1 / (priorSD * priorSD)
    self.mean = mean
    variance = 1 / (2 * (effects + mean * priorPrecision) + priorPrecision)
    logTermPrecision = -2 * mean + 2 * variance
  }

  /// The posterior that maximizes the bound for the given sum of squares T > 0.
  init(sumOfSquares: Double, effects: Double, priorSD: Double) {
    let priorPrecision = 1 / (priorSD * priorSD)
    let logSquares = log(max(sumOfSquares, .leastNormalMagnitude))
    // Newton on the decreasing function log T + log w(s) - log E(s), kept inside a bracket. It
    // tends to +infinity at the lower end, where E = 0.
    var lower = -effects / priorPrecision
    var upper = Double.infinity
    var s = max(0.5 * (logSquares - log(effects)), lower / 2)
    for _ in 0..<200 {
      let candidate = LogSDPosterior(mean: s, effects: effects, priorSD: priorSD)
      let expected = effects + s * priorPrecision
      let value = logSquares + candidate.logTermPrecision - log(expected)
      if value > 0 { lower = max(lower, s) } else { upper = min(upper, s) }
      let slope = candidate.logTermPrecisionSlope(priorSD: priorSD) - priorPrecision / expected
      var next = s - value / slope
      if !(next > lower) { next = 0.5 * (lower + s) }
      if !(next < upper) { next = 0.5 * (s + upper) }
      let change = (next - s).magnitude
      s = next
      if change <= 1e-15 * (1 + s.magnitude) { break }
    }
    self.init(mean: s, effects: effects, priorSD: priorSD)
  }

  /// d logTermPrecision / d mean along the family of optima; near -2.
  func logTermPrecisionSlope(priorSD: Double) -> Double {
    -2 - 4 * variance * variance / (priorSD * priorSD)
  }

  /// The family's member after a change of log w, for a trial step; the change is first bounded so
  /// that the mean stays well inside its range.
  func shifted(logTermPrecisionBy change: Double, effects: Double, priorSD: Double)
    -> LogSDPosterior
  {
    let step = max(-1, min(1, change / logTermPrecisionSlope(priorSD: priorSD)))
    let lower = -effects * priorSD * priorSD
    return LogSDPosterior(
      mean: max(mean + step, 0.5 * (mean + lower)), effects: effects, priorSD: priorSD)
  }

  /// E log p(u | s).
  func effectsTerm(sumOfSquares: Double, effects: Double) -> Double {
    -0.5 * effects * log(2 * Double.pi) - effects * mean - 0.5 * termPrecision * sumOfSquares
  }

  /// The terms of the evidence bound that contain this log SD: E log p(u | s) + E log p(s) + the
  /// entropy of q(s).
  func bound(sumOfSquares: Double, effects: Double, priorSD: Double) -> Double {
    let effectsTerm = effectsTerm(sumOfSquares: sumOfSquares, effects: effects)
    let priorTerm =
      -0.5 * log(2 * Double.pi * priorSD * priorSD)
      - 0.5 * (mean * mean + variance) / (priorSD * priorSD)
    let entropy = 0.5 * (1 + log(2 * Double.pi * variance))
    return effectsTerm + priorTerm + entropy
  }
}
