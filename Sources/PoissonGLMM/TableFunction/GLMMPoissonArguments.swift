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

  /// Arguments; the optional ones have the documented defaults.
  /// - Parameters:
  ///   - y: the counts.
  ///   - x: the fixed-effect predictors.
  ///   - groups: the group of each row.
  ///   - xRandom: the predictors with a random slope, or `.null`.
  ///   - fitIntercept: whether the model has a fixed intercept.
  ///   - alpha: intervals cover 1 - alpha.
  ///   - approximation: the name of an `Approximation`.
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

extension GLMMPoissonArguments {
  /// The arguments of a JSON request, an object such as
  ///
  ///     {"y": [[2], [3]], "x": [[1], [2]], "groups": [[1], [1]], "alpha": 0.1}
  ///
  /// with the keys `y`, `x`, `groups` and, optionally, `x_random`, `fit_intercept`, `alpha` and
  /// `approximation`. Like Python's `json` it takes `NaN`, `Infinity` and numbers too large for a
  /// double, for the checks to name.
  /// - Parameter json: UTF-8.
  /// - Throws: a sentence for text that is not JSON, with line and column; for an unknown, repeated
  ///   or missing key.
  public init(json: [UInt8]) throws(GLMMPoissonError) {
    let keys = ["y", "x", "groups", "x_random", "fit_intercept", "alpha", "approximation"]
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
    func required(_ key: String) throws(GLMMPoissonError) -> SpreadsheetValue {
      guard let value = values[key] else { throw .invalidInput("\(key) is required.") }
      return value
    }
    self.init(y: try required("y"), x: try required("x"), groups: try required("groups"))
    xRandom = values["x_random"] ?? xRandom
    fitIntercept = values["fit_intercept"] ?? fitIntercept
    alpha = values["alpha"] ?? alpha
    approximation = values["approximation"] ?? approximation
  }
}
