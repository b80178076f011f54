/// The distribution of factor X + constant, factor not 0.
struct AffineMarginal: MarginalDistribution {
  private let base: Marginal
  private let factor: Double
  private let constant: Double

  init(of base: Marginal, factor: Double, constant: Double) {
    precondition(factor != 0)
    (self.base, self.factor, self.constant) = (base, factor, constant)
  }

  var mean: Double { factor * base.mean + constant }
  var standardDeviation: Double { factor.magnitude * base.standardDeviation }

  private func original(_ x: Double) -> Double { (x - constant) / factor }

  func cumulativeProbability(at x: Double) -> Double {
    factor > 0
      ? base.cumulativeProbability(at: original(x)) : base.upperTailProbability(at: original(x))
  }

  func upperTailProbability(at x: Double) -> Double {
    factor > 0
      ? base.upperTailProbability(at: original(x)) : base.cumulativeProbability(at: original(x))
  }

  func quantile(_ probability: Double) -> Double {
    factor * (factor > 0 ? base.quantile(probability) : base.upperTailQuantile(probability))
      + constant
  }

  func upperTailQuantile(_ probability: Double) -> Double {
    factor * (factor > 0 ? base.upperTailQuantile(probability) : base.quantile(probability))
      + constant
  }

  var normals: [(weight: Double, mean: Double, variance: Double)] {
    base.normals.map { ($0.weight, factor * $0.mean + constant, factor * factor * $0.variance) }
  }
}

extension Marginal {
  /// The distribution of factor X + constant, factor not 0.
  func transformed(factor: Double, constant: Double = 0) -> Marginal {
    factor == 1 && constant == 0
      ? self : Marginal(AffineMarginal(of: self, factor: factor, constant: constant))
  }
}
