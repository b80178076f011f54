import PoissonGLMM

/// What programs ask of the server: JSON against JSON.
public enum APIEndpoint: String, Sendable, CaseIterable {
  /// The documented function: what `glmm-poisson call` answers.
  case call = "/api/call"
  /// A fit of a formula: what `glmm-poisson fit --format json` prints.
  case fit = "/api/fit"
  /// Predictions of new rows: what `glmm-poisson predict --format json` prints.
  case predict = "/api/predict"

  /// The answer to a request, worked out in this thread.
  /// - Parameters:
  ///   - body: the request, JSON in UTF-8.
  ///   - limits: what it may cost; `RequestRun` sees to the limit of time.
  /// - Returns: JSON.
  /// - Throws: `RequestProblem`, or an error of the library that `RequestProblem.init(_:)` knows.
  public func answer(to body: [UInt8], limits: RequestLimits) throws -> [UInt8] {
    switch self {
    case .call: try FunctionCall.answer(body, limits: limits)
    case .fit: try ModelRequest(json: body, predicts: false, limits: limits).fitAnswer()
    case .predict: try ModelRequest(json: body, predicts: true, limits: limits).predictAnswer()
    }
  }
}
