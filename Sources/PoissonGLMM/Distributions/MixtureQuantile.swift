import Foundation

/// Quantiles of mixtures, whose distribution functions have no inverse in closed form.
enum MixtureQuantile {
  /// Where a monotone tail probability takes the value `probability`, above 0.
  ///
  /// Chandrupatla's method (1997), inverse quadratic interpolation that gives way to bisection
  /// wherever that would be slower, on log probabilities: these are close to parabolas far out.
  /// - Parameters:
  ///   - ends: numbers between the least and the largest of which it lies.
  /// - Returns: NaN without ends.
  static func root(
    _ probability: Double, between ends: [Double], tail: (Double) -> Double
  ) -> Double {
    guard var a = ends.min(), var b = ends.max() else { return .nan }
    /// Bounded, for differences to be finite where a probability underflows.
    func excess(_ x: Double) -> Double { max(-1e4, log(tail(x) / probability)) }
    var (heightA, heightB) = (excess(a), excess(b))
    // Rounding may put the root just beyond an end.
    guard heightA.sign != heightB.sign else {
      return heightA.magnitude < heightB.magnitude ? a : b
    }
    var (c, heightC) = (a, heightA)
    var share = 0.5
    for _ in 0..<100 {
      let x = a + share * (b - a)
      let height = excess(x)
      if height.sign == heightA.sign {
        (c, heightC) = (a, heightA)
      } else {
        (c, heightC) = (b, heightB)
        (b, heightB) = (a, heightA)
      }
      (a, heightA) = (x, height)
      let best = heightA.magnitude < heightB.magnitude ? a : b
      let width = (b - a).magnitude
      let tolerance = 1e-15 * best.magnitude
      if height == 0 || width <= 2 * tolerance { return best }
      let (position, level) = ((a - b) / (c - b), (heightA - heightB) / (heightC - heightB))
      if level * level < position && (1 - level) * (1 - level) < 1 - position {
        share =
          heightA / (heightB - heightA) * heightC / (heightB - heightC)
          + (c - a) / (b - a) * heightA / (heightC - heightA) * heightB / (heightC - heightB)
      } else {
        share = 0.5
      }
      let least = tolerance / width
      share = max(least, min(1 - least, share))
    }
    return heightA.magnitude < heightB.magnitude ? a : b
  }
}
