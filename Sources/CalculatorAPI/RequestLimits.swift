/// What one request may cost the server at most.
public struct RequestLimits: Sendable, Equatable {
  /// Bytes of the request's body.
  public var bodyBytes = 5_000_000
  /// Rows of the data, and of the rows to predict.
  public var rows = 100_000
  /// Columns of the data, and of the predictors of the documented function.
  public var columns = 1000
  /// Numbers in the design matrices of the model: rows times columns.
  public var designValues = 5_000_000
  /// Random effects: the groups of each factor times its terms.
  public var randomEffects = 20_000
  /// Seconds until there is an answer; a fit that has none by then is cancelled.
  public var seconds = 20.0

  /// The limits of a server that nobody has told others.
  public init() {}
}
