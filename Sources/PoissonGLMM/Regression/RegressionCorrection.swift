import PlatformEssentials

/// What the Gaussian of the bound lacks in a model without random effects, at weights e of the
/// rows: the covariances of linear response and R, the correction of the evidence,
///
///     P = X'E X + Lambda,   S = P^-1,   Q_ij = (x_i'S x_j)^2
///     P_eff = P - 1/2 X'E (I + 1/2 Q E)^-1 Q E X      R = (log|P| - log|P_eff|) / 6
///
/// Q is Phi Phi' with p (p + 1) / 2 columns: with S = L L' and a_i = L'x_i, row i of Phi has the
/// products a_ic a_id, those with c /= d times sqrt 2, so that nothing of n x n is needed:
///
///     P_eff = P - 1/2 B' (I + 1/2 Phi'E Phi)^-1 B      B = Phi'E X
struct RegressionCorrection {
  /// P_eff^-1.
  let covariance: Matrix
  /// R.
  let evidence: Double
  private let rows: RegressionRows
  private let weights: [Double]
  private let products: [Double]
  private let productCount: Int
  /// The factor of I + 1/2 Phi'E Phi.
  private let root: PrecisionRoot

  /// The number of multiplications at one set of weights.
  static func cost(_ rows: RegressionRows) -> Double {
    let r = Double(rows.width * (rows.width + 1) / 2)
    return Double(rows.count) * r * r / 2 + r * r * r / 3
  }

  /// nil where a matrix is not positive definite.
  init?(_ rows: RegressionRows, weights: [Double]) {
    let (n, p) = (rows.count, rows.width)
    let precision = rows.precision(weights)
    guard let own = PrecisionRoot(precision), let factor = Self.lowerRoot(own.inverse) else {
      return nil
    }
    let r = p * (p + 1) / 2
    var products = [Double](repeating: 0, count: n * r)
    for i in 0..<n {
      var a = [Double](repeating: 0, count: p)
      for c in 0..<p {
        for d in c..<p { a[c] += factor[d, c] * rows.design[i * p + d] }
      }
      var place = i * r
      for c in 0..<p {
        for d in 0...c {
          products[place] = a[c] * a[d] * (c == d ? 1 : 2.0.squareRoot())
          place += 1
        }
      }
    }
    var system = Matrix(order: r)
    var sides = Matrix(rows: p, columns: r)
    for i in 0..<n where weights[i] != 0 {
      for k in 0..<r {
        let value = weights[i] * products[i * r + k]
        for l in 0...k { system[k, l] += 0.5 * value * products[i * r + l] }
        for c in 0..<p { sides[c, k] += value * rows.design[i * p + c] }
      }
    }
    for k in 0..<r {
      system[k, k] += 1
      for l in 0..<k { system[l, k] = system[k, l] }
    }
    guard let root = PrecisionRoot(system) else { return nil }
    var effective = precision
    for c in 0..<p {
      let solution = root.solution(Array(sides.row(c)))
      for d in 0..<p {
        effective[c, d] -= 0.5 * zip(sides.row(d), solution).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    guard let other = PrecisionRoot(effective) else { return nil }
    covariance = other.inverse
    evidence = (own.logDeterminant - other.logDeterminant) / 6
    (self.rows, self.weights, self.products, productCount, self.root) = (
      rows, weights, products, r, root
    )
  }

  /// L with L L' = S; the upper triangle is not that of L.
  private static func lowerRoot(_ covariance: Matrix) -> Matrix? {
    let storage = DoubleStorage(covariance.elements)
    guard SmallCholesky.factor(storage.pointer, order: covariance.order).isFinite else {
      return nil
    }
    return Matrix(order: covariance.order, elements: storage.array)
  }

  /// How the weights follow when the mean of w'b is moved by one SD, dm = P_eff^-1 w / SD(w'b):
  /// de = (I + 1/2 E Q)^-1 E X dm.
  func weightChange(_ w: [Double]) -> [Double] {
    let direction = covariance * w
    let sd = zip(direction, w).reduce(0) { $0 + $1.0 * $1.1 }.squareRoot()
    let own = zip(rows.product(direction), weights).map { $0 * $1 / sd }
    let r = productCount
    var side = [Double](repeating: 0, count: r)
    for i in own.indices {
      for k in 0..<r { side[k] += products[i * r + k] * own[i] }
    }
    let solution = root.solution(side)
    return own.indices.map { i in
      var sum = 0.0
      for k in 0..<r { sum += products[i * r + k] * solution[k] }
      return own[i] - 0.5 * weights[i] * sum
    }
  }
}
