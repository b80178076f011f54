/// The factored form of an arrow matrix P with prior precisions on its diagonal.
///
/// With the Schur complement T = P_bb - sum_j C_j P_jj^-1 C_j' it gives
///
///     S_bb = T^-1      S_jj = P_jj^-1 + W_j' S_bb W_j      log|P| = log|T| + sum_j log|P_jj|
///
/// where W_j = C_j P_jj^-1. Work and memory are O(G q (p + q)) and O(p^3), never O((p + G q)^2).
final class ArrowFactorization {
  let shape: ArrowShape
  private let chunks: GroupChunks
  /// P_jj^-1, G blocks of q x q.
  let blockInverses: DoubleStorage
  /// L_j^-1 with L_j L_j' = P_jj, lower triangles of G blocks of q x q.
  ///
  /// If only the prior tells some effects of a group apart, P_jj^-1 has large entries that nearly
  /// cancel in z' P_jj^-1 z and in C_j P_jj^-1. L_j^-1 z avoids that: it is small before it is
  /// squared.
  let blockRoots: DoubleStorage
  /// W_j, G blocks of q x p: row k is column k of W_j.
  let regressions: DoubleStorage
  /// S_bb, p x p, both triangles.
  let fixedCovariance: DoubleStorage
  /// L^-1 with L L' = T, the lower triangle of p x p.
  let fixedRoot: DoubleStorage
  private(set) var logDeterminant = 0.0

  /// The smallest ratio of a Cholesky pivot to its diagonal element before elimination. The
  /// relative error of variances is about 1e-16 divided by this ratio.
  private(set) var smallestRelativePivot = 1.0

  private let schurFactor: DoubleStorage
  private let cornerDiagonal: DoubleStorage
  private let partialSums: DoubleStorage
  private let partialStride: Int
  /// The sums of `setTermQuadraticForms`, by chunk.
  private let termSums: DoubleStorage
  private let scratch: DoubleStorage

  init(_ shape: ArrowShape, chunks: GroupChunks) {
    self.shape = shape
    self.chunks = chunks
    let (p, q) = (shape.fixedCount, shape.termCount)
    blockInverses = DoubleStorage(count: shape.randomEffectCount * q)
    blockRoots = DoubleStorage(count: shape.randomEffectCount * q)
    regressions = DoubleStorage(count: shape.randomEffectCount * p)
    fixedCovariance = DoubleStorage(count: p * p)
    fixedRoot = DoubleStorage(count: p * p)
    schurFactor = DoubleStorage(count: p * p)
    cornerDiagonal = DoubleStorage(count: p)
    // Per chunk: a p x p sum, then log|P_jj|, the smallest relative pivot and sum_j W_j u_j of a
    // right-hand side.
    partialStride = p * p + 2 + p
    partialSums = DoubleStorage(count: chunks.count * partialStride)
    termSums = DoubleStorage(count: chunks.count * q * (q + p))
    scratch = DoubleStorage(count: chunks.threads * q * q)
  }

  /// Factors `matrix` + diag(termPrecisions[k] for every u_jk, fixedPrecision for every b_c).
  ///
  /// A caller can do other work on the groups in the same sweep, by `prepare`.
  /// - Parameters:
  ///   - side: a right-hand side over u, for which sum_j W_j u_j is formed as well, so that `solve`
  ///     saves its first sweep over the groups.
  ///   - prepare: called with a range of groups before their blocks, borders and side are read.
  func factor(
    _ matrix: ArrowMatrix, termPrecisions: DoubleStorage, fixedPrecision: Double,
    projecting side: DoubleStorage? = nil, prepare: @Sendable (Range<Int>) -> Void = { _ in }
  ) {
    let (p, q) = (shape.fixedCount, shape.termCount)
    let (blocks, borders) = (matrix.blocks, matrix.borders)
    let (inverses, regressions, partialSums) = (blockInverses, regressions, partialSums)
    let (roots, stride, scratch) = (blockRoots, partialStride, scratch)
    chunks.run { thread, chunk, groups in
      let factor = scratch.pointer + thread * q * q
      prepare(groups)
      let sum = partialSums.pointer + chunk * stride
      sum.update(repeating: 0, count: stride)
      var determinants = LogProduct()
      var smallestPivot = 1.0
      for group in groups {
        let block = blocks.pointer + group * q * q
        let border = borders.pointer + group * q * p
        let inverse = inverses.pointer + group * q * q
        let root = roots.pointer + group * q * q
        let regression = regressions.pointer + group * q * p
        if q == 2,
          let (determinant, pivot) = SmallCholesky.invertOrderTwo(
            block[0] + termPrecisions.pointer[0], block[2], block[3] + termPrecisions.pointer[1],
            into: inverse, root: root)
        {
          determinants.multiply(by: determinant)
          smallestPivot = min(smallestPivot, pivot)
          Self.addOrderTwo(border, root: root, fixedCount: p, regression: regression, to: sum)
          continue
        }
        factor.update(from: block, count: q * q)
        for k in 0..<q { factor[k * q + k] += termPrecisions.pointer[k] }
        determinants.add(SmallCholesky.factor(factor, order: q))
        for k in 0..<q {
          let pivot = factor[k * q + k] * factor[k * q + k]
          let diagonal = block[k * q + k] + termPrecisions.pointer[k]
          smallestPivot = min(smallestPivot, pivot / diagonal)
        }
        SmallCholesky.invert(factor, order: q, into: inverse)
        SmallCholesky.invertFactor(factor, order: q, into: root)
        // L_j^-1 C_j', whose square is subtracted in the Schur complement; then it is overwritten
        // by W_j' = L_j^-T L_j^-1 C_j'.
        for k in 0..<q {
          for c in 0..<p {
            var value = 0.0
            for l in 0...k { value += root[k * q + l] * border[l * p + c] }
            regression[k * p + c] = value
          }
        }
        for k in 0..<q {
          for c in 0..<p {
            let value = regression[k * p + c]
            for d in 0...c { sum[c * p + d] += value * regression[k * p + d] }
          }
        }
        for k in 0..<q {
          for c in 0..<p {
            var value = 0.0
            for l in k..<q { value += root[l * q + k] * regression[l * p + c] }
            regression[k * p + c] = value
          }
        }
      }
      sum[p * p] = determinants.value
      sum[p * p + 1] = smallestPivot
      if let side {
        Self.project(
          side.pointer, regressions: regressions.pointer,
          rows: groups.lowerBound * q..<groups.upperBound * q, fixedCount: p,
          to: sum + (p * p + 2))
      }
    }
    let schur = schurFactor.pointer
    schur.update(from: matrix.corner.pointer, count: p * p)
    for c in 0..<p { schur[c * p + c] += fixedPrecision }
    var blockLogDeterminant = 0.0
    smallestRelativePivot = 1
    for chunk in 0..<chunks.count {
      let sum = partialSums.pointer + chunk * stride
      for i in 0..<(p * p) { schur[i] -= sum[i] }
      blockLogDeterminant += sum[p * p]
      smallestRelativePivot = min(smallestRelativePivot, sum[p * p + 1])
    }
    for c in 0..<p {
      cornerDiagonal.pointer[c] = matrix.corner.pointer[c * (p + 1)] + fixedPrecision
    }
    logDeterminant =
      blockLogDeterminant
      + SmallCholesky.factor(schur, order: p, sizes: cornerDiagonal.pointer)
    for c in 0..<p {
      let pivot = schur[c * (p + 1)] * schur[c * (p + 1)]
      smallestRelativePivot = min(smallestRelativePivot, pivot / cornerDiagonal.pointer[c])
    }
    SmallCholesky.invert(schur, order: p, into: fixedCovariance.pointer)
    SmallCholesky.invertFactor(schur, order: p, into: fixedRoot.pointer)
  }

  /// Writes W_j' for q = 2 to `regression` and adds the square of L_j^-1 C_j' to the lower triangle
  /// of `sum`.
  @inline(__always)
  private static func addOrderTwo(
    _ border: UnsafePointer<Double>, root: UnsafePointer<Double>, fixedCount p: Int,
    regression: UnsafeMutablePointer<Double>, to sum: UnsafeMutablePointer<Double>
  ) {
    let (a, b, c) = (root[0], root[2], root[3])
    for column in 0..<p {
      regression[column] = a * border[column]
      regression[p &+ column] = b * border[column] + c * border[p &+ column]
    }
    for column in 0..<p {
      let (first, second) = (regression[column], regression[p &+ column])
      let row = sum + column &* p
      for d in 0...column { row[d] += first * regression[d] + second * regression[p &+ d] }
    }
    for column in 0..<p {
      regression[column] = a * regression[column] + b * regression[p &+ column]
      regression[p &+ column] *= c
    }
  }

  /// Adds sum_j W_j u_j over the `rows` of a right-hand side to p numbers.
  @inline(__always)
  private static func project(
    _ side: UnsafePointer<Double>, regressions: UnsafePointer<Double>, rows: Range<Int>,
    fixedCount p: Int, to sum: UnsafeMutablePointer<Double>
  ) {
    for row in rows {
      let value = side[row]
      let regression = regressions + row &* p
      for c in 0..<p { sum[c] += value * regression[c] }
    }
  }

  /// Solves P (u, b) = (randomSide, fixedSide) and writes the solution over the right-hand side.
  /// - Parameters:
  ///   - isProjected: whether `factor` was given the same `randomSide`.
  ///   - finish: called with each chunk's groups as soon as their part of the solution is written;
  ///     that of b is written before.
  func solve(
    randomSide: DoubleStorage, fixedSide: DoubleStorage, isProjected: Bool = false,
    finish: @Sendable (_ chunk: Int, _ groups: Range<Int>) -> Void = { _, _ in }
  ) {
    let (p, q) = (shape.fixedCount, shape.termCount)
    let (roots, regressions, partialSums) = (blockRoots, regressions, partialSums)
    let (stride, projection) = (partialStride, p * p + 2)
    if !isProjected {
      chunks.run { _, chunk, groups in
        let sum = partialSums.pointer + (chunk * stride + projection)
        sum.update(repeating: 0, count: p)
        Self.project(
          randomSide.pointer, regressions: regressions.pointer,
          rows: groups.lowerBound * q..<groups.upperBound * q, fixedCount: p, to: sum)
      }
    }
    for chunk in 0..<chunks.count {
      let sum = partialSums.pointer + (chunk * stride + projection)
      for c in 0..<p { fixedSide.pointer[c] -= sum[c] }
    }
    SmallCholesky.solve(schurFactor.pointer, order: p, fixedSide.pointer)
    let scratch = scratch
    chunks.run { thread, chunk, groups in
      let half = scratch.pointer + thread * q * q
      for group in groups {
        let side = randomSide.pointer + group * q
        let root = roots.pointer + group * q * q
        if q == 2 {
          let first = regressions.pointer + group &* 2 &* p
          let (a, b) = (root[0] * side[0], root[2] * side[0] + root[3] * side[1])
          var (one, two) = (root[0] * a + root[2] * b, root[3] * b)
          for c in 0..<p {
            one -= first[c] * fixedSide.pointer[c]
            two -= first[p &+ c] * fixedSide.pointer[c]
          }
          side[0] = one
          side[1] = two
          continue
        }
        for k in 0..<q {
          var value = 0.0
          for l in 0...k { value += root[k * q + l] * side[l] }
          half[k] = value
        }
        for k in 0..<q {
          let regression = regressions.pointer + (group * q + k) * p
          var value = 0.0
          for l in k..<q { value += root[l * q + k] * half[l] }
          for c in 0..<p { value -= regression[c] * fixedSide.pointer[c] }
          side[k] = value
        }
      }
      finish(chunk, groups)
    }
  }

  /// Writes S_jj, the q x q posterior covariance of one group's random effects.
  /// - Parameter scratch: room for p doubles.
  @inline(__always)
  static func groupCovariance(
    inverse: UnsafePointer<Double>, regression: UnsafePointer<Double>,
    fixedCovariance: UnsafePointer<Double>, fixedCount p: Int, termCount q: Int,
    scratch: UnsafeMutablePointer<Double>, into covariance: UnsafeMutablePointer<Double>
  ) {
    for k in 0..<q {
      let regressionK = regression + k * p
      for c in 0..<p {
        var value = 0.0
        for d in 0..<p { value += fixedCovariance[c * p + d] * regressionK[d] }
        scratch[c] = value
      }
      for l in 0...k {
        let regressionL = regression + l * p
        var value = inverse[k * q + l]
        for c in 0..<p { value += scratch[c] * regressionL[c] }
        covariance[k * q + l] = value
        covariance[l * q + k] = value
      }
    }
  }

  /// Fills `forms`, q x q, row-major, with x' P^-1 y for every pair of terms. In entry (k, l) x
  /// holds the elements of `effects` that belong to term k, y those of term l, and both are 0
  /// elsewhere.
  func setTermQuadraticForms(_ effects: DoubleStorage, into forms: DoubleStorage) {
    let (p, q) = (shape.fixedCount, shape.termCount)
    let (inverses, regressions, partialSums) = (blockInverses, regressions, termSums)
    let stride = q * (q + p)
    chunks.run { _, chunk, groups in
      let forms = partialSums.pointer + chunk * stride
      let projections = forms + q * q
      forms.update(repeating: 0, count: stride)
      for group in groups {
        let effect = effects.pointer + group * q
        let inverse = inverses.pointer + group * q * q
        let regression = regressions.pointer + group * q * p
        for k in 0..<q {
          for l in 0...k { forms[k * q + l] += effect[k] * inverse[k * q + l] * effect[l] }
          for c in 0..<p { projections[k * p + c] += effect[k] * regression[k * p + c] }
        }
      }
    }
    // The sums of the other chunks are added to those of the first.
    for chunk in 1..<max(chunks.count, 1) {
      for index in 0..<stride {
        partialSums.pointer[index] += partialSums.pointer[chunk * stride + index]
      }
    }
    let projections = partialSums.pointer + q * q
    for k in 0..<q {
      for l in 0...k {
        var value = partialSums.pointer[k * q + l]
        for c in 0..<p {
          for d in 0..<p {
            value +=
              projections[k * p + c] * fixedCovariance.pointer[c * p + d] * projections[l * p + d]
          }
        }
        forms.pointer[k * q + l] = value
        forms.pointer[l * q + k] = value
      }
    }
  }

  /// The diagonals of every S_jj: the G q variances of the random effects, group-major.
  func randomVariances() -> [Double] {
    let (p, q) = (shape.fixedCount, shape.termCount)
    let (inverses, regressions, fixedRoot) = (blockInverses, regressions, fixedRoot)
    let variances = DoubleStorage(count: shape.randomEffectCount)
    chunks.run { _, _, groups in
      for index in (groups.lowerBound * q)..<(groups.upperBound * q) {
        variances.pointer[index] =
          inverses.pointer[index * q + index % q]
          + squaredLength(
            ofProduct: fixedRoot.pointer, regressions.pointer + index * p, order: p)
      }
    }
    return variances.array
  }
}

/// |R x|^2 with a lower triangle R.
@inline(__always)
func squaredLength(
  ofProduct root: UnsafePointer<Double>, _ x: UnsafePointer<Double>, order n: Int
) -> Double {
  var sum = 0.0
  for c in 0..<n {
    let row = root + c &* n
    var value = 0.0
    for d in 0...c { value += row[d] * x[d] }
    sum += value * value
  }
  return sum
}
