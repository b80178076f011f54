import PlatformEssentials

/// The maximum of a smooth function by the method of Broyden, Fletcher, Goldfarb & Shanno, with
/// gradients by central differences. Coordinates are to be such that the function falls by about a
/// half within 1 of its maximum.
struct QuasiNewtonAscent {
  private(set) var position: [Double]
  private(set) var value: Double
  /// Whether a parabola with the last gradient and curvature has its maximum no more than
  /// `tolerance` above.
  private(set) var converged = false

  private static let tolerance = 1e-7
  private static let maximumIterations = 200
  private static let maximumHalvings = 40
  /// Of the differences: their error is a millionth where the third derivative is 1.
  private static let difference = 0.003
  /// No coordinate moves by more in one step.
  private static let longestStep = 2.0

  /// - Parameters:
  ///   - start: a point where the function is finite.
  ///   - function: minus infinity, or NaN, where there is no value.
  /// - Throws: `FitError` where the `FitLimit` is reached.
  init(from start: [Double], _ function: ([Double]) -> Double) throws(FitError) {
    position = start
    value = function(start)
    guard value.isFinite, !start.isEmpty else {
      converged = value.isFinite
      return
    }
    let n = start.count
    var inverse = Matrix(diagonal: [Double](repeating: 1, count: n))
    guard var slope = Self.gradient(function, at: start) else { return }
    for _ in 0..<Self.maximumIterations {
      try FitLimit.check()
      var direction = inverse * slope
      let gain = zip(direction, slope).reduce(0) { $0 + $1.0 * $1.1 }
      if 0.5 * gain < Self.tolerance {
        converged = gain >= 0
        return
      }
      let longest = direction.reduce(0) { max($0, $1.magnitude) }
      let limit = min(1, Self.longestStep / longest)
      direction = direction.map { limit * $0 }
      guard let (share, next) = climb(along: direction, promised: limit * gain, function),
        let nextSlope = Self.gradient(
          function, at: zip(position, direction).map { $0 + share * $1 })
      else { return }
      let step = direction.map { share * $0 }
      position = zip(position, step).map(+)
      value = next
      let change = zip(slope, nextSlope).map(-)
      let curvature = zip(step, change).reduce(0) { $0 + $1.0 * $1.1 }
      // Where the function is not concave along the step, it says nothing of the curvature.
      if curvature > 1e-10 * step.reduce(0, { $0 + $1 * $1 }) {
        inverse.updateInverse(step: step, change: change)
      }
      slope = nextSlope
    }
  }

  /// The largest of the shares 1, 1/2, 1/4 ... of a step by which the function rises by a
  /// ten-thousandth of what its slope promises.
  private func climb(
    along direction: [Double], promised: Double, _ function: ([Double]) -> Double
  ) -> (share: Double, value: Double)? {
    var share = 1.0
    for _ in 0..<Self.maximumHalvings {
      let trial = function(zip(position, direction).map { $0 + share * $1 })
      if trial.isFinite, trial >= value + 1e-4 * share * promised { return (share, trial) }
      share *= 0.5
    }
    return nil
  }

  private static func gradient(
    _ function: ([Double]) -> Double, at position: [Double]
  ) -> [Double]? {
    var slopes: [Double] = []
    for c in position.indices {
      var (up, down) = (position, position)
      up[c] += difference
      down[c] -= difference
      slopes.append((function(up) - function(down)) / (2 * difference))
    }
    return slopes.allSatisfy(\.isFinite) ? slopes : nil
  }
}
