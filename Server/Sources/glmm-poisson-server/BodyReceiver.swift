import CalculatorAPI
import HTTPTypes
import Hummingbird

/// Receives the bodies of requests, as much of them as is allowed.
struct BodyReceiver {
  let limit: Int
  let workers: FitWorkers

  /// The body of a request, of whose bytes the workers take note; the caller gives them back.
  /// - Throws: `RequestProblem` for what is too large or not JSON, or where memory is full.
  func body(of request: Request) async throws -> [UInt8] {
    var problem = problem(ofHeader: request)
    var body: [UInt8] = []
    if problem == nil || Self.mustBeRead(request) {
      for try await buffer in request.body {
        guard problem == nil else { continue }
        do {
          guard body.count + buffer.readableBytes <= limit else { throw tooLarge }
          try workers.hold(buffer.readableBytes)
          body += buffer.readableBytesView
        } catch {
          problem = RequestProblem(error)
          workers.release(body.count)
          body = []
          if !Self.mustBeRead(request) { break }
        }
      }
    }
    if let problem { throw problem }
    return body
  }

  /// Reads a body that nobody wants, where that has to be.
  static func discardBody(of request: Request) async throws {
    guard mustBeRead(request) else { return }
    for try await _ in request.body {}
  }

  /// Where the connection ends with the answer, who still sends would not see it. Otherwise what is
  /// left of a body is read after the answer.
  private static func mustBeRead(_ request: Request) -> Bool {
    request.headers[.connection]?.lowercased() == "close"
  }

  private var tooLarge: RequestProblem {
    RequestProblem(.tooLarge, "The request has more than \(limit) bytes.")
  }

  private func problem(ofHeader request: Request) -> RequestProblem? {
    guard Self.isJSON(request.headers[.contentType]) else {
      return RequestProblem(
        .unsupportedMediaType, "Expected a body of the type application/json.")
    }
    let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
    return length > limit ? tooLarge : nil
  }

  private static func isJSON(_ contentType: String?) -> Bool {
    let type = (contentType ?? "").prefix { $0 != ";" }
    return type.filter { !$0.isWhitespace }.lowercased() == "application/json"
  }
}
