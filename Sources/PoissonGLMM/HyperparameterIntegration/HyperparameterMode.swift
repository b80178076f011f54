import PlatformEssentials

/// The maximum of a log density of the hyperparameters phi, and its curvature there.
///
/// The search needs a start, values and exact gradients, each of which costs a whole fit that
/// starts from a fit nearby. It need not be exact: the mode only says where to put a lattice, and
/// how to scale it.
///
/// Quasi-Newton (BFGS): a step is H g, H the inverse curvature as steps so far tell it, no longer
/// than `longestStep` in any hyperparameter; shorter where the density would not rise or the fit
/// there fails. The search ends where a full step promises less than a thousandth. The curvature
/// then comes from differences of gradients half an SD away. If it tells that a step promises more
/// than that after all, the search goes on with it.
struct HyperparameterMode<State> {
  /// What a fit at phi gives.
  struct Evaluation {
    /// What fits nearby may start from.
    let state: State
    /// The log density, up to a constant.
    let value: Double
    /// Its derivatives.
    let gradient: [Double]
  }

  /// The fit at phi, from the state of one nearby; nil where there is none.
  typealias Evaluate = (_ phi: [Double], _ start: State?) throws(FitError) -> Evaluation?

  private(set) var point: [Double]
  private(set) var evaluation: Evaluation
  /// w of the negative Hessian V diag(w) V', none less than 1/4: no direction counts as flatter
  /// than a normal density of SD 2.
  private(set) var curvatures: [Double] = []
  /// V, whose columns are the axes.
  private(set) var axes = Matrix(order: 0)
  /// How many fits it took, with those that failed.
  private(set) var evaluationCount = 0

  static var smallestCurvature: Double { 0.25 }
  static var longestStep: Double { 1.5 }
  private static var maximumSteps: Int { 100 }
  /// The distances of differences of gradients.
  private static var differences: ClosedRange<Double> { 0.01...1 }
  /// A rise that the error of a fit can hide.
  private static var noise: Double { 1e-7 }

  /// - Parameters:
  ///   - start: phi to begin at.
  ///   - state: what the first fit starts from.
  ///   - tolerance: the rise of the log density that may be left.
  ///   - scales: a guess of the variance of each hyperparameter; without one the first step tells.
  ///   - needsCurvature: whether the curvature at the mode is wanted, without which the search ends
  ///     where it has climbed to.
  init(
    from start: [Double], state: State? = nil, tolerance: Double = 1e-3, scales: [Double]? = nil,
    needsCurvature: Bool = true, _ evaluate: Evaluate
  ) throws(FitError) {
    guard let first = try evaluate(start, state), first.value.isFinite else {
      throw FitError("There is no fit at the hyperparameters that the search starts from.")
    }
    (point, evaluation, evaluationCount) = (start, first, 1)
    var inverse = Matrix(diagonal: scales ?? start.map { _ in 1 })
    try climb(&inverse, isScaled: scales != nil, tolerance: tolerance, evaluate)
    guard needsCurvature else { return }
    for _ in 0..<4 {
      try findCurvature(near: inverse, evaluate)
      inverse = inverseCurvature
      let promise = Self.promise(inverse, evaluation.gradient)
      if promise < tolerance { return }
      try climb(&inverse, isScaled: true, tolerance: tolerance, evaluate)
      // The curvature is still good nearby.
      if promise < 0.1 { return }
    }
  }

  /// H = V diag(1 / w) V'.
  private var inverseCurvature: Matrix {
    SymmetricEigenvectors.matrix(axes: axes, values: curvatures.map { 1 / $0 })
  }

  /// g' H g / 2: the rise that a full step promises.
  private static func promise(_ inverse: Matrix, _ gradient: [Double]) -> Double {
    0.5 * inverse.quadraticForm(gradient)
  }

  // MARK: Climbing

  private mutating func climb(
    _ inverse: inout Matrix, isScaled: Bool, tolerance: Double, _ evaluate: Evaluate
  ) throws(FitError) {
    var isScaled = isScaled
    for _ in 0..<Self.maximumSteps {
      if Self.promise(inverse, evaluation.gradient) < tolerance { return }
      guard let (next, step) = try advance(inverse, evaluate) else {
        guard isScaled else { return }
        // The curvature so far misleads: once more along the gradient.
        inverse = Matrix(diagonal: point.map { _ in 1 })
        isScaled = false
        continue
      }
      let change = zip(evaluation.gradient, next.gradient).map(-)
      evaluation = next
      let curvature = Self.product(step, change)
      let sizes = Self.product(step, step) * Self.product(change, change)
      // Where the density is not concave along the step, it says nothing about the curvature.
      guard curvature > 1e-6 * sizes.squareRoot() else { continue }
      if !isScaled {
        let scale = curvature / Self.product(change, change)
        inverse = Matrix(diagonal: point.map { _ in scale })
        isScaled = true
      }
      inverse.updateInverse(step: step, change: change)
    }
    throw FitError(
      "The search for the mode of the hyperparameters did not converge in \(Self.maximumSteps) "
        + "steps.")
  }

  /// Moves `point` uphill along H g; nil if no step rises.
  private mutating func advance(
    _ inverse: Matrix, _ evaluate: Evaluate
  ) throws(FitError) -> (Evaluation, step: [Double])? {
    let full = inverse * evaluation.gradient
    let length = full.reduce(0) { max($0, $1.magnitude) }
    let direction = full.map { $0 * min(1, Self.longestStep / length) }
    let slope = Self.product(direction, evaluation.gradient)
    var fraction = 1.0
    for _ in 0..<12 {
      let step = direction.map { fraction * $0 }
      let trial = zip(point, step).map(+)
      evaluationCount += 1
      guard let next = try evaluate(trial, evaluation.state), next.value.isFinite,
        next.gradient.allSatisfy(\.isFinite)
      else {
        fraction /= 4
        continue
      }
      let rise = next.value - evaluation.value
      if rise >= 1e-4 * fraction * slope - Self.noise {
        point = trial
        return (next, step)
      }
      // The top of the parabola with this slope and this rise.
      let top = 0.5 * slope * fraction * fraction / (slope * fraction - rise)
      fraction = max(0.1 * fraction, min(0.5 * fraction, top))
    }
    return nil
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  // MARK: Curvature

  /// Differences of gradients on both sides, half an SD away along the axes of the inverse
  /// curvature as it is known: at that distance the curvature is the one that scales a lattice
  /// best. One side will do where the other has no fit.
  private mutating func findCurvature(
    near inverse: Matrix, _ evaluate: Evaluate
  ) throws(FitError) {
    let h = point.count
    let known = SymmetricEigenvectors(inverse)
    let basis = known.vectors
    // In the coordinates of the basis.
    var hessian = Matrix(order: h)
    for axis in 0..<h {
      let sd = max(known.values[axis], 0).squareRoot()
      let step = max(Self.differences.lowerBound, min(Self.differences.upperBound, 0.5 * sd))
      var sides: [(distance: Double, gradient: [Double])] = []
      for distance in [step, -step] {
        let moved = (0..<h).map { point[$0] + distance * basis[$0, axis] }
        evaluationCount += 1
        if let side = try evaluate(moved, evaluation.state), side.gradient.allSatisfy(\.isFinite) {
          sides.append((distance, side.gradient))
        }
      }
      if sides.count == 1 { sides.append((0, evaluation.gradient)) }
      guard sides.count == 2 else {
        throw FitError("There are no fits near the mode of the hyperparameters.")
      }
      let change = zip(sides[0].gradient, sides[1].gradient).map(-)
      let slopes = (basis.transposed * change).map {
        $0 / (sides[0].distance - sides[1].distance)
      }
      for other in 0..<h {
        hessian[axis, other] -= slopes[other] / 2
        hessian[other, axis] -= slopes[other] / 2
      }
    }
    let eigen = SymmetricEigenvectors(hessian)
    curvatures = eigen.values.map { max($0, Self.smallestCurvature) }
    axes = basis * eigen.vectors
  }
}

extension HyperparameterMode: Sendable where State: Sendable {}
extension HyperparameterMode.Evaluation: Sendable where State: Sendable {}
