@preconcurrency internal import CGSL

/// The B-splines of one degree on a sequence of knots, by GSL's `gsl_bspline`.
///
/// With ends a and b, each a knot of multiplicity degree + 1, and m inner knots there are
/// m + degree + 1 of them. They are zero or more and add up to 1 on [a, b] (de Boor, A Practical
/// Guide to Splines, 1978).
public struct BSplineBasis: Sendable, Equatable {
  /// The degree of the polynomial pieces, 1 or more; 3 makes cubic splines.
  public let degree: Int
  /// a, the inner knots and b, ascending.
  public let breakpoints: [Double]

  /// The number of B-splines.
  public var count: Int { breakpoints.count + degree - 1 }

  /// A basis of splines.
  /// - Parameters:
  ///   - degree: the degree of the pieces, 1 or more.
  ///   - breakpoints: the ends and between them the inner knots, ascending and finite; inner knots
  ///     may coincide.
  /// - Throws: `GSLError` if the degree or the breakpoints are not as described.
  public init(degree: Int, breakpoints: [Double]) throws(GSLError) {
    let operation = "B-splines"
    guard degree >= 1 else { throw .invalid(operation, "the degree is \(degree)") }
    guard breakpoints.count >= 2, breakpoints.allSatisfy(\.isFinite),
      zip(breakpoints, breakpoints.dropFirst()).allSatisfy(<=),
      breakpoints[0] < breakpoints[breakpoints.count - 1]
    else {
      throw .invalid(operation, "the breakpoints are not ascending finite numbers")
    }
    self.degree = degree
    self.breakpoints = breakpoints
  }

  /// A derivative of the B-splines that are not zero everywhere near a point.
  public struct Values: Sendable, Equatable {
    /// The index of the first of them.
    public let first: Int
    /// The derivatives of `degree + 1` neighbours.
    public let values: [Double]
  }

  /// The derivative of order `order` (0: the values) of the B-splines at points.
  /// - Parameters:
  ///   - points: numbers between the first and the last breakpoint.
  ///   - order: 0 or more.
  /// - Throws: `GSLError` for a point beyond the ends, or a negative order.
  public func derivatives(_ order: Int = 0, at points: [Double]) throws(GSLError) -> [Values] {
    let operation = "B-splines"
    guard order >= 0 else { throw .invalid(operation, "the derivative's order is \(order)") }
    _ = GSL.errorsAreReturned
    guard let workspace = gsl_bspline_alloc(degree + 1, breakpoints.count) else {
      throw .outOfMemory(operation)
    }
    defer { gsl_bspline_free(workspace) }
    guard let knots = gsl_vector_alloc(breakpoints.count) else { throw .outOfMemory(operation) }
    defer { gsl_vector_free(knots) }
    for (index, breakpoint) in breakpoints.enumerated() {
      gsl_vector_set(knots, index, breakpoint)
    }
    gsl_bspline_knots(knots, workspace)
    guard let table = gsl_matrix_alloc(degree + 1, order + 1) else {
      throw .outOfMemory(operation)
    }
    defer { gsl_matrix_free(table) }
    var results: [Values] = []
    results.reserveCapacity(points.count)
    for point in points {
      var first = 0
      var last = 0
      let status = gsl_bspline_deriv_eval_nonzero(point, order, table, &first, &last, workspace)
      guard Int(status) == GSL_SUCCESS, point >= breakpoints[0] else {
        throw .invalid(
          operation, "\(point) is not between \(breakpoints[0]) and \(breakpoints.last ?? .nan)")
      }
      results.append(
        Values(first: first, values: (0...degree).map { gsl_matrix_get(table, $0, order) }))
    }
    return results
  }
}
