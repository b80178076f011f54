/// Newton's step of the bound of `RegressionMaximizer` in m and S together.
///
/// F = sum_i (y_i eta_i - e_i) - lambda / 2 (m'm + tr S) + 1/2 log|S| + const is concave in both:
/// e_i is the exponential of a linear function of them, o_i + x_i'm + x_i'S x_i / 2. With a_i the
/// derivatives of that function by m and by the elements of S, the negative Hessian is
///
///     sum_i e_i a_i a_i' + lambda I in m + tr(Q dS Q dS') / 2 in S,      Q = S^-1
struct RegressionNewtonStep {
  let mean: [Double]
  let covariance: Matrix

  /// The Hessian's order is p (p + 3) / 2: 44 with so many.
  static let mostEffects = 8

  /// - Parameters:
  ///   - m: the mean.
  ///   - q: S^-1.
  ///   - rates: e.
  /// - Returns: nil where rounding leaves the Hessian indefinite.
  init?(_ rows: RegressionRows, mean m: [Double], precision q: Matrix, rates: [Double]) {
    let (p, lambda) = (rows.width, rows.priorPrecision)
    let pairs = (0..<p).flatMap { c in (0...c).map { (c, $0) } }
    let order = p + pairs.count
    var hessian = Matrix(order: order)
    var gradient = rows.transposedProduct(zip(rows.counts, rates).map(-))
    for c in 0..<p {
      gradient[c] -= lambda * m[c]
      hessian[c, c] = lambda
    }
    for (k, (c, d)) in pairs.enumerated() {
      gradient.append(c == d ? 0.5 * (q[c, c] - lambda) : q[c, d])
      for (l, (e, f)) in pairs[...k].enumerated() {
        // The derivative by an element beside the diagonal is that by both of its places.
        let share = (c == d ? 0.5 : 1) * (e == f ? 0.5 : 1)
        hessian[p + k, p + l] = share * (q[c, e] * q[d, f] + q[c, f] * q[d, e])
      }
    }
    var slopes = [Double](repeating: 0, count: order)
    for i in 0..<rows.count {
      let x = rows.design[(i * p)..<((i + 1) * p)]
      let first = x.startIndex
      for c in 0..<p { slopes[c] = x[first + c] }
      for (k, (c, d)) in pairs.enumerated() {
        slopes[p + k] = (c == d ? 0.5 : 1) * x[first + c] * x[first + d]
        gradient[p + k] -= rates[i] * slopes[p + k]
      }
      for k in 0..<order where slopes[k] != 0 {
        let weight = rates[i] * slopes[k]
        for l in 0...k { hessian[k, l] += weight * slopes[l] }
      }
    }
    for k in 0..<order {
      for l in 0..<k { hessian[l, k] = hessian[k, l] }
    }
    guard let root = PrecisionRoot(hessian) else { return nil }
    let step = root.solution(gradient)
    guard step.allSatisfy(\.isFinite) else { return nil }
    mean = Array(step[..<p])
    var covariance = Matrix(order: p)
    for (k, (c, d)) in pairs.enumerated() {
      covariance[c, d] = step[p + k]
      covariance[d, c] = step[p + k]
    }
    self.covariance = covariance
  }
}
