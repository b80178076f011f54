@preconcurrency import CGSL
import Foundation

@testable import GSLNumerics

/// Where a minimization ended.
struct BFGSMinimum: Sendable, Equatable {
  /// Why it ended.
  enum Reason: Sendable, Equatable {
    /// The gradient's norm fell below the tolerance.
    case gradientTolerance
    /// No step makes the objective smaller in double precision.
    case noProgress
    case iterationLimit
  }

  let point: [Double]
  /// The objective at `point`.
  let value: Double
  /// The Euclidean norm of the gradient at `point`.
  let gradientNorm: Double
  let iterations: Int
  let reason: Reason
}

/// Minimization of a smooth function of several variables by the method of Broyden, Fletcher,
/// Goldfarb and Shanno with Fletcher's line search (`gsl_multimin_fdfminimizer_vector_bfgs2`).
enum BFGSMinimizer {
  /// Minimizes a function from a starting point.
  ///
  /// The line search compares values of the objective, so that rounding in them ends the
  /// minimization with `noProgress` once the gradient's norm is about sqrt(2 * 10^-16 c max(1,
  /// |value|)), c being the largest curvature, whatever the tolerance.
  ///
  /// Where the objective is not finite, it counts as far above every value seen, so that the line
  /// search turns back.
  /// - Parameters:
  ///   - start: the starting point, at least one coordinate.
  ///   - gradientTolerance: stop when the Euclidean norm of the gradient is below this.
  ///   - initialStep: the length of the first trial step.
  ///   - lineSearchTolerance: how far the slope along the line must fall, as a share of its start;
  ///     GSL's manual recommends 0.1.
  ///   - objective: gives the value at a point and writes the gradient.
  /// - Throws: `GSLError` if the start or a setting is unusable, if the objective or its gradient
  ///   is not finite at the start or the gradient at a point it would settle on, or if memory
  ///   cannot be had.
  static func minimize(
    from start: [Double], gradientTolerance: Double = 1e-6, maximumIterations: Int = 1000,
    initialStep: Double = 0.1, lineSearchTolerance: Double = 0.1,
    objective: (_ point: [Double], _ gradient: inout [Double]) -> Double
  ) throws(GSLError) -> BFGSMinimum {
    let operation = "BFGS minimization"
    guard !start.isEmpty, start.allSatisfy(\.isFinite) else {
      throw .invalid(operation, "the starting point must be one or more finite numbers")
    }
    guard gradientTolerance >= 0, maximumIterations >= 0, initialStep > 0, initialStep.isFinite,
      lineSearchTolerance > 0, lineSearchTolerance < 1
    else {
      throw .invalid(
        operation,
        "the gradient tolerance and the iterations must be zero or more, the initial step positive "
          + "and the line search tolerance between 0 and 1")
    }
    _ = GSL.errorsAreReturned
    let outcome = withoutActuallyEscaping(objective) { objective in
      Result { () throws(GSLError) -> BFGSMinimum in
        let evaluation = BFGSEvaluation(start: start, objective: objective)
        guard evaluation.value.isFinite, evaluation.gradientNorm.isFinite else {
          throw GSLError(
            code: GSL_EBADFUNC, operation: operation,
            message: "the objective or its gradient is not finite at the starting point")
        }
        return try run(
          evaluation, operation: operation, gradientTolerance: gradientTolerance,
          maximumIterations: maximumIterations, initialStep: initialStep,
          lineSearchTolerance: lineSearchTolerance)
      }
    }
    return try outcome.get()
  }

  private static func run(
    _ evaluation: BFGSEvaluation, operation: String, gradientTolerance: Double,
    maximumIterations: Int, initialStep: Double, lineSearchTolerance: Double
  ) throws(GSLError) -> BFGSMinimum {
    let count = evaluation.point.count
    func minimum(iterations: Int, reason: BFGSMinimum.Reason) -> BFGSMinimum {
      BFGSMinimum(
        point: evaluation.point, value: evaluation.value, gradientNorm: evaluation.gradientNorm,
        iterations: iterations, reason: reason)
    }
    // GSL divides the first step by the gradient's norm.
    if evaluation.gradientNorm <= gradientTolerance || evaluation.gradientNorm == 0 {
      return minimum(iterations: 0, reason: .gradientTolerance)
    }
    guard
      let minimizer = gsl_multimin_fdfminimizer_alloc(
        gsl_multimin_fdfminimizer_vector_bfgs2, count),
      let start = gsl_vector_alloc(count)
    else { throw .outOfMemory(operation) }
    defer {
      gsl_multimin_fdfminimizer_free(minimizer)
      gsl_vector_free(start)
    }
    for (index, value) in evaluation.point.enumerated() { gsl_vector_set(start, index, value) }
    var function = gsl_multimin_function_fdf(
      f: { point, parameters in BFGSEvaluation.of(parameters).evaluate(point) },
      df: { point, parameters, gradient in
        BFGSEvaluation.of(parameters).evaluate(point, gradient: gradient)
      },
      fdf: { point, parameters, value, gradient in
        value?.pointee = BFGSEvaluation.of(parameters).evaluate(point, gradient: gradient)
      },
      n: count, params: Unmanaged.passUnretained(evaluation).toOpaque())
    return try withUnsafeMutablePointer(to: &function) { function throws(GSLError) in
      var iterations = 0
      var iterationsSinceStart = 0
      var reason = BFGSMinimum.Reason.iterationLimit
      func begin(at point: UnsafePointer<gsl_vector>) throws(GSLError) {
        iterationsSinceStart = 0
        try GSLError.check(
          gsl_multimin_fdfminimizer_set(
            minimizer, function, point, initialStep, lineSearchTolerance), operation)
      }
      try begin(at: start)
      while iterations < maximumIterations {
        let status = gsl_multimin_fdfminimizer_iterate(minimizer)
        if Int(status) == GSL_ENOPROG {
          // The direction may have lost its meaning to rounding: only when steepest descent from
          // the same point leads nowhere either is it the end.
          if iterationsSinceStart == 0 {
            reason = .noProgress
            break
          }
          gsl_vector_memcpy(start, minimizer.pointee.x)
          try begin(at: start)
          continue
        }
        try GSLError.check(status, operation)
        iterations += 1
        iterationsSinceStart += 1
        if gsl_blas_dnrm2(minimizer.pointee.gradient) <= gradientTolerance {
          reason = .gradientTolerance
          break
        }
      }
      _ = evaluation.evaluate(minimizer.pointee.x)
      guard evaluation.value.isFinite, evaluation.gradientNorm.isFinite else {
        throw GSLError(
          code: GSL_EBADFUNC, operation: operation,
          message: "the objective or its gradient is not finite after \(iterations) iterations")
      }
      return minimum(iterations: iterations, reason: reason)
    }
  }
}

extension GSLError {
  /// Throws if `status`, the return value of a GSL function, is not success.
  fileprivate static func check(_ status: Int32, _ operation: String) throws(GSLError) {
    guard Int(status) != GSL_SUCCESS else { return }
    throw GSLError(
      code: Int(status), operation: operation, message: String(cString: gsl_strerror(status)))
  }
}
