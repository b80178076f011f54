/// E N and E N_i N_k' of N = L^-1, where R = L L' is the correlation matrix of a set of q terms and
/// the z's of which L is made are independent.
///
/// Row i of L depends on z_i1 .. z_i,i-1 alone. From L N = I the rows N_i (as columns) follow one
/// from another:
///
///     N_i = a_i e_i - sum_{j<i} b_ij N_j
///     a_i = 1 / L_ii = prod_k cosh z_ik      b_ij = L_ij / L_ii = sinh z_ij prod_{j<k<i} cosh z_ik
///
/// The coefficients of row i are independent of the rows above, so that expectations of products
/// are products of expectations, and no grid of points is needed, whatever q is.
struct InverseFactorMoments {
  /// q
  let order: Int
  /// E N_i for the rows so far, q numbers each.
  private var means: [[Double]] = []
  /// E N_i N_k', q x q row-major, for the rows so far.
  private var products: [[[Double]]] = []

  private init(order: Int) { self.order = order }

  /// All rows.
  init(_ rows: [InverseRowCoefficients]) {
    order = rows.count
    for row in rows { append(row, to: self, constant: 1) }
  }

  /// E R^-1 = sum_i E N_i N_i', q x q.
  var precision: [Double] {
    var sum = [Double](repeating: 0, count: order * order)
    for i in products.indices {
      for index in sum.indices { sum[index] += products[i][i][index] }
    }
    return sum
  }

  /// The derivative of E R^-1 where only the coefficients of row i change.
  /// - Parameters:
  ///   - change: the derivative of those coefficients.
  ///   - rows: all rows as they are.
  func precisionDerivative(
    row: Int, change: InverseRowCoefficients, rows: [InverseRowCoefficients]
  ) -> [Double] {
    var tangent = InverseFactorMoments(order: order)
    for _ in 0..<row { tangent.appendZeros() }
    tangent.append(change, to: self, constant: 1)
    // What does not depend on the rows above has no derivative.
    for later in (row + 1)..<max(order, row + 1) {
      tangent.append(rows[later], to: tangent, constant: 0)
    }
    return tangent.precision
  }

  private mutating func appendZeros() {
    let zeros = [Double](repeating: 0, count: order * order)
    for k in products.indices { products[k].append(zeros) }
    products.append(Array(repeating: zeros, count: products.count + 1))
    means.append(Array(repeating: 0, count: order))
  }

  /// The next row, from the moments of the rows above it.
  private mutating func append(
    _ row: InverseRowCoefficients, to above: InverseFactorMoments, constant: Double
  ) {
    let (i, q) = (row.index, order)
    var mean = [Double](repeating: 0, count: q)
    mean[i] = constant * row.a
    for j in 0..<i {
      for c in 0..<q { mean[c] -= row.b[j] * above.means[j][c] }
    }
    var crossed: [[Double]] = []
    for k in 0..<i {
      var product = [Double](repeating: 0, count: q * q)
      for c in 0..<q { product[i * q + c] = row.a * above.means[k][c] }
      for j in 0..<i where row.b[j] != 0 {
        let known = above.products[j][k]
        for index in product.indices { product[index] -= row.b[j] * known[index] }
      }
      crossed.append(product)
    }
    var square = [Double](repeating: 0, count: q * q)
    square[i * q + i] = constant * row.aa
    for j in 0..<i {
      for c in 0..<q {
        square[i * q + c] -= row.ab[j] * above.means[j][c]
        square[c * q + i] -= row.ab[j] * above.means[j][c]
      }
      for k in 0..<i {
        let known = above.products[j][k]
        for index in square.indices { square[index] += row.bb[j * i + k] * known[index] }
      }
    }
    means.append(mean)
    for k in 0..<i { products[k].append(Self.transposed(crossed[k], order: q)) }
    products.append(crossed + [square])
  }

  private static func transposed(_ matrix: [Double], order q: Int) -> [Double] {
    (0..<(q * q)).map { matrix[($0 % q) * q + $0 / q] }
  }
}

/// Expectations of the coefficients a_i, b_ij of one row, and of their products.
struct InverseRowCoefficients {
  /// i, counted from 0.
  let index: Int
  /// E a_i and E a_i^2.
  let a: Double
  let aa: Double
  /// E b_ij and E a_i b_ij, i numbers each.
  let b: [Double]
  let ab: [Double]
  /// E b_ij b_ik, i x i.
  let bb: [Double]

  /// - Parameter moments: of z_i1 .. z_i,i-1. Every coefficient is linear in the moments of each.
  init(_ moments: [HyperbolicMoments]) {
    func product(_ factor: (Int) -> KeyPath<HyperbolicMoments, Double>) -> Double {
      moments.indices.reduce(1) { $0 * moments[$1][keyPath: factor($1)] }
    }
    let i = moments.count
    index = i
    a = product { _ in \.cosh }
    aa = product { _ in \.coshSquared }
    b = (0..<i).map { j in product { $0 < j ? \.one : $0 == j ? \.sinh : \.cosh } }
    ab = (0..<i).map { j in product { $0 < j ? \.cosh : $0 == j ? \.sinhCosh : \.coshSquared } }
    bb = (0..<(i * i)).map { entry in
      let (j, l) = (min(entry / i, entry % i), max(entry / i, entry % i))
      return product { k in
        if k < j { return \.one }
        if k == j { return j == l ? \.sinhSquared : \.sinh }
        return k < l ? \.cosh : k == l ? \.sinhCosh : \.coshSquared
      }
    }
  }
}
