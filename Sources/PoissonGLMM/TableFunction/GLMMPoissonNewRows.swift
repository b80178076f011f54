/// The new rows of a request for predictions as a caller passed them, before any check.
public struct GLMMPoissonNewRows: Sendable, Equatable {
  /// The fixed-effect predictors, in the columns of the request's `x`.
  public var x: SpreadsheetValue
  /// The group of each row, one of the data's or another; `.null` where none is known.
  public var groups: SpreadsheetValue
  /// The predictors with a random slope, in the columns of the request's `x_random`; `.null`
  /// where that has none.
  public var xRandom: SpreadsheetValue

  /// New rows.
  /// - Parameters:
  ///   - x: the fixed-effect predictors.
  ///   - groups: the group of each row, or `.null`.
  ///   - xRandom: the predictors with a random slope, or `.null`.
  public init(
    x: SpreadsheetValue, groups: SpreadsheetValue = .null, xRandom: SpreadsheetValue = .null
  ) {
    self.x = x
    self.groups = groups
    self.xRandom = xRandom
  }
}
