/// M = V diag(w) V' of a symmetric matrix, by Jacobi's rotations: each makes one off-diagonal
/// element zero, and sweeps over all of them converge quadratically.
struct SymmetricEigenvalues {
  private(set) var values: [Double]
  /// The eigenvectors, as columns.
  private(set) var vectors: DenseMatrix

  init(_ matrix: DenseMatrix) {
    let order = matrix.rows
    var m = matrix
    vectors = DenseMatrix(identity: order)
    for _ in 0..<50 {
      for p in 0..<order {
        for q in (p + 1)..<order where m[p, q] != 0 {
          // The smaller angle with tan(2 angle) = 2 m_pq / (m_qq - m_pp).
          let theta = (m[q, q] - m[p, p]) / (2 * m[p, q])
          let tangent =
            (theta < 0 ? -1 : 1) / (theta.magnitude + (theta * theta + 1).squareRoot())
          let cosine = 1 / (tangent * tangent + 1).squareRoot()
          let sine = tangent * cosine
          for k in 0..<order {
            (m[k, p], m[k, q]) = (
              cosine * m[k, p] - sine * m[k, q], sine * m[k, p] + cosine * m[k, q]
            )
          }
          for k in 0..<order {
            (m[p, k], m[q, k]) = (
              cosine * m[p, k] - sine * m[q, k], sine * m[p, k] + cosine * m[q, k]
            )
            (vectors[k, p], vectors[k, q]) = (
              cosine * vectors[k, p] - sine * vectors[k, q],
              sine * vectors[k, p] + cosine * vectors[k, q]
            )
          }
        }
      }
    }
    values = m.diagonal
  }
}
