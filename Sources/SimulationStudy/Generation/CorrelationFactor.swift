import Foundation

/// The factor L of the correlation matrix R = L L' of q correlated terms, from the atanh z_ij (i >
/// j) of its canonical partial correlations:
///
///     L_ij = tanh(z_ij) prod_{k < j} sech(z_ik)      L_ii = prod_{k < i} sech(z_ik)
struct CorrelationFactor {
  /// Row i has L_i0, ..., L_ii.
  let rows: [[Double]]

  /// - Parameter partialCorrelations: z, row by row; q (q - 1) / 2 numbers.
  init(order: Int, partialCorrelations: some Sequence<Double>) {
    var next = partialCorrelations.makeIterator()
    rows = (0..<order).map { i in
      var left = 1.0
      var row: [Double] = []
      for _ in 0..<i {
        let z = next.next() ?? 0
        row.append(tanh(z) * left)
        left /= cosh(z)
      }
      return row + [left]
    }
  }
}
