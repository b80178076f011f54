/// What one request may cost the server at most.
public struct RequestLimits: Sendable, Equatable {
  /// Bytes of the request's body.
  public var bodyBytes = 5_000_000
  /// Rows of the data, and of the rows to predict.
  public var rows = 100_000
  /// Columns of the data.
  public var columns = 200
  /// Seconds from when a fit begins; it is then cancelled.
  public var seconds = 20.0

  /// The limits of a server that nobody has told others.
  public init() {}
}
