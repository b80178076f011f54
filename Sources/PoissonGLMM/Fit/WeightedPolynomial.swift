/// The polynomial that is nearest to values at weighted points, by least squares.
///
/// It is a sum over the polynomials that are orthogonal under the weights, which follow from each
/// other by three terms (Stieltjes; Forsythe 1957).
struct WeightedPolynomial {
  /// p_{j+1}(x) = (x - center) p_j(x) - ratio p_{j-1}(x), and the coefficient of p_j.
  private struct Term {
    let coefficient: Double
    let center: Double
    let ratio: Double
  }

  private var terms: [Term] = []

  /// - Parameters:
  ///   - weights: of the points; they need not add up to 1.
  ///   - degree: at most; it is lower where points are too few for it.
  init(weights: [Double], positions: [Double], values: [Double], degree: Int) {
    func sum(_ summand: (Int) -> Double) -> Double {
      weights.indices.reduce(0) { $0 + weights[$1] * summand($1) }
    }
    var (previous, current) = (weights.map { _ in 0.0 }, weights.map { _ in 1.0 })
    var previousNorm = 1.0
    let total = weights.reduce(0, +)
    let mean = sum { positions[$0] } / total
    let variance = sum { (positions[$0] - mean) * (positions[$0] - mean) } / total
    var smallest = 1e-9 * total
    for _ in 0...degree {
      let norm = sum { current[$0] * current[$0] }
      guard norm > smallest else { break }
      let center = sum { positions[$0] * current[$0] * current[$0] } / norm
      let ratio = terms.isEmpty ? 0 : norm / previousNorm
      terms.append(
        Term(
          coefficient: sum { values[$0] * current[$0] } / norm, center: center, ratio: ratio))
      let next = weights.indices.map {
        (positions[$0] - center) * current[$0] - ratio * previous[$0]
      }
      (previous, current, previousNorm) = (current, next, norm)
      // The size that the next norm has where points are spread as a normal is.
      smallest *= variance
    }
  }

  func value(at x: Double) -> Double {
    var (previous, current, sum) = (0.0, 1.0, 0.0)
    for term in terms {
      sum += term.coefficient * current
      (previous, current) = (current, (x - term.center) * current - term.ratio * previous)
    }
    return sum
  }
}
