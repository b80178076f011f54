/// Derivatives by the central formula of fourth order,
/// f'(x) = (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h + O(h^4).
enum Differences {
  /// - Parameter step: 1e-3 leaves an error of 1e-12 from the formula and from rounding alike
  ///   where f and its derivatives are about one.
  static func gradient(
    at point: [Double], step: Double = 1e-3, of function: ([Double]) -> Double
  ) -> [Double] {
    point.indices.map { index in
      func shifted(_ steps: Double) -> Double {
        var moved = point
        moved[index] += steps * step
        return function(moved)
      }
      return (8 * (shifted(1) - shifted(-1)) - (shifted(2) - shifted(-2))) / (12 * step)
    }
  }
}
