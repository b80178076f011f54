import PlatformEssentials

/// log p(y, b | s) to second order in the fixed effects b about a point, and the integral over b
/// that follows.
///
/// With gradient g and Hessian H there, p fixed effects, the Gaussian integral is
///
///     log p(y | s) = log p(y, b | s) + 1/2 g' (-H)^-1 g + p/2 log(2 pi) - 1/2 log|-H|
///
/// No search for the mode is needed before: a quadratic has the same expansion everywhere. The
/// result is an estimate, not a bound.
struct EvidenceExpansion: Sendable {
  /// log p(y, b | s)
  let logJoint: Double
  /// Its gradient in b: p.
  let gradient: [Double]
  /// Minus its Hessian: p x p, both triangles.
  let precision: Matrix
  /// d^3 / dt^3 of log p(y, b + t d | s) at t = 0, for each direction d that was asked for.
  let thirdDerivatives: [Double]
  /// log p(y | s), or why there is no such number.
  let logEvidence: Result<Double, Failure>
  /// (-H)^-1 g, the step to the peak of the parabola; nil where there is no log p(y | s).
  let step: [Double]?
  /// 1/2 g' (-H)^-1 g, half the square length of the step in posterior SDs; infinite if there is
  /// none.
  let decrement: Double

  /// Why the integral over b has no estimate.
  enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// log p(y, b | s) or a derivative is not finite.
    case notFinite
    /// -H is not positive definite.
    case notConcave

    var description: String {
      switch self {
      case .notFinite: "The marginal log-likelihood or a derivative of it is not a finite number."
      case .notConcave: "The marginal log-likelihood is not concave in the fixed effects here."
      }
    }
  }

  init(
    logJoint: Double, gradient: [Double], precision: Matrix, thirdDerivatives: [Double] = []
  ) {
    self.logJoint = logJoint
    self.gradient = gradient
    self.precision = precision
    self.thirdDerivatives = thirdDerivatives
    let integral = Self.integral(logJoint: logJoint, gradient: gradient, precision: precision)
    logEvidence = integral.map(\.value)
    let peak = try? integral.get()
    step = peak?.step
    decrement = peak?.decrement ?? .infinity
  }

  /// The skewness of fixed effects given s to first order: with S the covariance, the third
  /// cumulant of e'b is the third derivative along S e.
  /// - Parameter variances: e'S e for each e whose S e was a direction.
  func skewness(variances: [Double]) -> [Double] {
    zip(thirdDerivatives, variances).map { third, variance in
      let skewness = third / (variance * variance.squareRoot())
      return skewness.isFinite ? skewness : 0
    }
  }

  private static func integral(
    logJoint: Double, gradient: [Double], precision: Matrix
  ) -> Result<(value: Double, step: [Double], decrement: Double), Failure> {
    guard logJoint.isFinite, gradient.allSatisfy(\.isFinite),
      precision.elements.allSatisfy(\.isFinite)
    else { return .failure(.notFinite) }
    let p = gradient.count
    let factor = DoubleStorage(precision.elements)
    let step = DoubleStorage(gradient)
    let logDeterminant = SmallCholesky.factor(factor.pointer, order: p)
    // The factorization takes a diagonal that is not positive for rounding error, so it is tested
    // here.
    guard logDeterminant.isFinite, precision.diagonal.allSatisfy({ $0 > 0 }) else {
      return .failure(.notConcave)
    }
    SmallCholesky.solve(factor.pointer, order: p, step.pointer)
    var decrement = 0.0
    for c in 0..<p { decrement += gradient[c] * step.pointer[c] }
    let value =
      logJoint + 0.5 * (decrement + Double(p) * log(2 * Double.pi) - logDeterminant)
    // Where the value is finite so is the decrement, and with it the step.
    return value.isFinite
      ? .success((value, step.array, 0.5 * decrement)) : .failure(.notFinite)
  }
}

/// The sums over groups of the derivatives of log p(y | b, s) in the fixed effects b, and the
/// directions in which third derivatives are wanted. All of it is memory that outlives this view.
struct ExpansionSums {
  /// p
  let gradient: UnsafeMutablePointer<Double>
  /// Minus the Hessian, p x p: its lower triangle.
  let precision: UnsafeMutablePointer<Double>
  /// d^3 / dt^3 of log p(y | b + t d, s) for every direction.
  let third: UnsafeMutablePointer<Double>
  /// d: p numbers for each of `directionCount` directions, one after another.
  let directions: UnsafePointer<Double>
  /// From 0 to p.
  let directionCount: Int
}
