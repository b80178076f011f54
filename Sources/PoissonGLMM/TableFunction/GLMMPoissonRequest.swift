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
