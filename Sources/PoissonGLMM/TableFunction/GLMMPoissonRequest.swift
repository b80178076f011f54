/// What a request asks for.
public enum GLMMPoissonResult: String, Sendable, CaseIterable {
  /// The documented table.
  case table
  /// What to know before trusting it: a column of sentences, one empty cell where there are none.
  case warnings
  /// What the model expects in new rows.
  case predictions
  /// The effect of each group.
  case groups
}

/// A request of `glmm-poisson call`: arguments of `GLMM_POISSON`, and what is asked of the model.
public struct GLMMPoissonRequest: Sendable, Equatable {
  /// The arguments of the function.
  public var arguments: GLMMPoissonArguments
  /// What is asked for.
  public var result: GLMMPoissonResult
  /// The rows to predict; nil unless predictions are asked for.
  public var newRows: GLMMPoissonNewRows?

  /// A request for one of the results that need no new rows.
  /// - Parameters:
  ///   - arguments: the arguments of the function.
  ///   - result: what is asked for.
  public init(_ arguments: GLMMPoissonArguments, result: GLMMPoissonResult = .table) {
    self.arguments = arguments
    self.result = result
  }

  /// A request for predictions.
  /// - Parameters:
  ///   - arguments: the arguments of the function.
  ///   - newRows: the rows to predict.
  public init(_ arguments: GLMMPoissonArguments, predicting newRows: GLMMPoissonNewRows) {
    self.arguments = arguments
    result = .predictions
    self.newRows = newRows
  }
}

extension GLMMPoissonRequest {
  private static let keys = [
    "y", "x", "groups", "x_random", "fit_intercept", "alpha", "approximation", "spreadsheet",
    "result", "new_x", "new_groups", "new_x_random",
  ]

  /// A JSON request, an object such as
  ///
  ///     {"y": [[2], [3]], "x": [[1], [2]], "groups": [[1], [1]], "alpha": 0.1}
  ///
  /// with the keys `y`, `x`, `groups` and, optionally, `x_random`, `fit_intercept`, `alpha` and
  /// `approximation`; `result`, one of `GLMMPoissonResult`; with predictions `new_x` and,
  /// optionally, `new_groups` and `new_x_random`. Where `spreadsheet` is true the arguments are
  /// read as `GLMMPoissonArguments.init(spreadsheet:)` says. Like Python's `json` it takes `NaN`,
  /// `Infinity` and numbers too large for a double, for the checks to name.
  /// - Parameter json: UTF-8.
  /// - Throws: a sentence for text that is not JSON, with line and column; for an unknown, repeated
  ///   or missing key.
  public init(json: [UInt8]) throws(GLMMPoissonError) {
    let values = try Self.values(json)
    func required(_ key: String) throws(GLMMPoissonError) -> SpreadsheetValue {
      guard let value = values[key] else { throw .invalidInput("\(key) is required.") }
      return value
    }
    var arguments = GLMMPoissonArguments(
      y: try required("y"), x: try required("x"), groups: try required("groups"))
    let isSpreadsheet = try Self.truth(values["spreadsheet"], of: "spreadsheet")
    if isSpreadsheet {
      arguments = GLMMPoissonArguments(
        spreadsheet: GLMMPoissonArguments(
          y: arguments.y, x: arguments.x, groups: arguments.groups,
          xRandom: values["x_random"] ?? .null, fitIntercept: values["fit_intercept"] ?? .null,
          alpha: values["alpha"] ?? .null, approximation: values["approximation"] ?? .null))
    } else {
      arguments.xRandom = values["x_random"] ?? arguments.xRandom
      arguments.fitIntercept = values["fit_intercept"] ?? arguments.fitIntercept
      arguments.alpha = values["alpha"] ?? arguments.alpha
      arguments.approximation = values["approximation"] ?? arguments.approximation
    }
    let result = try Self.result(values["result"])
    guard result == .predictions else {
      for key in ["new_x", "new_groups", "new_x_random"] where values[key] != nil {
        throw .invalidInput("\(key) is only for a result of predictions.")
      }
      self.init(arguments, result: result)
      return
    }
    let newRows = GLMMPoissonNewRows(
      x: try required("new_x"), groups: values["new_groups"] ?? .null,
      xRandom: values["new_x_random"] ?? .null)
    self.init(
      arguments,
      predicting: isSpreadsheet ? GLMMPoissonNewRows(spreadsheet: newRows) : newRows)
  }

  private static func values(
    _ json: [UInt8]
  ) throws(GLMMPoissonError) -> [String: SpreadsheetValue] {
    var reader = JSONReader(json)
    var values: [String: SpreadsheetValue] = [:]
    for member in try reader.members() {
      let key = JSONReader.quoted(member.key)
      guard keys.contains(member.key) else {
        throw reader.fault(
          "unknown key \(key); a request has \(keys.joined(separator: ", "))", at: member.offset)
      }
      if values.updateValue(member.value, forKey: member.key) != nil {
        throw reader.fault("the key \(key) appears a second time", at: member.offset)
      }
    }
    return values
  }

  private static func truth(
    _ value: SpreadsheetValue?, of key: String
  ) throws(GLMMPoissonError) -> Bool {
    guard let value else { return false }
    guard case .bool(let truth) = value else {
      throw .invalidInput("\(key) must be a boolean.")
    }
    return truth
  }

  private static func result(
    _ value: SpreadsheetValue?
  ) throws(GLMMPoissonError) -> GLMMPoissonResult {
    guard let value else { return .table }
    guard case .text(let name) = value, let result = GLMMPoissonResult(rawValue: name) else {
      let names = GLMMPoissonResult.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalidInput("result must be one of \(names).")
    }
    return result
  }
}

extension GLMMPoissonArguments {
  /// The arguments of a JSON request: those of `GLMMPoissonRequest.init(json:)`.
  /// - Parameter json: UTF-8.
  /// - Throws: a sentence for the first fault.
  public init(json: [UInt8]) throws(GLMMPoissonError) {
    self = try GLMMPoissonRequest(json: json).arguments
  }
}
