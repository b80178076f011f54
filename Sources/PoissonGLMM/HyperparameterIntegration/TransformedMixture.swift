import PlatformEssentials

/// The distribution of an increasing function of a variable that has a mixture of normals.
struct TransformedMixture: MarginalDistribution {
  /// The function, and its inverse.
  enum Transformation: Sendable, Equatable {
    case identity
    /// From the atanh of a correlation to the correlation.
    case hyperbolicTangent
    /// From a log SD to the SD.
    case exponential
    /// From x of a stretched log SD to the log SD: see `HyperparameterChart`.
    case stretch(center: Double, scale: Double)
    /// From the same x to the SD.
    case exponentialOfStretch(center: Double, scale: Double)

    /// The function at a point of the mixture.
    func callAsFunction(_ x: Double) -> Double {
      switch self {
      case .identity: x
      case .hyperbolicTangent: tanh(x)
      case .exponential: exp(x)
      case .stretch(let center, let scale): center + scale * TailStretch.value(x / scale)
      case .exponentialOfStretch(let center, let scale):
        exp(center + scale * TailStretch.value(x / scale))
      }
    }

    /// The point of the mixture at which the function has a value; infinite beyond its range.
    func inverse(_ value: Double) -> Double {
      switch self {
      case .identity: return value
      case .hyperbolicTangent:
        guard value.magnitude >= 1 else { return atanh(value) }
        return value < 0 ? -.infinity : .infinity
      case .exponential: return value > 0 ? log(value) : -.infinity
      case .stretch(let center, let scale):
        guard value.isFinite else { return value }
        return scale * TailStretch.inverse((value - center) / scale)
      case .exponentialOfStretch(let center, let scale):
        guard value > 0 else { return value.isNaN ? .nan : -.infinity }
        return Self.stretch(center: center, scale: scale).inverse(log(value))
      }
    }

    /// The derivative.
    func slope(_ x: Double) -> Double {
      switch self {
      case .identity: 1
      case .hyperbolicTangent: 1 - tanh(x) * tanh(x)
      case .exponential: exp(x)
      case .stretch(_, let scale): TailStretch.slope(x / scale)
      case .exponentialOfStretch(_, let scale): self(x) * TailStretch.slope(x / scale)
      }
    }
  }

  /// Of the function, not of the mixture.
  let mean: Double
  let standardDeviation: Double
  let mixture: NormalMixture
  let transformation: Transformation

  func cumulativeProbability(at x: Double) -> Double {
    mixture.cumulativeProbability(at: transformation.inverse(x))
  }

  func upperTailProbability(at x: Double) -> Double {
    mixture.upperTailProbability(at: transformation.inverse(x))
  }

  func quantile(_ probability: Double) -> Double {
    transformation(mixture.quantile(probability))
  }

  func upperTailQuantile(_ probability: Double) -> Double {
    transformation(mixture.upperTailQuantile(probability))
  }

  /// The normals of the mixture, each where the function takes its middle, as wide as the
  /// function's slope there makes it.
  var normals: [(weight: Double, mean: Double, variance: Double)] {
    mixture.normals.map { weight, mean, variance in
      let slope = transformation.slope(mean)
      return (weight, transformation(mean), slope * slope * variance)
    }
  }
}
