@preconcurrency import CGSL

/// The objective of a minimization as GSL's callbacks see it: the last point with its value and
/// gradient, so that GSL's separate requests for the two cost one evaluation.
final class BFGSEvaluation {
  private let objective: (_ point: [Double], _ gradient: inout [Double]) -> Double
  private(set) var point: [Double]
  private(set) var value: Double
  private var gradient: [Double]
  private var smallest: Double

  init(start: [Double], objective: @escaping ([Double], inout [Double]) -> Double) {
    self.objective = objective
    point = start
    gradient = Array(repeating: 0, count: start.count)
    value = objective(start, &gradient)
    smallest = value
  }

  var gradientNorm: Double {
    gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// The evaluation behind the untyped parameter of a GSL callback.
  static func of(_ parameters: UnsafeMutableRawPointer?) -> BFGSEvaluation {
    Unmanaged<BFGSEvaluation>.fromOpaque(parameters.unsafelyUnwrapped).takeUnretainedValue()
  }

  /// The value at a point as GSL gets it: where the objective is not finite, a number far above the
  /// smallest seen, small enough for the line search to compute with.
  func evaluate(_ vector: UnsafePointer<gsl_vector>?) -> Double {
    guard let vector else { return .nan }
    var moved = false
    for index in point.indices {
      let coordinate = gsl_vector_get(vector, index)
      if coordinate != point[index] {
        point[index] = coordinate
        moved = true
      }
    }
    if moved {
      value = objective(point, &gradient)
      if value < smallest { smallest = value }
    }
    return value.isFinite ? value : smallest + 1e6 * (1 + abs(smallest))
  }

  /// The same, and the gradient.
  @discardableResult
  func evaluate(
    _ vector: UnsafePointer<gsl_vector>?, gradient target: UnsafeMutablePointer<gsl_vector>?
  ) -> Double {
    let value = evaluate(vector)
    for (index, slope) in gradient.enumerated() { gsl_vector_set(target, index, slope) }
    return value
  }
}
