import PlatformEssentials

/// E[log p(theta) | x], the prior's log density as one of the parameters knows it, from the
/// Gaussians of a posterior.
///
/// Given phi, b ~ N(m, C). With g = C e_c / C_cc the others follow b_c = m_c + t linearly, and
///
///     E[log p(b) | b_c] = -1/2 (|m|^2 + tr C) / V - t g'm / V - 1/2 (t^2 - C_cc) |g|^2 / V
///
/// up to a constant, V being the prior's variance. This is the change of m and C as the prior's
/// precision grows, dm = -C m / V and dC = -C C / V. Over the points of phi it is an average with
/// the weights that these have given b_c.
///
/// Of phi itself the own log density is known. The rest varies smoothly with it: where the points
/// give values of phi rather than normals, it is a cubic through what they have, by least squares.
struct ConditionalLogPrior {
  private let components: [Component]
  private let priors: FittedPriors

  private struct Component {
    let weight: Double
    let gaussian: GaussianPosterior
    /// E log p(theta).
    let level: Double
    /// M^-1 m.
    let ownMean: [Double]
  }

  /// Components of less weight change nothing.
  private static let negligibleWeight = 1e-10
  private static let polynomialDegree = 3

  init(_ posterior: Posterior, priors: FittedPriors) {
    self.priors = priors
    let variance = priors.priors.fixedEffectSD * priors.priors.fixedEffectSD
    components = posterior.components.filter { $0.weight > Self.negligibleWeight }.map {
      component in
      let gaussian = component.gaussian
      let mean = priors.ownEffects(gaussian.fixedMean)
      var level =
        -0.5 * (mean.reduce(0) { $0 + $1 * $1 } + priors.trace(gaussian.fixedCovariance))
        / variance
      for index in gaussian.logSDMean.indices {
        level += priors.expectedLogDensity(
          logSD: gaussian.logSDMean[index], variance: gaussian.logSDVariance[index], at: index)
      }
      for index in gaussian.correlationMean.indices {
        level += priors.expectedLogDensity(
          partialCorrelation: gaussian.correlationMean[index],
          variance: gaussian.correlationVariance[index], at: index)
      }
      return Component(
        weight: component.weight, gaussian: gaussian, level: level, ownMean: mean)
    }
  }

  /// l of fixed effect c.
  func givenFixedEffect(_ c: Int) -> (Double) -> Double {
    let variance = priors.priors.fixedEffectSD * priors.priors.fixedEffectSD
    return Self.average(
      components.map { component in
        let own = component.gaussian.fixedCovariance[c, c]
        let direction = priors.ownScale(
          component.gaussian.fixedCovariance.row(c).map { $0 / own })
        let slope = zip(direction, component.ownMean).reduce(0) { $0 + $1.0 * $1.1 } / variance
        let curvature = direction.reduce(0) { $0 + $1 * $1 } / variance
        return Part(
          weight: component.weight, mean: component.gaussian.fixedMean[c], variance: own,
          level: component.level, slope: -slope, curvature: -curvature)
      })
  }

  /// l of the log SD of random term k.
  func givenLogSD(_ k: Int) -> (Double) -> Double {
    given(
      mean: { $0.logSDMean[k] }, variance: { $0.logSDVariance[k] },
      logDensity: { priors.logDensity(logSD: $0, at: k) },
      expected: { priors.expectedLogDensity(logSD: $0, variance: $1, at: k) })
  }

  /// l of one of the correlations' parameters.
  func givenPartialCorrelation(_ index: Int) -> (Double) -> Double {
    given(
      mean: { $0.correlationMean[index] }, variance: { $0.correlationVariance[index] },
      logDensity: { priors.logDensity(partialCorrelation: $0, at: index) },
      expected: { priors.expectedLogDensity(partialCorrelation: $0, variance: $1, at: index) })
  }

  /// l of a hyperparameter, with its own log density and the expectation of that under a normal.
  private func given(
    mean: (GaussianPosterior) -> Double, variance: (GaussianPosterior) -> Double,
    logDensity: @escaping (Double) -> Double, expected: (Double, Double) -> Double
  ) -> (Double) -> Double {
    let values = components.map { component in
      let (center, spread) = (mean(component.gaussian), variance(component.gaussian))
      return (
        weight: component.weight, mean: center, variance: spread,
        rest: component.level - expected(center, spread)
      )
    }
    guard values.contains(where: { $0.variance > 0 }) else {
      let rest = WeightedPolynomial(
        weights: values.map(\.weight), positions: values.map(\.mean), values: values.map(\.rest),
        degree: Self.polynomialDegree)
      return { logDensity($0) + rest.value(at: $0) }
    }
    let average = Self.average(
      values.map { value in
        Part(
          weight: value.weight, mean: value.mean, variance: value.variance, level: value.rest,
          slope: 0, curvature: 0)
      })
    return { logDensity($0) + average($0) }
  }

  /// One normal of a mixture, with the parabola that is to be averaged: its mean under the normal,
  /// and its derivatives at the normal's mean.
  private struct Part {
    let weight: Double
    let mean: Double
    let variance: Double
    let level: Double
    let slope: Double
    let curvature: Double

    func value(at x: Double) -> Double {
      let distance = x - mean
      return level + distance * slope + 0.5 * (distance * distance - variance) * curvature
    }
  }

  /// The average of the parts' values, weighted by their densities.
  private static func average(_ parts: [Part]) -> (Double) -> Double {
    if let only = parts.first, parts.count == 1 { return only.value(at:) }
    let heights = parts.map { log($0.weight) - 0.5 * log($0.variance) }
    return { x in
      let logDensities = zip(parts, heights).map { part, height in
        height - 0.5 * (x - part.mean) * (x - part.mean) / part.variance
      }
      let largest = logDensities.max() ?? 0
      var (sum, total) = (0.0, 0.0)
      for (part, logDensity) in zip(parts, logDensities) where logDensity > largest - 40 {
        let density = exp(logDensity - largest)
        sum += density * part.value(at: x)
        total += density
      }
      return sum / total
    }
  }
}
