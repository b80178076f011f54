import CalculatorAPI
import CalculatorPage
import HTTPTypes
import Hummingbird
import NIOCore
import SpreadsheetAddIns

/// Where a request came in.
struct ConnectionContext: InitializableFromSource {
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    channel = source.channel
  }
}

/// Answers requests: files from the program itself, and what the calculator works out.
struct CalculatorResponder: HTTPResponder {
  typealias Context = ConnectionContext

  /// What there is at an address.
  private enum Resource {
    case file(mediaType: String, bytes: [UInt8], audience: Audience)
    /// A file that has the server's address in it.
    case addIn(AddInFile)
    case answer(@Sendable ([UInt8], RequestLimits) throws -> [UInt8])

    var method: HTTPRequest.Method {
      if case .answer = self { .post } else { .get }
    }
  }

  private static let resources: [String: Resource] = {
    var resources: [String: Resource] = [
      "/page/answer": .answer { try calculatorAnswer($0, limits: $1) },
      "/api/version": .file(
        mediaType: "application/json", bytes: ServerVersion.json, audience: .page),
      "/openapi.json": .file(
        mediaType: "application/json", bytes: OpenAPIDocument.json, audience: .page),
    ]
    for asset in CalculatorAsset.all {
      resources[asset.path] = .file(
        mediaType: asset.mediaType, bytes: asset.bytes, audience: .page)
    }
    for file in AddInFile.all { resources[file.path] = .addIn(file) }
    for endpoint in APIEndpoint.allCases {
      resources[endpoint.rawValue] = .answer { try endpoint.answer(to: $0, limits: $1) }
    }
    return resources
  }()

  let limits: RequestLimits
  let workers: FitWorkers
  let runs: RequestRuns
  let isSecure: Bool
  let address: ServerAddress?
  let log: RequestLog

  func respond(to request: Request, context: Context) async throws -> Response {
    let start = ContinuousClock.now
    // What follows a question mark has no meaning here, and is not logged.
    let path = request.uri.path
    let resource = Self.resources[path]
    var response: Response
    do {
      response = try await answer(Self.checked(resource, for: request), request, context)
    } catch {
      if resource?.method != request.method { try await BodyReceiver.discardBody(of: request) }
      response = Self.response(RequestProblem(error), allowing: resource?.method)
    }
    log.write(
      method: request.method.rawValue, path: resource == nil ? nil : path,
      status: response.status.code, bytes: response.body.contentLength ?? 0,
      duration: .now - start)
    if request.method == .head {
      response.body = ResponseBody(contentLength: response.body.contentLength ?? 0) { _ in }
    }
    return response
  }

  /// - Parameter resource: what is at the address of the request.
  /// - Throws: `RequestProblem` if nothing is, or it is asked by another method.
  private static func checked(
    _ resource: Resource?, for request: Request
  ) throws(RequestProblem) -> Resource {
    guard let resource else {
      throw RequestProblem(.notFound, "There is nothing at this address.")
    }
    let (expected, found) = (resource.method, request.method)
    guard found == expected || (expected == .get && found == .head) else {
      throw RequestProblem(
        .methodNotAllowed,
        "Expected \(expected.rawValue), found \(found.rawValue.prefix(20)).")
    }
    return resource
  }

  private func answer(
    _ resource: Resource, _ request: Request, _ context: Context
  ) async throws -> Response {
    switch resource {
    case .file(let mediaType, let bytes, let audience):
      return Self.response(bytes, mediaType: mediaType, audience: audience)
    case .addIn(let file):
      let host = request.head.authority ?? ""
      guard let address = address ?? ServerAddress(host: host, isSecure: isSecure) else {
        throw RequestProblem(.malformed, "The request does not say which host it is for.")
      }
      return Self.response(
        file.bytes(for: address), mediaType: file.mediaType,
        audience: file.mediaType == "image/png" ? .officeIcons : .office)
    case .answer(let work):
      return Self.response(
        try await worked(work, request, context), mediaType: "application/json", audience: .page)
    }
  }

  /// Receives the body and works out the answer, unless the connection ends before.
  private func worked(
    _ work: @escaping @Sendable ([UInt8], RequestLimits) throws -> [UInt8], _ request: Request,
    _ context: Context
  ) async throws -> [UInt8] {
    let body = try await BodyReceiver(limit: limits.bodyBytes, workers: workers)
      .body(of: request)
    defer { workers.release(body.count) }
    let run = runs.begin(on: context.channel, limits: limits)
    defer { runs.end(on: context.channel) }
    return try await workers.answer(run) { [limits] in try work(body, limits) }
  }

  // MARK: Responses

  private static func response(
    _ bytes: [UInt8], mediaType: String, audience: Audience
  ) -> Response {
    var headers = audience.headers
    headers[.contentType] = mediaType
    return Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  /// - Parameter method: the one by which the address is asked.
  private static func response(
    _ problem: RequestProblem, allowing method: HTTPRequest.Method?
  ) -> Response {
    var headers = Audience.page.headers
    headers[.contentType] = RequestProblem.mediaType
    switch problem.kind {
    case .busy: headers[.retryAfter] = "2"
    case .methodNotAllowed: headers[.allow] = method == .get ? "GET, HEAD" : "POST"
    default: break
    }
    return Response(
      status: .init(code: problem.kind.rawValue, reasonPhrase: problem.kind.title),
      headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: problem.json)))
  }
}
