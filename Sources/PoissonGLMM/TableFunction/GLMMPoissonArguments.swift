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

/// Why there is no table: the text that the caller gets in its place.
public struct GLMMPoissonError: Error, Equatable, CustomStringConvertible, Sendable {
  public let description: String

  init(_ description: String) {
    self.description = description
  }

  static func invalidInput(_ what: String) -> GLMMPoissonError {
    GLMMPoissonError("Invalid input: \(what)")
  }

  /// The arguments passed the checks, but the model has no fit.
  static func modelError(_ what: String) -> GLMMPoissonError {
    GLMMPoissonError("PoissonMixedModel error: \(what)")
  }
}
