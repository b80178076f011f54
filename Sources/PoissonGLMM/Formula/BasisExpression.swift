/// A function of numbers that makes several columns: `poly(x, 2)`, `ns(x, 4)`, `bs(x, 5)`.
struct BasisExpression: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    /// Powers up to `degree`: as they are, or made orthogonal to each other and the intercept.
    case polynomial(degree: Int, isRaw: Bool)
    /// B-splines, or natural cubic splines: those that are straight lines beyond their ends.
    case spline(SplineShape, isNatural: Bool)
  }

  /// The expression as R writes it.
  let text: String
  /// What the columns are functions of.
  let argument: ArithmeticExpression
  let kind: Kind

  /// More columns than this are a mistake, and would need much memory before anything else fails.
  static let maximumColumns = 100
}

/// Splines as `ns` and `bs` describe them.
struct SplineShape: Sendable, Hashable {
  var degree = 3
  /// The number of columns, where the knots are quantiles of the data.
  var degreesOfFreedom: Int?
  /// The inner knots, ascending, where they are given.
  var knots: [Double] = []
  var hasIntercept = false
  /// The ends, ascending; those of the data if they are not given.
  var boundary: [Double]?
}
