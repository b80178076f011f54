/// M = V diag(w) V' of a small symmetric matrix, by Jacobi's rotations.
///
/// A rotation in the plane of two axes makes their off-diagonal element zero. Sweeps over all pairs
/// converge quadratically, and small eigenvalues are as exact as large ones.
struct SymmetricEigenvectors: Sendable {
  /// w, in no particular order.
  private(set) var values: [Double]
  /// V: column k belongs to value k.
  private(set) var vectors: Matrix

  private static let maximumSweeps = 60

  init(_ matrix: Matrix) {
    let n = matrix.order
    var work = matrix
    vectors = Matrix(diagonal: Array(repeating: 1, count: n))
    values = []
    let size = work.elements.reduce(0) { max($0, $1.magnitude) }
    for _ in 0..<Self.maximumSweeps {
      var rest = 0.0
      for p in 0..<n {
        for q in 0..<p { rest = max(rest, work[p, q].magnitude) }
      }
      if !(rest > 1e-16 * size) { break }
      for p in 0..<n {
        for q in 0..<p where work[p, q] != 0 { Self.rotate(&work, &vectors, p, q) }
      }
    }
    values = work.diagonal
  }

  /// Makes element (p, q) zero.
  private static func rotate(_ work: inout Matrix, _ vectors: inout Matrix, _ p: Int, _ q: Int) {
    let half = 0.5 * (work[q, q] - work[p, p])
    let element = work[p, q]
    // The smaller root of t^2 + 2 t half / element - 1 = 0, the tangent of the angle.
    let root = (half * half + element * element).squareRoot()
    let tangent = element / (half < 0 ? half - root : half + root)
    let cosine = 1 / (1 + tangent * tangent).squareRoot()
    let sine = tangent * cosine
    for k in 0..<work.order {
      let (a, b) = (work[k, p], work[k, q])
      work[k, p] = cosine * a - sine * b
      work[k, q] = sine * a + cosine * b
      let (c, d) = (vectors[k, p], vectors[k, q])
      vectors[k, p] = cosine * c - sine * d
      vectors[k, q] = sine * c + cosine * d
    }
    for k in 0..<work.order {
      let (a, b) = (work[p, k], work[q, k])
      work[p, k] = cosine * a - sine * b
      work[q, k] = sine * a + cosine * b
    }
  }

  /// V diag(f(w)) V'.
  func matrix(_ function: (Double) -> Double) -> Matrix {
    Self.matrix(axes: vectors, values: values.map(function))
  }

  /// V diag(w) V'.
  static func matrix(axes vectors: Matrix, values: [Double]) -> Matrix {
    let n = values.count
    var result = Matrix(order: n)
    for (k, value) in values.enumerated() {
      for i in 0..<n {
        for j in 0..<n { result[i, j] += value * vectors[i, k] * vectors[j, k] }
      }
    }
    return result
  }
}
