extension Matrix {
  /// L with L L' = V, lower triangular, of a symmetric V that may be singular: variables may depend
  /// on each other. A pivot that is lost in rounding error counts as 0.
  var semidefiniteRoot: Matrix {
    let n = order
    var root = Matrix(order: n)
    for j in 0..<n {
      var pivot = self[j, j]
      for k in 0..<j { pivot -= root[j, k] * root[j, k] }
      guard pivot > 1e-12 * self[j, j] else { continue }
      let diagonal = pivot.squareRoot()
      root[j, j] = diagonal
      for i in (j + 1)..<max(n, j + 1) {
        var sum = self[i, j]
        for k in 0..<j { sum -= root[i, k] * root[j, k] }
        root[i, j] = sum / diagonal
      }
    }
    return root
  }
}
