import GSLNumerics

/// Draws of all effects from one Gaussian of a posterior.
protocol EffectSampler: AnyObject {
  /// Fixed effects, and random effects factor after factor, level-major.
  func draw(from stream: RandomStream) -> (fixed: [Double], random: [Double])
}

/// Draws of the fixed effects alone.
struct FixedEffectSampler {
  let mean: [Double]
  private let root: Matrix

  init(_ gaussian: GaussianPosterior) {
    mean = gaussian.fixedMean
    root = gaussian.fixedCovariance.semidefiniteRoot
  }

  func draw(from stream: RandomStream) -> [Double] {
    zip(mean, root * mean.map { _ in stream.normal() }).map(+)
  }
}

/// Random effects that are independent of each other and of the fixed ones, or none.
final class IndependentEffectSampler: EffectSampler {
  private let fixed: FixedEffectSampler
  private let mean: [Double]
  private let deviations: [Double]

  init(_ gaussian: GaussianPosterior) {
    fixed = FixedEffectSampler(gaussian)
    mean = gaussian.randomMean
    deviations = gaussian.randomVariance.map { max($0, 0).squareRoot() }
  }

  func draw(from stream: RandomStream) -> (fixed: [Double], random: [Double]) {
    (fixed.draw(from: stream), zip(mean, deviations).map { stream.normal(mean: $0, sd: $1) })
  }
}

/// Random effects of one grouping factor, which are independent of each other given the fixed ones
/// (`GroupRegression`).
final class GroupEffectSampler: EffectSampler {
  private let fixed: FixedEffectSampler
  private let mean: [Double]
  /// By group: W_j, and a root of K_j.
  private let groups: [(coefficients: Matrix, root: Matrix)]

  init(_ gaussian: GaussianPosterior, of data: ModelData) {
    fixed = FixedEffectSampler(gaussian)
    mean = gaussian.randomMean
    groups = (0..<(data.groupStarts.count - 1)).map { group in
      let regression = GroupRegression(GroupRows(group: group, of: data), gaussian)
      return (regression.coefficients, regression.covariance.semidefiniteRoot)
    }
  }

  func draw(from stream: RandomStream) -> (fixed: [Double], random: [Double]) {
    let effects = fixed.draw(from: stream)
    let deviations = zip(effects, fixed.mean).map(-)
    var random = mean
    for (index, group) in groups.enumerated() {
      let q = group.root.order
      let expected = group.coefficients * deviations
      let own = group.root * (0..<q).map { _ in stream.normal() }
      for k in 0..<q { random[index * q + k] += own[k] - expected[k] }
    }
    return (effects, random)
  }
}

/// Random effects of several grouping factors, or with correlated terms.
final class GeneralEffectSampler: EffectSampler {
  private let factorization: ComponentFactorization
  private let fixed: FixedEffectSampler

  init(_ gaussian: GaussianPosterior, of problem: GeneralProblem) {
    fixed = FixedEffectSampler(gaussian)
    factorization = ComponentFactorization(problem)
    factorization.update(gaussian)
  }

  func draw(from stream: RandomStream) -> (fixed: [Double], random: [Double]) {
    let effects = fixed.draw(from: stream)
    return (effects, factorization.randomEffects(givenFixed: effects, from: stream))
  }
}
