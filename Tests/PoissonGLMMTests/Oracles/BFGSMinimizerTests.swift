import Foundation
import GSLNumerics
import Testing

struct BFGSMinimizerTests {
  private static func rosenbrock(_ point: [Double], _ gradient: inout [Double]) -> Double {
    let (x, y) = (point[0], point[1])
    gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x)
    gradient[1] = 200 * (y - x * x)
    return (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x)
  }

  @Test func findsTheMinimumOfRosenbrocksValley() throws {
    let minimum = try BFGSMinimizer.minimize(
      from: [-1.2, 1], gradientTolerance: 1e-9, objective: Self.rosenbrock)
    #expect(minimum.reason == .gradientTolerance)
    #expect(minimum.gradientNorm <= 1e-9)
    // The gradient's norm over the Hessian's smallest eigenvalue, 0.4, bounds the distance.
    #expect(abs(minimum.point[0] - 1) < 2.5e-9 && abs(minimum.point[1] - 1) < 2.5e-9)
    #expect(minimum.iterations > 5 && minimum.iterations < 100)
  }

  /// A convex quadratic in 30 dimensions with eigenvalues from 1 to 900.
  @Test func findsTheMinimumOfAQuadratic() throws {
    let minimum = try BFGSMinimizer.minimize(
      from: Array(repeating: 1, count: 30), gradientTolerance: 1e-5
    ) { point, gradient in
      var value = 0.0
      for (index, x) in point.enumerated() {
        let curvature = Double((index + 1) * (index + 1))
        gradient[index] = curvature * (x - Double(index))
        value += 0.5 * curvature * (x - Double(index)) * (x - Double(index))
      }
      return value
    }
    #expect(minimum.reason == .gradientTolerance)
    for (index, x) in minimum.point.enumerated() { #expect(abs(x - Double(index)) < 1e-5) }
  }

  @Test func theIterationLimitIsAReason() throws {
    let minimum = try BFGSMinimizer.minimize(
      from: [-1.2, 1], maximumIterations: 3, objective: Self.rosenbrock)
    #expect(minimum.reason == .iterationLimit)
    #expect(minimum.iterations == 3)
    #expect(minimum.value < 24.2)
  }

  @Test func noToleranceEndsWithoutProgressAtTheMinimum() throws {
    let minimum = try BFGSMinimizer.minimize(
      from: [-1.2, 1], gradientTolerance: 0, objective: Self.rosenbrock)
    #expect(minimum.reason != .iterationLimit)
    #expect(abs(minimum.point[0] - 1) < 1e-7 && abs(minimum.point[1] - 1) < 1e-7)
  }

  @Test func aStartAtTheMinimumTakesNoIteration() throws {
    let minimum = try BFGSMinimizer.minimize(
      from: [1, 1], gradientTolerance: 0, objective: Self.rosenbrock)
    #expect(minimum.iterations == 0)
    #expect(minimum.reason == .gradientTolerance)
    #expect(minimum.point == [1, 1])
  }

  /// x - log x is not a number left of zero, where the first trial step lands.
  @Test func turnsBackFromWhereTheObjectiveIsNotFinite() throws {
    let minimum = try BFGSMinimizer.minimize(from: [3], initialStep: 50) { point, gradient in
      gradient[0] = 1 - 1 / point[0]
      return point[0] - log(point[0])
    }
    #expect(minimum.reason == .gradientTolerance)
    // The second derivative at the minimum is 1: the tolerance of the gradient is that of the
    // point.
    #expect(abs(minimum.point[0] - 1) < 1e-6)
  }

  @Test func unusableStartsAndSettingsAreErrors() {
    func attempt(_ start: [Double], tolerance: Double = 1e-8, step: Double = 0.1) throws {
      _ = try BFGSMinimizer.minimize(
        from: start, gradientTolerance: tolerance, initialStep: step, objective: Self.rosenbrock)
    }
    #expect(throws: GSLError.self) { try attempt([]) }
    #expect(throws: GSLError.self) { try attempt([.nan, 1]) }
    #expect(throws: GSLError.self) { try attempt([1e200, 1]) }
    #expect(throws: GSLError.self) { try attempt([0, 1], tolerance: .nan) }
    #expect(throws: GSLError.self) { try attempt([0, 1], step: 0) }
    let error = #expect(throws: GSLError.self) { try attempt([1e200, 1]) }
    #expect(error?.message == "the objective or its gradient is not finite at the starting point")
  }

  /// Each evaluation gives both the value and the gradient: fewer than four an iteration.
  @Test func pointsAreNotEvaluatedTwice() throws {
    var points: [[Double]] = []
    let minimum = try BFGSMinimizer.minimize(from: [-1.2, 1]) { point, gradient in
      points.append(point)
      return Self.rosenbrock(point, &gradient)
    }
    #expect(points.count < 4 * minimum.iterations)
    #expect(zip(points, points.dropFirst()).allSatisfy { $0 != $1 })
  }
}
