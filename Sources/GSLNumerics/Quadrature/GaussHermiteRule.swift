@preconcurrency internal import CGSL

/// The Gauss-Hermite quadrature rule
///
///     integral of exp(-x^2) f(x) dx  =  sum_i weights[i] f(nodes[i])
///
/// exact for polynomials up to degree 2 n - 1. From the eigenvalues of the Jacobi matrix
/// (Golub & Welsch 1969) by `gsl_integration_fixed`.
public struct GaussHermiteRule: Sendable, Equatable {
  /// n nodes, ascending, symmetric about 0.
  public let nodes: [Double]
  /// n positive weights; their sum is sqrt(pi).
  public let weights: [Double]

  /// The number of points of the largest rule. Beyond, the outermost weights underflow.
  public static let maximumPoints = 370

  /// The rule of n points.
  ///
  /// Against 60-digit arithmetic the weights' absolute errors are below 2 * 10^-15, their relative
  /// errors below 3 * 10^-14 at 25 points, 2 * 10^-13 at 61 and 3 * 10^-12 at 370 (the largest in
  /// the smallest weights); the nodes' errors below 5 * 10^-15, 2 * 10^-14 and 2 * 10^-13.
  /// - Parameter points: n, from 1 to `maximumPoints`.
  /// - Throws: `GSLError` for any other n, or if memory cannot be had.
  public init(points: Int) throws(GSLError) {
    let operation = "Gauss-Hermite rule"
    guard points >= 1, points <= Self.maximumPoints else {
      throw .invalid(operation, "\(points) points; it must be 1 to \(Self.maximumPoints)")
    }
    _ = GSL.errorsAreReturned
    guard
      let rule = gsl_integration_fixed_alloc(gsl_integration_fixed_hermite, points, 0, 1, 0, 0)
    else { throw .outOfMemory(operation) }
    defer { gsl_integration_fixed_free(rule) }
    let nodes = UnsafeBufferPointer(start: gsl_integration_fixed_nodes(rule), count: points)
    let weights = UnsafeBufferPointer(start: gsl_integration_fixed_weights(rule), count: points)
    // Averaging with the mirror image makes odd functions integrate to 0 exactly.
    self.nodes = (0..<points).map { 0.5 * (nodes[$0] - nodes[points - 1 - $0]) }
    self.weights = (0..<points).map { 0.5 * (weights[$0] + weights[points - 1 - $0]) }
  }
}
