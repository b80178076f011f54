/// The arguments of `GLMM_POISSON` as a caller passed them, before any check.
public struct GLMMPoissonArguments: Sendable, Equatable {
  /// One count a row: a column of whole numbers, zero or more.
  public var y: SpreadsheetValue
  /// The fixed-effect predictors, a column each, without the intercept.
  public var x: SpreadsheetValue
  /// The group of each row: a column of numbers.
  public var groups: SpreadsheetValue
  /// The predictors with a random slope, a column each; `.null` for a random intercept alone.
  public var xRandom: SpreadsheetValue
  /// Whether the model has a fixed intercept.
  public var fitIntercept: SpreadsheetValue
  /// Intervals cover 1 - alpha.
  public var alpha: SpreadsheetValue
  /// The name of an `Approximation`; the one argument that the documented function lacks.
  public var approximation: SpreadsheetValue

  /// Arguments; the optional ones have the documented defaults.
  /// - Parameters:
  ///   - y: the counts.
  ///   - x: the fixed-effect predictors.
  ///   - groups: the group of each row.
  ///   - xRandom: the predictors with a random slope, or `.null`.
  ///   - fitIntercept: whether the model has a fixed intercept.
  ///   - alpha: intervals cover 1 - alpha.
  ///   - approximation: the name of an `Approximation`.
  public init(
    y: SpreadsheetValue, x: SpreadsheetValue, groups: SpreadsheetValue,
    xRandom: SpreadsheetValue = .null, fitIntercept: SpreadsheetValue = .bool(true),
    alpha: SpreadsheetValue = .number(0.05),
    approximation: SpreadsheetValue = .text(FitOptions().approximation.rawValue)
  ) {
    self.y = y
    self.x = x
    self.groups = groups
    self.xRandom = xRandom
    self.fitIntercept = fitIntercept
    self.alpha = alpha
    self.approximation = approximation
  }
}
