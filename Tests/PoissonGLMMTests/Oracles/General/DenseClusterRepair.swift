import Foundation

/// R in cluster form: where factors have levels enough, pairs of rows without a common level
/// contribute next to nothing, so that R is a sum over sets of rows,
///
///     sum over factors f nested in no other, over levels c of f:  l(c)
///     - sum over pairs f < g of them, over cells c = (level of f, level of g):  l(c)
///     + triples, ... by inclusion and exclusion
///
/// What it leaves out is what rows share through the fixed effects alone: .003 with six groups, .03
/// with forty groups and no event.
struct DenseClusterRepair {
  /// The sum.
  let value: Double

  init?(_ model: DenseGeneralModel, gaussian: DenseGeneralGaussian) {
    // K = A S A'.
    let factor = model.design.times(gaussian.covariance)
    let kernel = factor.times(model.design.transposed)
    let outermost = Self.outermostFactors(model.blocks.map(\.codes))
    var sum = 0.0
    // Each number is a non-empty subset of the factors, bit by bit.
    for subset in 1..<(1 << outermost.count) {
      let chosen = outermost.indices.filter { subset & (1 << $0) != 0 }.map { outermost[$0] }
      let clusters = Dictionary(grouping: 0..<model.rows) { row in chosen.map { $0[row] } }
      for rows in clusters.values {
        guard
          let part = Self.repair(
            kernel: kernel.submatrix(rows, columns: rows), rates: rows.map { gaussian.rates[$0] })
        else { return nil }
        sum += chosen.count % 2 == 1 ? part : -part
      }
    }
    value = sum
  }

  /// The part of R that belongs to some rows, from their covariances K = A S A' and rates e:
  ///
  ///     l = 1/6 [log|I + 1/2 Q~| - log|I + 1/2 (I - K~) Q~|],
  ///     K~ = E^1/2 K E^1/2,  Q~ = E^1/2 (K * K) E^1/2
  ///
  /// For all n rows it is R itself.
  static func repair(kernel: DenseMatrix, rates: [Double]) -> Double? {
    let n = kernel.rows
    let roots = rates.map { $0.squareRoot() }
    var squares = DenseMatrix(rows: n, columns: n)
    var complement = DenseMatrix(identity: n)
    for i in 0..<n {
      for j in 0..<n {
        let scale = roots[i] * roots[j]
        squares[i, j] = 0.5 * scale * kernel[i, j] * kernel[i, j]
        complement[i, j] -= scale * kernel[i, j]
      }
    }
    // The eigenvalues of K~ are below one: I - K~ = M M', and the second determinant is that of the
    // symmetric I + 1/2 M'Q~M.
    let identity = DenseMatrix(identity: n)
    guard let root = DenseCholesky(complement)?.lower,
      let first = DenseCholesky(.sum(identity, squares)),
      let second = DenseCholesky(.sum(identity, root.transposed.times(squares).times(root)))
    else { return nil }
    return (first.logDeterminant - second.logDeterminant) / 6
  }

  /// The factors that are nested in no other, each once: g contains f if rows that share a level of
  /// f share one of g.
  static func outermostFactors(_ factors: [[Int]]) -> [[Int]] {
    func contains(_ g: [Int], _ f: [Int]) -> Bool {
      var outer: [Int: Int] = [:]
      return zip(f, g).allSatisfy { inner, level in
        defer { outer[inner] = level }
        return outer[inner, default: level] == level
      }
    }
    return factors.indices.filter { f in
      !factors.indices.contains { g in
        // Of two that contain each other the first stays.
        g != f && contains(factors[g], factors[f])
          && (g < f || !contains(factors[f], factors[g]))
      }
    }.map { factors[$0] }
  }
}
