/// The maximum of a smooth function of a few variables, by Newton's method with a Hessian from
/// differences of the gradient.
struct DifferencedNewton<State> {
  struct Evaluation {
    let state: State
    let value: Double
    let gradient: [Double]
  }

  struct Maximum {
    let point: [Double]
    let evaluation: Evaluation
    /// -Hessian = V diag(w) V', every w at least 1/4.
    let curvatures: [Double]
    let axes: DenseMatrix
  }

  /// Nil where the function has no value. The second argument is the state of a point nearby.
  let evaluate: ([Double], State?) -> Evaluation?

  /// Climbs until a Newton step promises less than 1e-10.
  func maximize(from start: [Double]) -> Maximum? {
    guard var current = evaluate(start, nil) else { return nil }
    var point = start
    for _ in 0..<100 {
      guard let (curvatures, axes) = curvature(at: point, state: current.state) else {
        return nil
      }
      // V w^-1 V' g.
      let rotated = axes.transposedTimes(current.gradient)
      let step = axes.times(zip(rotated, curvatures).map { $0 / $1 })
      let promise = zip(step, current.gradient).reduce(0) { $0 + $1.0 * $1.1 }
      if promise < 1e-10 {
        return Maximum(
          point: point, evaluation: current, curvatures: curvatures, axes: axes)
      }
      var fraction = 1.0
      while true {
        let trial = zip(point, step).map { $0 + fraction * $1 }
        if let next = evaluate(trial, current.state), next.value > current.value {
          (point, current) = (trial, next)
          break
        }
        fraction /= 2
        guard fraction > 1e-6 else { return nil }
      }
    }
    return nil
  }

  /// -Hessian by central differences of the gradient, its eigenvalues floored at 1/4: no direction
  /// is taken for flatter than a normal density of SD 2.
  private func curvature(at point: [Double], state: State) -> ([Double], DenseMatrix)? {
    let step = 0.05
    var hessian = DenseMatrix(rows: point.count, columns: point.count)
    for row in point.indices {
      var (above, below) = (point, point)
      above[row] += step
      below[row] -= step
      guard let up = evaluate(above, state), let down = evaluate(below, state) else { return nil }
      for column in point.indices {
        let change = (up.gradient[column] - down.gradient[column]) / (2 * step)
        hessian[row, column] -= change / 2
        hessian[column, row] -= change / 2
      }
    }
    let eigen = SymmetricEigenvalues(hessian)
    return (eigen.values.map { max($0, 0.25) }, eigen.vectors)
  }
}
