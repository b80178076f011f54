import GSLNumerics
import PlatformEssentials

/// The prior of one log SD s = log sigma. Where that of sigma has the density p,
///
///     log p(s) = log p(sigma) + s
///
/// All of these are concave in s. Towards small SDs they fall as a normal density, or as exp(s)
/// where p(0) is above 0.
struct LogSDPrior: Sendable, Equatable {
  let prior: SDPrior
  /// What of log p(s) does not depend on s.
  private let constant: Double

  init(_ prior: SDPrior) {
    self.prior = prior
    constant =
      switch prior {
      case .logNormal(_, let sd): -0.5 * log(2 * Double.pi * sd * sd)
      case .halfNormal(let scale): 0.5 * log(2 / Double.pi) - log(scale)
      case .halfT(let degrees, let scale):
        log(2) + GammaFunction.logGamma(0.5 * (degrees + 1)) - GammaFunction.logGamma(0.5 * degrees)
          - 0.5 * log(degrees * Double.pi) - log(scale)
      case .exponential(let rate): log(rate)
      }
  }

  /// N(0, sd^2).
  static func normal(sd: Double) -> LogSDPrior {
    LogSDPrior(.logNormal(mean: 0, standardDeviation: sd))
  }

  /// log p(s).
  func logDensity(at s: Double) -> Double {
    switch prior {
    case .logNormal(let mean, let sd):
      return constant - 0.5 * (s - mean) * (s - mean) / (sd * sd)
    case .halfNormal(let scale):
      return constant + s - 0.5 * exp(2 * (s - log(scale)))
    case .halfT(let degrees, let scale):
      // log(1 + sigma^2 / (df scale^2)), whose exponential may be too large.
      let x = 2 * (s - log(scale)) - log(degrees)
      return constant + s - 0.5 * (degrees + 1) * (max(x, 0) + log1p(exp(-x.magnitude)))
    case .exponential(let rate):
      return constant + s - exp(s + log(rate))
    }
  }

  /// The derivative of log p(s).
  func slope(at s: Double) -> Double {
    switch prior {
    case .logNormal(let mean, let sd): -(s - mean) / (sd * sd)
    case .halfNormal(let scale): 1 - exp(2 * (s - log(scale)))
    case .halfT(let degrees, let scale):
      1 - (degrees + 1) / (1 + degrees * exp(-2 * (s - log(scale))))
    case .exponential(let rate): 1 - exp(s + log(rate))
    }
  }

  /// The second derivative, never above 0.
  func curvature(at s: Double) -> Double {
    switch prior {
    case .logNormal(_, let sd): -1 / (sd * sd)
    case .halfNormal(let scale): -2 * exp(2 * (s - log(scale)))
    case .halfT(let degrees, let scale):
      // r = sigma^2 / (df scale^2); r / (1 + r)^2 where r may be 0 or infinite.
      -2 * (degrees + 1)
        / ((1 + exp(2 * (s - log(scale))) / degrees) * (1 + degrees * exp(-2 * (s - log(scale)))))
    case .exponential(let rate): -exp(s + log(rate))
    }
  }

  /// E log p(s) for s ~ N(mean, variance): exact for a normal prior, otherwise to second order.
  func expectedLogDensity(mean: Double, variance: Double) -> Double {
    logDensity(at: mean) + 0.5 * variance * curvature(at: mean)
  }

  /// The density that power-scaling raises to a power, up to a constant: p(sigma) but for the
  /// lognormal prior, which is a prior of s.
  func logScaledDensity(at s: Double) -> Double {
    isNormal ? logDensity(at: s) : logDensity(at: s) - s
  }

  /// E `logScaledDensity` for s ~ N(mean, variance), as `expectedLogDensity`.
  func expectedLogScaledDensity(mean: Double, variance: Double) -> Double {
    expectedLogDensity(mean: mean, variance: variance) - (isNormal ? 0 : mean)
  }

  private var isNormal: Bool { if case .logNormal = prior { true } else { false } }

  /// Where log p(s) is largest.
  var mode: Double {
    switch prior {
    case .logNormal(let mean, _): mean
    case .halfNormal(let scale), .halfT(_, let scale): log(scale)
    case .exponential(let rate): -log(rate)
    }
  }

  /// The least curvature that the posterior counts as having: the normal prior's own; elsewhere
  /// that of an SD of 2, wider than all priors here but for half-t with few degrees of freedom.
  var leastPrecision: Double {
    if case .logNormal(_, let sd) = prior { 1 / (sd * sd) } else { 0.25 }
  }

  /// How much deeper than elsewhere a lattice goes below the highest log density.
  ///
  /// Under a wide normal prior there can be a wide plateau of the density, where random effects are
  /// nearly 0: its width makes up for its low height, so that the depth grows with the prior SD.
  /// What a tail exp(s) has below exp(-9) is 1 % of the variance, below exp(-13) less than .1 %.
  var tailDepth: Double {
    if case .logNormal(_, let sd) = prior { log(max(1, sd / 3)) } else { 4 }
  }

  /// Whether the tail to the left falls as exp(s): so slowly that a lattice keeps its points near
  /// each other for longer.
  var hasExponentialTail: Bool { !isNormal }
}

extension Sequence<LogSDPrior> {
  /// How much deeper a lattice goes in the tails of all of them.
  var tailDepth: Double { reduce(0) { Swift.max($0, $1.tailDepth) } }
  /// Whether some tail falls as exp(s).
  var hasExponentialTail: Bool { contains { $0.hasExponentialTail } }
}
