/// The joint approximate posterior of the fixed effects b, the random effects u and the log SDs s:
/// a mixture of Gaussians, whichever the approximation.
///
/// Under mean-field and structured there is one. Under integrated and corrected each point s of the
/// quadrature over the log SDs has one, q(b, u | s): s then takes only the values of these points,
/// and averages are those of the quadrature.
public struct Posterior: Sendable {
  /// One Gaussian with its weight.
  public struct Component: Sendable {
    /// The components' weights add up to 1.
    public internal(set) var weight: Double
    /// The Gaussian q(b, u | s), with its s or q(s).
    public internal(set) var gaussian: GaussianPosterior
    /// The skewness of each fixed effect that is reported, given s, which the Gaussian lacks: p
    /// numbers, and then one for each of `skewedCombinations`; empty where only the Gaussian is
    /// known.
    public internal(set) var fixedSkewness: [Double] = []
  }

  /// A linear combination w'b of the fixed effects with a distribution of its own.
  struct CombinationDensity: Sendable {
    /// w, p numbers.
    let weights: [Double]
    let density: Marginal
  }

  /// The Gaussians with their weights; a single one under mean-field and structured.
  public private(set) var components: [Component]
  /// The weights of the linear combinations of fixed effects whose skewness components know.
  var skewedCombinations: [[Double]] = []
  /// The components with random effects; their weights add up to 1.
  private(set) var predictiveComponents: [Component]
  /// The distribution of each log SD, q.
  let logSDs: [Marginal]
  /// The distributions of the fixed effects that no mixture of the components is near, by their
  /// places.
  private(set) var fixedDensities: [Int: Marginal] = [:]
  /// Those of the combinations of fixed effects that none is near, either.
  private(set) var combinationDensities: [CombinationDensity] = []
  /// An effect that was held for the fit, where there is one such.
  private(set) var heldEffect: HeldEffect?
  /// The distribution of each correlation, factor after factor.
  let correlations: [Marginal]
  /// The distribution of each of the correlations' parameters, the atanh of canonical partial
  /// correlations.
  let partialCorrelations: [Marginal]
  /// The distribution of each parameter of the family of counts.
  let familyParameters: [Marginal]
  /// E u and Var(u) over all components, factor after factor, of each G q numbers, group-major.
  let randomMean: [Double]
  let randomVariance: [Double]

  /// Random effects leave out the lightest components, of at most this weight in all. That moves a
  /// 2.5 % point by less than 0.002 SD, and saves a third to two thirds of the memory.
  static let negligibleWeight = 1e-4

  /// A single Gaussian.
  init(_ gaussian: GaussianPosterior, correlations: [Marginal] = []) {
    self.correlations = correlations
    partialCorrelations = zip(gaussian.correlationMean, gaussian.correlationVariance).map {
      Marginal(mean: $0, standardDeviation: $1.squareRoot())
    }
    familyParameters = zip(gaussian.familyMean, gaussian.familyVariance).map {
      Marginal(mean: $0, standardDeviation: $1.squareRoot())
    }
    let component = Component(weight: 1, gaussian: gaussian)
    components = [component]
    predictiveComponents = gaussian.randomMean.isEmpty ? [] : [component]
    logSDs = zip(gaussian.logSDMean, gaussian.logSDVariance).map {
      Marginal(mean: $0, standardDeviation: $1.squareRoot())
    }
    randomMean = gaussian.randomMean
    randomVariance = gaussian.randomVariance
  }

  /// A mixture over the points of a quadrature. Random effects are left out of the lightest.
  init(
    components: [Component], logSDs: [Marginal], correlations: [Marginal] = [],
    partialCorrelations: [Marginal] = [], familyParameters: [Marginal] = [], randomMean: [Double],
    randomVariance: [Double]
  ) {
    self.correlations = correlations
    self.partialCorrelations = partialCorrelations
    self.familyParameters = familyParameters
    var components = components
    var left = Self.negligibleWeight
    for index in components.indices.sorted(by: { components[$0].weight < components[$1].weight }) {
      left -= components[index].weight
      if left < 0 { break }
      components[index].gaussian.randomMean = []
      components[index].gaussian.randomVariance = []
      components[index].gaussian.rowWeights = []
    }
    var kept = components.filter { !$0.gaussian.randomMean.isEmpty }
    let total = kept.reduce(0) { $0 + $1.weight }
    for index in kept.indices { kept[index].weight /= total }
    self.components = components
    predictiveComponents = kept
    self.logSDs = logSDs
    self.randomMean = randomMean
    self.randomVariance = randomVariance
  }

  /// The posterior at given parameters, which are known exactly.
  /// - Parameters:
  ///   - fixedEffects: b, p numbers.
  ///   - logSDs: s, one number a random term.
  ///   - partialCorrelations: the atanh of canonical partial correlations, as
  ///     `GaussianPosterior.correlationMean` has them; none for independent terms.
  ///   - familyParameters: in the order of `CountFamily.parameters`; none for Poisson.
  public init(
    fixedEffects: [Double], logSDs: [Double], partialCorrelations: [Double] = [],
    familyParameters: [Double] = []
  ) {
    self.init(
      GaussianPosterior(
        fixedEffects: fixedEffects, logSDs: logSDs, partialCorrelations: partialCorrelations,
        familyParameters: familyParameters))
  }
}

// MARK: Moments

extension Posterior {
  /// E b, p.
  public var fixedMean: [Double] { mean(\.fixedMean) }

  /// E s, q: the mean over the components, to which averages over draws converge.
  public var logSDMean: [Double] { mean(\.logSDMean) }

  /// E z, the mean of the correlations' parameters over the components.
  public var partialCorrelationMean: [Double] { mean(\.correlationMean) }

  /// The mean of the parameters of the family of counts over the components.
  public var familyMean: [Double] { mean(\.familyMean) }

  /// Cov(b), p x p: the components' own covariances and that of their means.
  public var fixedCovariance: Matrix {
    let center = fixedMean
    var covariance = Matrix(order: center.count)
    for component in components {
      let shift = zip(component.gaussian.fixedMean, center).map(-)
      for c in center.indices {
        for d in center.indices {
          covariance[c, d] +=
            component.weight * (component.gaussian.fixedCovariance[c, d] + shift[c] * shift[d])
        }
      }
    }
    return covariance
  }

  private func mean(_ values: (GaussianPosterior) -> [Double]) -> [Double] {
    components.reduce(into: []) { sum, component in
      let terms = values(component.gaussian).map { component.weight * $0 }
      sum = sum.isEmpty ? terms : zip(sum, terms).map(+)
    }
  }
}

extension Posterior {
  /// The same posterior with the means of the fixed effects moved.
  /// - Parameter shift: p numbers.
  func moved(by shift: [Double]) -> Posterior {
    var copy = self
    for index in components.indices { copy.components[index].move(by: shift) }
    for index in predictiveComponents.indices { copy.predictiveComponents[index].move(by: shift) }
    for (place, density) in fixedDensities {
      copy.fixedDensities[place] = density.transformed(factor: 1, constant: shift[place])
    }
    copy.combinationDensities = combinationDensities.map { combination in
      let constant = zip(combination.weights, shift).reduce(0) { $0 + $1.0 * $1.1 }
      return CombinationDensity(
        weights: combination.weights,
        density: combination.density.transformed(factor: 1, constant: constant))
    }
    copy.heldEffect?.shift = shift
    return copy
  }
}

extension Posterior.Component {
  fileprivate mutating func move(by shift: [Double]) {
    gaussian.fixedMean = zip(gaussian.fixedMean, shift).map(+)
  }
}

// MARK: Marginals

extension Posterior {
  /// The same posterior with distributions of their own for some fixed effects, by their places,
  /// and for some combinations of them.
  func replacing(
    fixed densities: [Int: Marginal], combinations: [CombinationDensity] = [],
    heldEffect: HeldEffect? = nil
  ) -> Posterior {
    var copy = self
    copy.fixedDensities = densities
    copy.combinationDensities = combinations
    copy.heldEffect = heldEffect
    return copy
  }

  /// The marginal of the random effect at a place in the group-major order; nil where random
  /// effects were not kept.
  func randomMarginal(at index: Int) -> Marginal? {
    guard !predictiveComponents.isEmpty else { return nil }
    return Self.marginal(
      predictiveComponents.map {
        ($0.weight, $0.gaussian.randomMean[index], $0.gaussian.randomVariance[index])
      })
  }

  /// The distribution with the given weights, means and variances of normals.
  static func marginal(_ normals: [(weight: Double, mean: Double, variance: Double)]) -> Marginal {
    if normals.count == 1 {
      return Marginal(
        mean: normals[0].mean, standardDeviation: max(normals[0].variance, 0).squareRoot())
    }
    return Marginal(
      NormalMixture(
        weights: normals.map(\.weight), means: normals.map(\.mean),
        standardDeviations: normals.map { max($0.variance, 0).squareRoot() }))
  }
}
