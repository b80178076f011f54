/// Why a request has no answer, as RFC 9457 has it told.
public struct RequestProblem: Error, Equatable, Sendable {
  /// The kinds of problems, by their HTTP status.
  public enum Kind: Int, Sendable, CaseIterable {
    /// The request is not what it should be.
    case malformed = 400
    /// There is nothing at this address.
    case notFound = 404
    /// The address is asked in another way than it can be.
    case methodNotAllowed = 405
    /// The request is larger than the server takes.
    case tooLarge = 413
    /// The body is not of a kind that the server reads.
    case unsupportedMediaType = 415
    /// The model cannot take the data.
    case unusableData = 422
    /// The server has failed.
    case failure = 500
    /// The server has too much to do.
    case busy = 503
    /// The fit did not end within its time.
    case timeLimit = 504
  }

  /// What kind of problem it is.
  public let kind: Kind
  /// One sentence: what is wrong, where, and what was expected.
  public let sentence: String

  /// A problem.
  /// - Parameters:
  ///   - kind: its kind.
  ///   - sentence: one sentence.
  public init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }
}
