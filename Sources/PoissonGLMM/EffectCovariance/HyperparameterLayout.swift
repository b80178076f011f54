/// The hyperparameters phi of all grouping factors, one factor's after another's.
struct HyperparameterLayout: Sendable, Equatable {
  let factors: [CovarianceStructure]
  /// Where each factor's hyperparameters are in phi.
  let ranges: [Range<Int>]

  init(_ factors: [CovarianceStructure]) {
    var ranges: [Range<Int>] = []
    for factor in factors {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<(start + factor.hyperparameterCount))
    }
    (self.factors, self.ranges) = (factors, ranges)
  }

  /// The number of hyperparameters.
  var count: Int { ranges.last?.upperBound ?? 0 }

  /// Which factor's a hyperparameter is, and what it is there.
  struct Description: Sendable, Equatable {
    let factor: Int
    let hyperparameter: CovarianceStructure.Hyperparameter
  }

  /// What each hyperparameter is, in order.
  var descriptions: [Description] {
    factors.enumerated().flatMap { index, factor in
      factor.hyperparameters.map { Description(factor: index, hyperparameter: $0) }
    }
  }

  /// Whether each hyperparameter is a log SD and not a z.
  var isLogSD: [Bool] {
    descriptions.map { if case .logSD = $0.hyperparameter { true } else { false } }
  }
}

// MARK: At given hyperparameters

extension HyperparameterLayout {
  /// Sigma^-1 of every factor.
  func precisions(at phi: [Double]) -> [Matrix] {
    zip(factors, ranges).map { $0.precision(at: phi[$1]) }
  }

  /// log|Sigma| of every factor.
  func logDeterminants(at phi: [Double]) -> [Double] {
    zip(factors, ranges).map { $0.logDeterminant(at: phi[$1]) }
  }

  /// The derivatives of sum_k [-G_k/2 log|Sigma_k| - 1/2 tr(Sigma_k^-1 T_k)] by phi.
  /// - Parameters:
  ///   - levels: G_k, by factor.
  ///   - secondMoments: T_k, by factor.
  func gradient(at phi: [Double], levels: [Int], secondMoments: [Matrix]) -> [Double] {
    factors.indices.flatMap {
      factors[$0].gradient(
        at: phi[ranges[$0]], levels: levels[$0], secondMoments: secondMoments[$0])
    }
  }

  /// log p(phi).
  /// - Parameter priors: by factor.
  func logPrior(at phi: [Double], _ priors: [HyperparameterPrior]) -> Double {
    factors.indices.reduce(0) {
      $0 + factors[$1].logPrior(at: phi[ranges[$1]], priors[$1])
    }
  }

  /// The derivatives of log p(phi).
  func logPriorGradient(at phi: [Double], _ priors: [HyperparameterPrior]) -> [Double] {
    factors.indices.flatMap { factors[$0].logPriorGradient(at: phi[ranges[$0]], priors[$0]) }
  }
}

// MARK: Under independent normals

extension HyperparameterLayout {
  /// Expectations under independent normals of the hyperparameters.
  func moments(means: [Double], variances: [Double]) -> HyperparameterMoments {
    HyperparameterMoments(self, means: means, variances: variances)
  }
}

/// What the `structured` approximation needs to know of q(phi), independent normals N(m_a, r_a).
struct HyperparameterMoments {
  /// By factor.
  let factors: [CovarianceMoments]

  init(_ layout: HyperparameterLayout, means: [Double], variances: [Double]) {
    factors = zip(layout.factors, layout.ranges).map {
      CovarianceMoments($0, means: Array(means[$1]), variances: Array(variances[$1]))
    }
  }

  /// E Sigma_k^-1 of every factor.
  var precisions: [Matrix] { factors.map(\.precision) }

  /// E log|Sigma_k| of every factor.
  var logDeterminants: [Double] { factors.map(\.logDeterminant) }

  /// E log p(phi) and the entropy of q(phi).
  /// - Parameter priors: by factor.
  func logPriorAndEntropy(_ priors: [HyperparameterPrior]) -> Double {
    zip(factors, priors).reduce(0) { $0 + $1.0.logPrior($1.1) + $1.0.entropy }
  }

  /// The derivatives, with T_k held, of
  ///
  ///     sum_k [-G_k/2 E log|Sigma_k| - 1/2 tr(E Sigma_k^-1 T_k)] + E log p(phi) + entropy
  func gradient(
    levels: [Int], secondMoments: [Matrix], _ priors: [HyperparameterPrior]
  ) -> CovarianceMoments.Gradient {
    var sum = CovarianceMoments.Gradient(means: [], logVariances: [])
    for (index, factor) in factors.enumerated() {
      let fit = factor.gradient(levels: levels[index], secondMoments: secondMoments[index])
      let own = factor.logPriorGradient(priors[index])
      sum.means += zip(fit.means, own.means).map(+)
      sum.logVariances += zip(fit.logVariances, own.logVariances).map { $0 + $1 + 0.5 }
    }
    return sum
  }
}

extension HyperparameterLayout {
  /// Sigma = D R D of every factor.
  func covariances(at phi: [Double]) -> [Matrix] {
    zip(factors, ranges).map { factor, range in
      let sds = factor.standardDeviations(at: phi[range])
      let correlations = factor.correlations(at: phi[range])
      var covariance = Matrix(order: factor.termCount)
      for (set, correlation) in zip(factor.sets, correlations) {
        for i in set {
          for j in set {
            covariance[i, j] =
              sds[i] * sds[j] * correlation[i - set.lowerBound, j - set.lowerBound]
          }
        }
      }
      return covariance
    }
  }
}
