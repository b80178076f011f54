import PlatformEssentials

/// The part of R that belongs to some rows, from the covariances K of their linear predictors and
/// the expected third and fourth derivatives -t and -f of their log densities:
///
///     l = 1/6 [log|I + 1/2 F Q| - log|I + 1/2 (F - T K T) Q|],    Q = K * K elementwise
///
/// For all rows of a model it is R = (log|P| - log|P_eff|) / 6 itself. A row whose t and f are 0
/// has no such part.
struct ClusterDeterminants {
  private var room = DoubleStorage(count: 0)

  /// l from a full K, m x m, row-major.
  /// - Returns: nil if a determinant is not positive.
  mutating func value(
    _ kernel: UnsafePointer<Double>, thirds t: UnsafePointer<Double>,
    fourths f: UnsafePointer<Double>, count m: Int
  ) -> Double? {
    if m == 1 { return Self.single(third: t[0], fourth: f[0], variance: kernel[0]) }
    if room.count < 4 * m * m + 2 * m { room = DoubleStorage(count: 4 * m * m + 2 * m) }
    for i in 0..<m where !(f[i] > 0 || (f[i] == 0 && t[i] == 0)) {
      return general(kernel, thirds: t, fourths: f, count: m)
    }
    return symmetric(kernel, thirds: t, fourths: f, count: m)
      ?? general(kernel, thirds: t, fourths: f, count: m)
  }

  /// Where no f is negative: with the roots r of f, Q~ = r Q r and K~ = (t / r) K (t / r), both
  /// determinants are those of symmetric matrices, if I - K~ is positive definite.
  private mutating func symmetric(
    _ kernel: UnsafePointer<Double>, thirds t: UnsafePointer<Double>,
    fourths f: UnsafePointer<Double>, count m: Int
  ) -> Double? {
    let roots = room.pointer
    let (ratios, complement) = (roots + m, roots + 2 * m)
    let squares = complement + m * m
    let (product, second) = (squares + m * m, squares + 2 * m * m)
    for i in 0..<m {
      roots[i] = f[i].squareRoot()
      ratios[i] = roots[i] > 0 ? t[i] / roots[i] : 0
    }
    for i in 0..<m {
      for j in 0..<m {
        let covariance = kernel[i * m + j]
        complement[i * m + j] = -(ratios[i] * covariance * ratios[j])
        squares[i * m + j] = 0.5 * (roots[i] * covariance * roots[j]) * covariance
      }
      complement[i * m + i] += 1
    }
    // With I - K~ = M M', the second determinant is that of the symmetric I + 1/2 M' Q~ M.
    guard cholesky(complement, m) != nil else { return nil }
    // product = 1/2 Q~ M, and then I + M' product.
    for i in 0..<m {
      let target = product + i * m
      for j in 0..<m { target[j] = 0 }
      for k in 0..<m {
        let (factor, source) = (squares[i * m + k], complement + k * m)
        for j in 0...k { target[j] += factor * source[j] }
      }
    }
    for i in 0..<m {
      let target = second + i * m
      for j in 0...i { target[j] = 0 }
      for k in i..<m {
        let (factor, source) = (complement[k * m + i], product + k * m)
        for j in 0...i { target[j] += factor * source[j] }
      }
      target[i] += 1
      squares[i * m + i] += 1
    }
    guard let first = cholesky(squares, m), let other = cholesky(second, m) else { return nil }
    return (first - other) / 6
  }

  /// Both determinants by elimination.
  private mutating func general(
    _ kernel: UnsafePointer<Double>, thirds t: UnsafePointer<Double>,
    fourths f: UnsafePointer<Double>, count m: Int
  ) -> Double? {
    let (first, second) = (room.pointer, room.pointer + m * m)
    for i in 0..<m {
      for j in 0..<m {
        let half = 0.5 * kernel[i * m + j] * kernel[i * m + j]
        first[i * m + j] = f[i] * half + (i == j ? 1 : 0)
        var sum = 0.0
        for k in 0..<m {
          sum += kernel[i * m + k] * t[k] * kernel[k * m + j] * kernel[k * m + j]
        }
        second[i * m + j] = first[i * m + j] - 0.5 * t[i] * sum
      }
    }
    guard let all = SmallElimination.logDeterminant(first, order: m),
      let other = SmallElimination.logDeterminant(second, order: m)
    else { return nil }
    return (all - other) / 6
  }

  /// The same for one row: -1/6 log(1 - 1/2 t^2 v^3 / (1 + 1/2 f v^2)).
  static func single(third t: Double, fourth f: Double, variance v: Double) -> Double {
    -log(1 - 0.5 * t * t * v * v * v / (1 + 0.5 * f * v * v)) / 6
  }

  /// The same where all pairs of rows have one covariance c, and each row its own variance v_i: K =
  /// c 1 1' + diag(v_i - c), whose determinants are closed.
  /// - Parameter rows: indices into the other arguments.
  static func value(
    covariance c: Double, variances: UnsafePointer<Double>, thirds: UnsafePointer<Double>,
    fourths: UnsafePointer<Double>, rows: [Int]
  ) -> Double? {
    let half = 0.5 * c * c
    // With D_i = (v_i^2 - c^2) / 2 and E_i = f_i - t_i^2 (v_i - c) the first matrix is a diagonal 1
    // + f D and c^2/2 f 1', and the second, whose diagonal is 1 + E D, has U W' with U = [E, t] and
    // W = [c^2/2 1, -c t D - c^3/2 (sum t) 1].
    var (logFirst, logSecond) = (LogProduct(), LogProduct())
    var first = 0.0
    var total = 0.0
    var (sumE, sumT, sumTDE, sumTDT) = (0.0, 0.0, 0.0, 0.0)
    for row in rows {
      let (t, f, v) = (thirds[row], fourths[row], variances[row])
      let spread = 0.5 * (v * v - c * c)
      let rest = f - t * t * (v - c)
      let (own, other) = (1 + f * spread, 1 + rest * spread)
      guard own > 1e-100, own < 1e100, other > 1e-100, other < 1e100 else { return nil }
      logFirst.multiply(by: own)
      logSecond.multiply(by: other)
      first += f / own
      total += t
      sumE += rest / other
      sumT += t / other
      sumTDE += t * spread * rest / other
      sumTDT += t * spread * t / other
    }
    let cube = half * c * total
    let determinant =
      (1 + half * sumE) * (1 - c * sumTDT - cube * sumT)
      + half * sumT * (c * sumTDE + cube * sumE)
    let firstDeterminant = 1 + half * first
    guard determinant > 0, firstDeterminant > 0 else { return nil }
    return (logFirst.value + log(firstDeterminant) - logSecond.value - log(determinant)) / 6
  }

  /// Replaces the lower triangle by L.
  /// - Returns: the log-determinant; nil where a pivot is not positive.
  private func cholesky(_ a: UnsafeMutablePointer<Double>, _ m: Int) -> Double? {
    var determinant = LogProduct()
    for i in 0..<m {
      let row = a + i * m
      var pivot = row[i]
      for j in 0..<i {
        let other = a + j * m
        var sum = row[j]
        for k in 0..<j { sum -= row[k] * other[k] }
        row[j] = sum * other[j]
        pivot -= row[j] * row[j]
      }
      guard pivot > 1e-100, pivot < 1e100 else { return nil }
      determinant.multiply(by: pivot)
      // Until all rows are done the diagonal holds 1 / L_ii.
      row[i] = 1 / pivot.squareRoot()
    }
    for i in 0..<m { a[i * m + i] = 1 / a[i * m + i] }
    return determinant.value
  }
}
