/// Polynomials that are orthonormal over a sample, of degrees 1, 2, ..., each also orthogonal to
/// the constant: the columns of R's `poly(x, degree)`.
///
/// With p_0 = 1 and p_-1 = 0 they follow from the recurrence (Forsythe 1957)
///
///     p_k+1(x) = (x - a_k) p_k(x) - (n_k / n_k-1) p_k-1(x)
///     n_k = sum p_k(x_i)^2      a_k = sum x_i p_k(x_i)^2 / n_k
///
/// each divided by the root of its n_k. The a_k and n_k are what new rows need.
struct OrthogonalPolynomials: Sendable, Equatable {
  /// a_0, a_1, ..., one a degree.
  private let centers: [Double]
  /// n_0, n_1, ..., one more.
  private let squares: [Double]

  /// - Throws: `ModelError` if the sample has too few different values for the degree.
  init(degree: Int, values: [Double], name: String) throws(ModelError) {
    let different = Set(values).count
    guard degree < different else {
      throw ModelError(
        "\(name): there are \(different) different values, so that the degree can be "
          + "\(different - 1) at most.")
    }
    var centers: [Double] = []
    var squares = [Double(values.count)]
    var previous = [Double](repeating: 0, count: values.count)
    var current = [Double](repeating: 1, count: values.count)
    let mean = values.reduce(0, +) / Double(values.count)
    for k in 0..<degree {
      // Of centred values, as R has it: the mean itself may be large.
      let center =
        zip(values, current).reduce(0) { $0 + ($1.0 - mean) * $1.1 * $1.1 } / squares[k] + mean
      let ratio = k > 0 ? squares[k] / squares[k - 1] : 0
      var sum = 0.0
      for row in values.indices {
        let next = (values[row] - center) * current[row] - ratio * previous[row]
        (previous[row], current[row]) = (current[row], next)
        sum += next * next
      }
      guard sum > 0, sum.isFinite else {
        throw ModelError(
          "\(name): the powers of these values are beyond double precision; rescale them, or take "
            + "a lower degree.")
      }
      centers.append(center)
      squares.append(sum)
    }
    self.centers = centers
    self.squares = squares
  }

  /// The columns at `values`, one a degree.
  func columns(at values: [Double]) -> [[Double]] {
    var columns: [[Double]] = []
    var previous = [Double](repeating: 0, count: values.count)
    var current = [Double](repeating: 1, count: values.count)
    for k in centers.indices {
      let ratio = k > 0 ? squares[k] / squares[k - 1] : 0
      let length = squares[k + 1].squareRoot()
      for row in values.indices {
        let next = (values[row] - centers[k]) * current[row] - ratio * previous[row]
        (previous[row], current[row]) = (current[row], next)
      }
      columns.append(current.map { $0 / length })
    }
    return columns
  }
}
