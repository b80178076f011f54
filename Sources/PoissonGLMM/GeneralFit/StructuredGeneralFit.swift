import PlatformEssentials

/// `structured` and `mean-field` for any design: q(theta) q(phi) with q(phi) a product of normals
/// N(m_a, r_a), both at the maximum of the joint bound
///
///     F(E Sigma^-1, E log|Sigma|) + E log p(phi) + sum_a 1/2 log(2 pi e r_a)
///
/// where F has the expectations of Sigma_k^-1 and log|Sigma_k| in place of their values. The bound
/// is maximized over both together.
struct StructuredGeneralFit {
  let phiMean: [Double]
  let phiVariance: [Double]
  let fixedMean: [Double]
  let fixedCovariance: Matrix
  let randomMean: [Double]
  let randomVariance: [Double]
  /// w, the weights of the rows in S^-1 = A' diag(w) A + Lambda, in the layout's order of rows.
  let rowWeights: [Double]
  let optimization: OptimizationSummary

  /// 1e-7 of an SD from the optimum.
  private static let tolerance = 1e-14

  init(_ problem: GeneralProblem, options: FitOptions) throws(FitError) {
    let isMeanField = options.approximation == .meanField
    let maximizer = GaussianMaximizer(problem, isMeanField: isMeanField, ascent: problem.ascent)
    let monitor = try maximizer.maximizeJointly(
      from: problem.startingPosterior, tolerance: Self.tolerance,
      maximumIterations: options.maximumIterations)
    let optimum = maximizer.optimum
    (phiMean, phiVariance) = Self.hyperparameters(optimum)
    fixedMean = problem.fixedPart(optimum.means)
    let effects = DoubleStorage(count: problem.layout.effectCount)
    maximizer.variances(into: effects)
    fixedCovariance =
      isMeanField
      ? Matrix(diagonal: problem.fixedPart(effects)) : maximizer.factor.fixedCovariance()
    randomMean = problem.randomPart(optimum.means)
    randomVariance = problem.randomPart(effects)
    rowWeights = optimum.precisionWeights.array
    optimization = monitor.summary
  }

  /// Where others may start from: to a tenth of an SD.
  static func approximate(
    _ problem: GeneralProblem
  ) throws(FitError) -> (
    phiMean: [Double], phiVariance: [Double], state: DoubleStorage, iterations: Int
  ) {
    let maximizer = GaussianMaximizer(problem, ascent: problem.ascent)
    let monitor = try maximizer.maximizeJointly(
      from: problem.startingPosterior, tolerance: 0.01, maximumIterations: 50)
    let (means, variances) = hyperparameters(maximizer.optimum)
    return (means, variances, maximizer.optimum.gaussian, monitor.summary.iterations)
  }

  private static func hyperparameters(
    _ optimum: EvaluatedGaussian
  ) -> (means: [Double], variances: [Double]) {
    let coordinates = optimum.hyperparameters.array
    let count = coordinates.count / 2
    return (Array(coordinates[..<count]), coordinates[count...].map { exp($0) })
  }
}
