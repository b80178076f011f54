import PlatformEssentials

/// Linear response in a random-intercept model: the covariances of `LinearResponse`, with what
/// happens inside a group worked out in closed form.
///
/// A perturbation t'b moves E b by dm, and in group j the expected count, E u_j, Q_j and W_j by
///
///     d rho_j (1 + rho_j (1/w + Q_j^2 / 2)) = C_j' dm + V_j + rho_j dh_j / 2
///     du_j = -d rho_j / w    dQ_j = -Q_j^2 d rho_j
///     dW_j = Q_j dC_j + C_j dQ_j
///
/// where g_i = x_i' beta_j + x_i' dS x_i / 2 is what S and W_j do to a rate, beta_j = -d(S W_j),
/// V_j = sum_{i in j} e_i g_i and h_j = W_j' S W_j. Without g and h the solution is dm = (T*)^-1 t.
/// They are of the order of v = (x - W_j)' S (x - W_j), the part of the linear predictor's variance
/// that comes from b. An iteration adds them and reduces the error by a factor of about v each
/// time. Where v < 0.002 for every row they could change a standard deviation by no more than a
/// part in 2,000, and are left out.
final class InterceptResponse {
  private let source: InterceptData
  private let chunks: GroupChunks
  private let scratch: DoubleStorage
  private let scratchSize: Int
  /// The largest v at the first call: S differs little between the log SDs of one fit.
  private var largestVariance: Double?
  private lazy var iteration = InterceptResponseIteration(source, chunks: chunks)

  private static let negligibleVariance = 0.002
  /// The same limit from 10 fixed effects on, where the iteration, whose cost grows with the cube
  /// of their number, would take many times as long as the rest of the fit. A standard deviation
  /// then changes by a part in 200 at most, and by a tenth of that where v is the average over the
  /// rows.
  private static let negligibleVarianceOfMany = 0.02
  /// Where v is larger, the variances of the random intercepts need what `combine` leaves out:
  /// about a part in 500.
  private static let largeVariance = 0.02

  init(_ source: InterceptData, chunks: GroupChunks) {
    self.source = source
    self.chunks = chunks
    scratchSize = InterceptTile.scratchSize(source) + 2 * source.data.shape.fixedCount
    scratch = DoubleStorage(count: chunks.threads * scratchSize)
  }

  /// The corrected covariances at an optimum.
  /// - Parameters:
  ///   - sums: of the pass that found it.
  ///   - step: the step from it.
  /// - Returns: nil if an iteration did not converge, or if v is so large that the general
  ///   equations are needed.
  func covariance(
    at posterior: InterceptPosterior, groups: InterceptGroups, step: InterceptStep
  ) -> LinearResponse.Covariance? {
    let variance = largestVariance ?? largestFixedVariance(posterior, groups)
    largestVariance = variance
    guard variance < Self.largeVariance else { return nil }
    let isLarge = source.data.shape.fixedCount >= 10
    if variance < (isLarge ? Self.negligibleVarianceOfMany : Self.negligibleVariance) {
      return combine(step.responseCovariance, cross: nil, posterior, groups)
    }
    guard let (fixed, cross) = iteration.solve(at: posterior, groups: groups, step: step) else {
      return nil
    }
    return combine(fixed, cross: cross, posterior, groups)
  }

  /// max_i (x_i - W_j)' S (x_i - W_j)
  private func largestFixedVariance(
    _ posterior: InterceptPosterior, _ groups: InterceptGroups
  ) -> Double {
    let source = source
    let data = source.data
    let p = data.shape.fixedCount
    let largest = DoubleStorage(count: chunks.count)
    let (scratch, scratchSize) = (scratch, scratchSize)
    chunks.run { thread, chunk, range in
      let base = scratch.pointer + thread * scratchSize
      let tile = InterceptTile(source, scratch: base)
      let slopes = base + InterceptTile.scratchSize(source)
      let regression = slopes + p
      tile.setForm(posterior.covariance.pointer)
      for group in range {
        groups.copyRow(group, of: groups.regression, count: p, into: regression)
        // Half of the variance, in powers of x.
        var level = 0.0
        var position = 0
        for c in 0..<p {
          let row = posterior.covariance.pointer + c * p
          let product = dotProduct(UnsafePointer(row), UnsafePointer(regression), p)
          level += 0.5 * product * regression[c]
          if c == source.onesColumn {
            level += 0.5 * row[c] - product
          } else {
            slopes[position] = -product
            if let ones = source.onesColumn { slopes[position] += row[ones] }
            position += 1
          }
        }
        let end = data.groupStarts[group + 1]
        for first in stride(from: data.groupStarts[group], to: end, by: InterceptTile.rows) {
          let count = min(InterceptTile.rows, end - first)
          tile.fillPredictors(level: level, slopes: slopes, from: 0, to: count)
          let value = 2 * tile.largestValue(first: first, count: count)
          if !(value <= largest.pointer[chunk]) { largest.pointer[chunk] = value }
        }
      }
    }
    return largest.array.reduce(0) { !($1 <= $0) ? $1 : $0 }
  }

  /// The covariance of b together with the variances of the random intercepts, Var(u_j | b) +
  /// cov(u_j, b)' Cov(b)^-1 cov(u_j, b).
  /// - Parameter cross: cov(u_j, b), G rows of p; nil where it is -Cov(b) C_j / (w + rho_j (1 + w
  ///   Q_j^2 / 2)).
  /// - Returns: nil if Cov(b) is not positive definite.
  private func combine(
    _ fixed: DoubleStorage, cross: DoubleStorage?, _ posterior: InterceptPosterior,
    _ groups: InterceptGroups
  ) -> LinearResponse.Covariance? {
    let p = source.data.shape.fixedCount
    let w = posterior.termPrecision
    let factor = DoubleStorage(count: p * p)
    factor.copy(from: fixed)
    guard SmallCholesky.factor(factor.pointer, order: p).isFinite else { return nil }
    let solution = DoubleStorage(count: p)
    let row = DoubleStorage(count: p)
    var variances = [Double](repeating: 0, count: source.data.shape.groupCount)
    for group in variances.indices {
      let border = row.pointer
      let q = groups.variance.pointer[group]
      groups.copyRow(group, of: groups.border, count: p, into: border)
      let rho = 1 / q - w
      let slope = 1 + rho * (1 / w + 0.5 * q * q)
      // C_j' S C_j gives the effect of the change of W_j when u_j moves.
      let size = quadraticForm(posterior.covariance.pointer, border, p)
      var regressionShare = 0.0
      if q * q * size < 0.5 { regressionShare = size * w * q / (1 - q * q * size) }
      let countShift =
        (rho - regressionShare * q)
        / (w * (slope - regressionShare * q * (1 / w + 0.5 * q * q + q)))
      variances[group] = (1 - countShift) / w
      if let cross {
        let own = cross.pointer + group * p
        solution.pointer.update(from: own, count: p)
        SmallCholesky.solve(factor.pointer, order: p, solution.pointer)
        variances[group] += dotProduct(UnsafePointer(own), solution.pointer, p)
      } else {
        variances[group] += quadraticForm(fixed.pointer, border, p) / (w * w * slope * slope)
      }
    }
    guard variances.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    return LinearResponse.Covariance(
      fixed: Matrix(order: p, elements: fixed.array), randomVariances: variances)
  }

  private func quadraticForm(
    _ matrix: UnsafePointer<Double>, _ vector: UnsafePointer<Double>, _ p: Int
  ) -> Double {
    var value = 0.0
    for c in 0..<p { value += vector[c] * dotProduct(matrix + c * p, vector, p) }
    return value
  }
}
