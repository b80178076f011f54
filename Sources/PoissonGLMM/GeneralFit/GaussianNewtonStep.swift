/// Newton's step of a Gaussian (m, eps): linear response tells how weights and variances follow the
/// means, and the means the weights. With r = w - eps and H of `VarianceResponse`,
///
///     P_eff dm = A' (l1 + t H r) - Lambda m,   deps = r + t A dm - f H (r + t A dm)
final class GaussianNewtonStep {
  private let layout: EffectLayout
  private let response: any LinearResponseCovariance
  private let rows: DoubleStorage

  init(_ layout: EffectLayout) {
    self.layout = layout
    response = layout.linearResponse()
    rows = DoubleStorage(count: layout.rowCount)
  }

  /// - Parameters:
  ///   - point: where S^-1 is factored and inverted in `factor`.
  ///   - priorProduct: Lambda m.
  ///   - gradient: takes the right-hand side of the equation for dm.
  ///   - change: takes dm.
  ///   - weightSteps: takes deps.
  /// - Returns: the square length of the step, in SDs; nil where there is no solution.
  func step(
    from point: EvaluatedGaussian, _ factor: PrecisionFactor, priorProduct: DoubleStorage,
    gradient: DoubleStorage, change: DoubleStorage, weightSteps: DoubleStorage
  ) -> Double? {
    let curvatures = point.expectations.curvatures
    guard
      response.update(
        factor, curvatures: curvatures, variances: point.variances, prior: point.prior)
    else { return nil }
    let (n, first) = (layout.rowCount, point.expectations.first.pointer)
    let (t, f) = (curvatures.thirds.pointer, curvatures.fourths.pointer)
    let (steps, x) = (weightSteps.pointer, rows.pointer)
    for i in 0..<n {
      steps[i] = curvatures.weights.pointer[i] - point.precisionWeights.pointer[i]
      x[i] = steps[i]
    }
    guard response.respond(rows) else { return nil }
    for i in 0..<n { x[i] = first[i] + t[i] * x[i] }
    layout.multiplyTransposedDesign(rows, into: gradient)
    gradient.add(priorProduct, times: -1)
    change.copy(from: gradient)
    response.solve(change)
    layout.multiplyDesign(change, into: rows)
    for i in 0..<n {
      steps[i] += t[i] * x[i]
      x[i] = steps[i]
    }
    guard response.respond(rows) else { return nil }
    for i in 0..<n { steps[i] -= f[i] * x[i] }
    let length = dotProduct(change.pointer, gradient.pointer, change.count)
    return length.isFinite && length >= 0 ? length : nil
  }
}
