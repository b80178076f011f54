import PlatformEssentials

/// Why a request has no answer: a problem as RFC 9457 has it.
public struct RequestProblem: Error, Equatable, Sendable {
  /// The kinds of problems, by their HTTP status.
  public enum Kind: Int, Sendable, CaseIterable {
    /// The request is not written as it should be.
    case malformed = 400
    /// There is nothing at this address.
    case notFound = 404
    /// The address is asked in another way than it can be.
    case methodNotAllowed = 405
    /// The request did not arrive in time.
    case requestTimeout = 408
    /// The request is larger than the server takes.
    case tooLarge = 413
    /// The body is not of a kind that the server reads.
    case unsupportedMediaType = 415
    /// The model cannot take the data.
    case unusableData = 422
    /// A fault of the server's own.
    case failure = 500
    /// The server has too much to do, or is about to end.
    case busy = 503
    /// There was no answer within its time.
    case timeLimit = 504

    /// The name of the status (RFC 9110).
    public var title: String {
      switch self {
      case .malformed: "Bad Request"
      case .notFound: "Not Found"
      case .methodNotAllowed: "Method Not Allowed"
      case .requestTimeout: "Request Timeout"
      case .tooLarge: "Content Too Large"
      case .unsupportedMediaType: "Unsupported Media Type"
      case .unusableData: "Unprocessable Content"
      case .failure: "Internal Server Error"
      case .busy: "Service Unavailable"
      case .timeLimit: "Gateway Timeout"
      }
    }
  }

  /// The `Content-Type` of a problem.
  public static let mediaType = "application/problem+json"

  /// What kind of problem it is.
  public let kind: Kind
  /// One sentence: what is wrong, where, and what was expected.
  public let sentence: String
  /// Where in the formula it is, as a number of characters from its start; nil if it is not there.
  public let formulaPosition: Int?

  /// A problem.
  /// - Parameters:
  ///   - kind: its kind.
  ///   - sentence: one sentence.
  ///   - formulaPosition: where in the formula it is, in characters from its start.
  public init(_ kind: Kind, _ sentence: String, formulaPosition: Int? = nil) {
    self.kind = kind
    self.sentence = sentence
    self.formulaPosition = formulaPosition
  }

  private struct Members: Encodable {
    let type = "about:blank"
    let title: String
    let status: Int
    let detail: String
    /// Left out where it is nil.
    let position: Int?
  }

  /// The problem as JSON.
  public var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let members = Members(
      title: kind.title, status: kind.rawValue, detail: sentence, position: formulaPosition)
    // Texts and a number have nothing that JSON cannot hold.
    return ((try? encoder.encode(members)).map(Array.init) ?? []) + [UInt8(ascii: "\n")]
  }
}
