/// The joint approximate posterior of the fixed effects b and the log SDs s: a mixture of normal
/// distributions, from which parameters can be drawn together.
///
/// Under mean-field and structured there is one component. Under integrated and corrected each
/// point s of the quadrature over the log SDs is one, with the Gaussian q(b | s) that was fitted
/// there: s then takes these points alone, and averages over draws are what the quadrature gives.
public struct JointPosterior: Sendable {
  public struct Component: Sendable {
    /// The components' weights add up to 1.
    public let weight: Double
    /// p
    public let fixedMean: [Double]
    /// p x p, row-major.
    public let fixedCovariance: [Double]
    /// q; independent of each other and of the fixed effects within a component.
    public let logSDMean: [Double]
    /// q; 0 at a point of a quadrature.
    public let logSDStandardDeviation: [Double]
  }

  /// p names.
  public let fixedNames: [String]
  /// q names.
  public let termNames: [String]
  public let components: [Component]

  /// p posterior means.
  public var fixedMean: [Double] { mean(\.fixedMean) }
  /// q posterior means.
  public var logSDMean: [Double] { mean(\.logSDMean) }

  private func mean(_ values: (Component) -> [Double]) -> [Double] {
    components.reduce(into: []) { sum, component in
      let terms = values(component).map { component.weight * $0 }
      sum = sum.isEmpty ? terms : zip(sum, terms).map(+)
    }
  }
}

extension PoissonMixedModel {
  /// Fits the model as `fit` does and gives the joint posterior in place of its marginals.
  /// - Throws: `FitError` as `fit` does.
  public func jointPosterior(
    _ options: FitOptions = FitOptions()
  ) throws(FitError) -> JointPosterior {
    JointPosterior(
      fixedNames: fixedNames, termNames: randomNames, components: try components(options))
  }

  private func components(
    _ options: FitOptions
  ) throws(FitError) -> [JointPosterior.Component] {
    switch options.approximation {
    case .meanField, .structured:
      let optimum = try boundMaximizer(options).maximize()
      return [
        JointPosterior.Component(
          weight: 1, fixedMean: optimum.fixedMean, fixedCovariance: optimum.fixedCovariance,
          logSDMean: optimum.logSDMean,
          logSDStandardDeviation: optimum.logSDVariance.map { $0.squareRoot() })
      ]
    case .integrated, .corrected:
      let fit = try IntegratedFit(self, options: options)
      return zip(fit.weights, fit.points).map { weight, point in
        JointPosterior.Component(
          weight: weight, fixedMean: point.combination(of: fit.fits) { $0.optimum.fixedMean },
          fixedCovariance: point.combination(of: fit.fits) { $0.optimum.fixedCovariance },
          logSDMean: point.logSDs,
          logSDStandardDeviation: point.logSDs.map { _ in 0 })
      }
    }
  }
}
