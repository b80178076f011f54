import PlatformEssentials

extension FitOutput {
  /// What was asked of the joint posterior beyond its parameters.
  package struct Derived {
    /// Linear combinations of the fixed effects, under the names that they were written by.
    package var contrasts: [FixedEffect] = []
    package var means: [MarginalMeans] = []
    package var pairs: [Pairs] = []
  }

  /// The estimated marginal means of the levels of one factor.
  package struct MarginalMeans {
    package struct Mean {
      package let level: String
      package let mean: Double
      package let sd: Double
      package let interval: (lower: Double, upper: Double)
      /// The median of the expected count of a typical group, and its interval.
      package let count: Double
      package let countInterval: (lower: Double, upper: Double)
    }

    package let factor: String
    package let means: [Mean]
    /// The values at which covariates are held.
    package let covariates: [(name: String, mean: Double)]
    /// The average of the offset; nil in a model without one.
    package let offset: Double?
  }

  /// All differences between the marginal means of one factor's levels.
  package struct Pairs {
    package struct Difference {
      /// The level that is compared, and the one that it is compared with.
      package let levels: (second: String, first: String)
      /// With the tail probability and the interval of this difference alone.
      package let own: FixedEffect
      /// Those that allow for all differences.
      package let p: Double
      package let interval: (lower: Double, upper: Double)
    }

    package let factor: String
    package let criticalValue: Double
    package let differences: [Difference]
  }
}

extension FitOutput.FixedEffect {
  init(parameter: String, marginal: Marginal, alpha: Double) {
    let interval = marginal.interval(alpha: alpha)
    self.init(
      parameter: parameter, mean: marginal.mean, sd: marginal.standardDeviation,
      z: marginal.mean / marginal.standardDeviation, p: marginal.twoSidedTailProbability,
      interval: interval, irr: exp(marginal.mean),
      irrInterval: (exp(interval.lower), exp(interval.upper)))
  }
}

extension FitOutput.MarginalMeans {
  init(
    _ weights: MarginalMeanWeights, fit: PoissonMixedModelFit, hasOffset: Bool, alpha: Double
  ) throws(FitError) {
    factor = weights.factor
    covariates = Array(zip(weights.covariates, weights.covariateMeans))
    offset = hasOffset ? weights.offsets.reduce(0, +) / Double(weights.offsets.count) : nil
    var means: [Mean] = []
    for (index, level) in weights.levels.enumerated() {
      let marginal = try fit.linearCombination(
        weights.weights[index], plus: weights.offsets[index])
      let interval = marginal.interval(alpha: alpha)
      means.append(
        Mean(
          level: level, mean: marginal.mean, sd: marginal.standardDeviation, interval: interval,
          count: exp(marginal.quantile(0.5)),
          countInterval: (exp(interval.lower), exp(interval.upper))))
    }
    self.means = means
  }
}

extension FitOutput.Pairs {
  init(_ weights: MarginalMeanWeights, fit: PoissonMixedModelFit, alpha: Double) throws(FitError) {
    factor = weights.factor
    let pairs = try fit.pairwiseDifferences(
      of: weights.weights, offsets: weights.offsets, alpha: alpha)
    criticalValue = pairs.criticalValue
    differences = pairs.differences.map { pair in
      let levels = (weights.levels[pair.second], weights.levels[pair.first])
      return Difference(
        levels: levels,
        own: FitOutput.FixedEffect(
          parameter: "\(levels.0) - \(levels.1)", marginal: pair.marginal, alpha: alpha),
        p: pair.simultaneousTailProbability, interval: pair.simultaneousInterval)
    }
  }
}
