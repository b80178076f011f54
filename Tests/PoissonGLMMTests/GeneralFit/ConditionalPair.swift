import Foundation

@testable import PoissonGLMM

/// The engine and the dense implementation at the same hyperparameters of the same design, each at
/// its optimum.
struct ConditionalPair {
  let design: RandomGeneralDesign
  let phi: [Double]
  let problem: GeneralProblem
  let maximizer: GaussianMaximizer
  let surface: DensePhiSurface
  let point: DensePhiSurface.Point

  /// nil if the dense program does not converge.
  init?(_ design: RandomGeneralDesign, phi: [Double]) throws {
    self.design = design
    self.phi = phi
    problem = try GeneralProblem(design.designData, priors: Priors())
    maximizer = GaussianMaximizer(problem)
    // 1e-10 SD from the optimum, so that what is compared is not the stopping rule.
    _ = try maximizer.maximize(
      at: phi, tolerance: 1e-20, maximumIterations: 2000)
    surface = DensePhiSurface(design.dense)
    guard let point = surface.maximize(at: phi), point.optimum.isConverged else { return nil }
    self.point = point
  }

  var layout: EffectLayout { problem.layout }
  var gaussian: DenseGeneralGaussian { point.gaussian }
  var weights: DoubleStorage { maximizer.optimum.expectations.curvatures.weights }
  var rows: EvaluatedRows {
    let optimum = maximizer.optimum
    return EvaluatedRows(
      means: optimum.predictors, variances: optimum.variances,
      expectations: optimum.expectations, family: optimum.family)
  }
  var p: Int { layout.fixedCount }

  /// A vector over theta in the dense program's order: b, then u.
  func denseOrder(_ theta: DoubleStorage) -> [Double] {
    problem.fixedPart(theta) + problem.randomPart(theta)
  }

  /// A vector over rows in the rows' own order.
  func ownOrder(_ rows: DoubleStorage) -> [Double] {
    var result = [Double](repeating: 0, count: layout.rowCount)
    for (sorted, row) in layout.rowOrder.enumerated() { result[row] = rows.pointer[sorted] }
    return result
  }

  /// P_eff of the dense program where the weights of two rows are coupled only if they share a
  /// level of the first factor eliminated.
  var groupedResponse: DenseMatrix? {
    let codes = design.factors[layout.eliminationOrder[0]].grouping.groupOfRow
    let roots = gaussian.rates.map { $0.squareRoot() }
    var system = DenseMatrix(identity: roots.count)
    for i in roots.indices {
      for j in roots.indices where codes[i] == codes[j] {
        system[i, j] += 0.5 * roots[i] * roots[j] * gaussian.squaredKernel[i, j]
      }
    }
    guard let factor = DenseCholesky(system) else { return nil }
    return DenseMatrix.sum(
      factor.solveLower(surface.model.design.scalingRows(by: roots)).gram(),
      point.prior.precision)
  }
}

/// The largest difference, relative to one plus the size of what is expected.
func mixedError(_ own: [Double], _ expected: [Double]) -> Double {
  guard own.count == expected.count else { return .infinity }
  return zip(own, expected).reduce(0) { largest, pair in
    let error = (pair.0 - pair.1).magnitude / (1 + pair.1.magnitude)
    return error.isFinite ? max(largest, error) : .infinity
  }
}
