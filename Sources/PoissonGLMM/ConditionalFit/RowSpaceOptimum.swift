import PlatformEssentials

/// The Gaussian q(b, u) that maximizes the bound under given prior precisions D, found among the
/// rows' n rates in place of the effects:
///
///     lambda_i = log e_i        m = D^-1 A'(y - e)        S^-1 = A' diag(e) A + D
///     lambda = o + K0 (y - e) + 1/2 diag K      K0 = A D^-1 A'      K = (K0^-1 + E)^-1
///
/// Newton's method on lambda, with the Jacobian I + (K0 + 1/2 K o K) E, converges in some ten steps
/// where the linear predictors' variances K_ii are so large that steps in m and S, each of which
/// takes the other as it is, need thousands: as with more effects than rows. A step takes O(n^3).
struct RowSpaceOptimum {
  private let data: ModelData
  private let fixedPrecision: Double
  private let termPrecisions: [Double]
  private var logRates: [Double]

  /// With more rows a step takes too long.
  static let mostRows = 400
  private static let maximumSteps = 60
  private static let maximumHalvings = 20
  /// The root mean square of a step in log rates that ends the search.
  private static let tolerance = 1e-9

  /// - Returns: nil where steps do not lead to it.
  init?(_ data: ModelData, fixedPrecision: Double, termPrecisions: [Double]) {
    let n = data.rowCount
    guard n <= Self.mostRows else { return nil }
    self.data = data
    self.fixedPrecision = fixedPrecision
    self.termPrecisions = termPrecisions
    logRates = (0..<n).map { log(data.counts.pointer[$0] + 0.5) }
    let prior = Self.priorCovariance(data, fixedPrecision, termPrecisions)
    guard var residual = residual(logRates, prior), var system = NewtonSystem(residual, prior)
    else { return nil }
    for _ in 0..<Self.maximumSteps {
      let step = system.solution(residual.values)
      let length = Self.length(step)
      guard length.isFinite else { return nil }
      if length < Self.tolerance { return }
      var (share, next) = (1.0, Residual?.none)
      for _ in 0..<Self.maximumHalvings {
        let trial = zip(logRates, step).map { $0 - share * $1 }
        if let found = self.residual(trial, prior),
          Self.length(system.solution(found.values)) <= (1 - 0.25 * share) * length
        {
          logRates = trial
          next = found
          break
        }
        share *= 0.5
      }
      guard let next, let following = NewtonSystem(next, prior) else { return nil }
      (residual, system) = (next, following)
    }
    return nil
  }

  private static func length(_ vector: [Double]) -> Double {
    (vector.reduce(0) { $0 + $1 * $1 } / Double(max(vector.count, 1))).squareRoot()
  }

  /// K0, n x n.
  private static func priorCovariance(
    _ data: ModelData, _ fixedPrecision: Double, _ termPrecisions: [Double]
  ) -> Matrix {
    let n = data.rowCount
    var matrix = Matrix(order: n)
    matrix.elements.withUnsafeMutableBufferPointer { target in
      for c in 0..<data.shape.fixedCount {
        let x = data.fixedDesign.pointer + c * n
        for i in 0..<n where x[i] != 0 {
          let scaled = x[i] / fixedPrecision
          for j in 0..<n { target[i * n + j] += scaled * x[j] }
        }
      }
      for (k, precision) in termPrecisions.enumerated() {
        let z = data.randomDesign.pointer + k * n
        for (first, end) in zip(data.groupStarts, data.groupStarts.dropFirst()) {
          for i in first..<end {
            for j in first..<end { target[i * n + j] += z[i] * z[j] / precision }
          }
        }
      }
    }
    return matrix
  }

  /// By how much lambda misses its equation, with what follows from it.
  private struct Residual {
    let values: [Double]
    /// The roots of the rates.
    let roots: [Double]
    /// K, n x n.
    let covariance: Matrix
  }

  private func residual(_ logRates: [Double], _ prior: Matrix) -> Residual? {
    let n = data.rowCount
    let roots = logRates.map { exp(0.5 * $0) }
    guard roots.allSatisfy({ $0.isFinite && $0 < 1e100 }) else { return nil }
    // T = K0 E^1/2, and K = K0 - T (I + E^1/2 K0 E^1/2)^-1 T'.
    var (scaled, inner) = (prior, Matrix(order: n))
    for i in 0..<n {
      for j in 0..<n {
        scaled[i, j] *= roots[j]
        inner[i, j] = roots[i] * scaled[i, j] + (i == j ? 1 : 0)
      }
    }
    guard let root = PrecisionRoot(inner) else { return nil }
    let middle = scaled * root.inverse
    var covariance = prior
    covariance.elements.withUnsafeMutableBufferPointer { target in
      middle.elements.withUnsafeBufferPointer { left in
        scaled.elements.withUnsafeBufferPointer { right in
          for i in 0..<n {
            for j in 0...i {
              var sum = 0.0
              for k in 0..<n { sum += left[i * n + k] * right[j * n + k] }
              target[i * n + j] -= sum
              target[j * n + i] = target[i * n + j]
            }
          }
        }
      }
    }
    let surplus = (0..<n).map { data.counts.pointer[$0] - roots[$0] * roots[$0] }
    let shift = prior * surplus
    let values = (0..<n).map {
      logRates[$0] - data.offset.pointer[$0] - shift[$0] - 0.5 * covariance[$0, $0]
    }
    guard values.allSatisfy(\.isFinite) else { return nil }
    return Residual(values: values, roots: roots, covariance: covariance)
  }

  /// The Jacobian as E^-1/2 (I + E^1/2 (K0 + 1/2 K o K) E^1/2) E^1/2.
  private struct NewtonSystem {
    private let roots: [Double]
    private let root: PrecisionRoot

    init?(_ residual: Residual, _ prior: Matrix) {
      let n = prior.order
      var matrix = Matrix(order: n)
      for i in 0..<n {
        for j in 0..<n {
          let k = residual.covariance[i, j]
          matrix[i, j] = residual.roots[i] * residual.roots[j] * (prior[i, j] + 0.5 * k * k)
        }
        matrix[i, i] += 1
      }
      guard let root = PrecisionRoot(matrix) else { return nil }
      (self.root, roots) = (root, residual.roots)
    }

    func solution(_ vector: [Double]) -> [Double] {
      zip(root.solution(zip(vector, roots).map(*)), roots).map(/)
    }
  }

  /// Moves a state there.
  func fill(_ state: GaussianState) {
    let shape = data.shape
    let (n, p, q) = (data.rowCount, shape.fixedCount, shape.termCount)
    let rates = logRates.map { exp($0) }
    let surplus = (0..<n).map { data.counts.pointer[$0] - rates[$0] }
    let (x, z) = (data.fixedDesign.pointer, data.randomDesign.pointer)
    let precision = state.precision
    for c in 0..<p {
      var sum = 0.0
      for i in 0..<n { sum += x[c * n + i] * surplus[i] }
      state.fixedMean.pointer[c] = sum / fixedPrecision
      for d in 0...c {
        var product = 0.0
        for i in 0..<n { product += rates[i] * x[c * n + i] * x[d * n + i] }
        precision.corner.pointer[c * p + d] = product
        precision.corner.pointer[d * p + c] = product
      }
    }
    for group in 0..<shape.groupCount {
      let rows = data.groupStarts[group]..<data.groupStarts[group + 1]
      for k in 0..<q {
        let index = group * q + k
        state.randomMean.pointer[index] =
          rows.reduce(0) { $0 + z[k * n + $1] * surplus[$1] } / termPrecisions[k]
        for l in 0..<q {
          precision.blocks.pointer[index * q + l] = rows.reduce(0) {
            $0 + rates[$1] * z[k * n + $1] * z[l * n + $1]
          }
        }
        for c in 0..<p {
          precision.borders.pointer[index * p + c] = rows.reduce(0) {
            $0 + rates[$1] * z[k * n + $1] * x[c * n + $1]
          }
        }
      }
    }
  }
}
