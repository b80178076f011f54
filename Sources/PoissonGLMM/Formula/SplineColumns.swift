import GSLNumerics

/// The columns of R's `bs` and `ns`, with the knots that they have from the rows of a fit.
struct SplineColumns: Sendable, Equatable {
  private let basis: BSplineBasis
  private let hasIntercept: Bool
  /// For natural splines: a row for each column, a column for each B-spline that is left without
  /// the first. The rows are orthonormal, and orthogonal to the second derivatives at both ends.
  private let projection: [[Double]]?
  /// What splines are beyond either end.
  private let below: Continuation
  private let above: Continuation

  /// Polynomials in x - pivot, one a B-spline: their coefficients, power by power.
  private struct Continuation: Equatable {
    let pivot: Double
    let coefficients: [[Double]]
  }

  /// - Parameters:
  ///   - values: those of the fit, whose quantiles and ends are the knots that `shape` leaves open.
  ///   - name: the spline's name in messages.
  /// - Throws: `ModelError` if the values or the knots do not make a spline.
  init(
    _ shape: SplineShape, isNatural: Bool, values: [Double], name: String
  ) throws(ModelError) {
    let (least, greatest) = (values.min() ?? 0, values.max() ?? 0)
    let (lower, upper) = (shape.boundary?[0] ?? least, shape.boundary?[1] ?? greatest)
    guard lower < upper else {
      throw ModelError("\(name): the values are the same in every row used.")
    }
    let inside = values.filter { lower <= $0 && $0 <= upper }
    let knots = Self.knots(shape, isNatural: isNatural, inside)
    if let knot = knots.first(where: { $0 <= lower || upper <= $0 }) {
      let remedy =
        shape.degreesOfFreedom == nil
        ? "Knots lie between the ends."
        : "So many values are equal that a quantile of them is an end: give 'knots', or a smaller "
          + "'df'."
      throw ModelError(
        "\(name): the knot \(RText.number(knot)) is not between \(RText.number(lower)) and "
          + "\(RText.number(upper)). \(remedy)")
    }
    hasIntercept = shape.hasIntercept
    do {
      let basis = try BSplineBasis(degree: shape.degree, breakpoints: [lower] + knots + [upper])
      self.basis = basis
      if isNatural {
        // Straight lines from the ends on.
        below = try Self.continuation(of: basis, at: lower, degree: 1)
        above = try Self.continuation(of: basis, at: upper, degree: 1)
        projection = try Self.naturalProjection(of: basis, hasIntercept: shape.hasIntercept)
      } else {
        // The polynomial of the outermost piece, expanded a quarter of it inside, as R does.
        below = try Self.continuation(
          of: basis, at: 0.75 * lower + 0.25 * basis.breakpoints[1], degree: shape.degree)
        above = try Self.continuation(
          of: basis, at: 0.75 * upper + 0.25 * basis.breakpoints[knots.count], degree: shape.degree)
        projection = nil
      }
    } catch {
      throw ModelError("\(name): \(error.message).")
    }
  }

  /// The columns at `values`.
  func columns(at values: [Double]) throws(ModelError) -> [[Double]] {
    let (lower, upper) = (basis.breakpoints[0], basis.breakpoints[basis.breakpoints.count - 1])
    let inside: [BSplineBasis.Values]
    do {
      inside = try basis.derivatives(at: values.map { min(max($0, lower), upper) })
    } catch {
      throw ModelError("\(error)")
    }
    let first = hasIntercept ? 0 : 1
    let count = projection?.count ?? basis.count - first
    var columns = [[Double]](repeating: Array(repeating: 0, count: values.count), count: count)
    for (row, value) in values.enumerated() {
      var splines = [Double](repeating: 0, count: basis.count)
      if value < lower || value > upper {
        let continuation = value < lower ? below : above
        var power = 1.0
        for coefficients in continuation.coefficients {
          for index in splines.indices { splines[index] += power * coefficients[index] }
          power *= value - continuation.pivot
        }
      } else {
        for (index, spline) in inside[row].values.enumerated() {
          splines[inside[row].first + index] = spline
        }
      }
      let kept = splines[first...]
      for column in 0..<count {
        columns[column][row] =
          projection.map { zip($0[column], kept).reduce(0) { $0 + $1.0 * $1.1 } }
          ?? kept[first + column]
      }
    }
    return columns
  }

  /// The inner knots: those given, or quantiles of the values at equal distances in probability.
  private static func knots(
    _ shape: SplineShape, isNatural: Bool, _ values: [Double]
  ) -> [Double] {
    guard let degreesOfFreedom = shape.degreesOfFreedom else { return shape.knots }
    let count =
      degreesOfFreedom - (shape.hasIntercept ? 1 : 0) - (isNatural ? 1 : shape.degree)
    guard count > 0 else { return [] }
    let sorted = values.sorted()
    return (1...count).map { quantile(Double($0) / Double(count + 1), of: sorted) }
  }

  /// R's quantile of type 7: linear between the order statistics, the first of which is the
  /// quantile of 0 and the last that of 1.
  private static func quantile(_ probability: Double, of sorted: [Double]) -> Double {
    let position = probability * Double(sorted.count - 1)
    let lower = Int(position)
    let part = position - Double(lower)
    guard part > 0, lower + 1 < sorted.count else { return sorted[lower] }
    return (1 - part) * sorted[lower] + part * sorted[lower + 1]
  }

  private static func continuation(
    of basis: BSplineBasis, at pivot: Double, degree: Int
  ) throws(GSLError) -> Continuation {
    var factorial = 1.0
    var coefficients: [[Double]] = []
    for order in 0...degree {
      if order > 1 { factorial *= Double(order) }
      coefficients.append(
        try derivative(order, of: basis, at: pivot).map { $0 / factorial })
    }
    return Continuation(pivot: pivot, coefficients: coefficients)
  }

  private static func derivative(
    _ order: Int, of basis: BSplineBasis, at point: Double
  ) throws(GSLError) -> [Double] {
    let local = try basis.derivatives(order, at: [point])[0]
    var all = [Double](repeating: 0, count: basis.count)
    for (index, value) in local.values.enumerated() { all[local.first + index] = value }
    return all
  }

  /// The orthonormal basis of the splines whose second derivatives vanish at both ends that the QR
  /// decomposition of these derivatives gives, as in R's `ns`.
  private static func naturalProjection(
    of basis: BSplineBasis, hasIntercept: Bool
  ) throws(GSLError) -> [[Double]] {
    let first = hasIntercept ? 0 : 1
    let lower = try derivative(2, of: basis, at: basis.breakpoints[0])
    let upper = try derivative(2, of: basis, at: basis.breakpoints[basis.breakpoints.count - 1])
    let rows = basis.count - first
    let matrix = zip(lower, upper).dropFirst(first).flatMap { [$0, $1] }
    let q = try HouseholderQR(matrix, rows: rows, columns: 2).transposedQ
    return (2..<rows).map { Array(q[($0 * rows)..<(($0 + 1) * rows)]) }
  }
}
