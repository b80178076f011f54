import PoissonGLMM

/// What a study asks for besides the parameters of the model: a function of them, such as a rate
/// ratio `exp(treated)`, with a name of its own.
public struct Estimand: Sendable, Equatable {
  /// The name without `estimand()` around it.
  public let ownName: String
  /// The parameters of the scenario, of which the function takes some.
  let parameters: [String]
  let function: ParameterFunction

  /// The name under which it is reported, `estimand(NAME)`.
  public var name: String { ParameterKind.estimandName(ownName) }
  /// The function as it was written.
  public var text: String { function.text }
  /// The parameters that it depends on.
  public var arguments: [String] { function.arguments.map { parameters[$0] } }

  /// - Parameters:
  ///   - name: without `estimand()`.
  ///   - text: a function of parameters.
  ///   - parameters: the model's, by their names in results.
  /// - Throws: `FormulaError` if the text is no arithmetic on parameters.
  public init(_ name: String, _ text: String, of parameters: [String]) throws(FormulaError) {
    ownName = name
    self.parameters = parameters
    function = try ParameterFunction(text, of: parameters)
  }

  /// The value at given parameters; nil where one is missing or the value is no finite number.
  public func value(at parameters: [String: Double]) -> Double? {
    let values = arguments.compactMap { parameters[$0] }
    guard values.count == arguments.count, let value = function.values(values.map { [$0] }).first,
      value.isFinite
    else { return nil }
    return value
  }

  /// What estimates of the parameters say of it: its value there. A function of one parameter that
  /// rises or falls all over the parameter's interval has the image of that for its own; others
  /// have none, which would take the joint distribution of the estimates.
  /// - Returns: nil where an estimate is missing.
  func estimate(from estimates: [ParameterEstimate]) -> ParameterEstimate? {
    let known = Dictionary(
      estimates.map { ($0.parameter, $0) }, uniquingKeysWith: { first, _ in first })
    guard let value = value(at: known.mapValues(\.estimate)) else { return nil }
    let ends = arguments.count == 1 ? known[arguments[0]].flatMap(imageOfInterval) : nil
    return ParameterEstimate(
      parameter: name, estimate: value, standardError: nil, intervalLower: ends?.lower,
      intervalUpper: ends?.upper, pValue: nil)
  }

  /// Points at which it is seen whether a function rises or falls.
  private static let steps = 64

  private func imageOfInterval(_ argument: ParameterEstimate) -> (lower: Double, upper: Double)? {
    guard let lower = argument.intervalLower, let upper = argument.intervalUpper, lower <= upper
    else { return nil }
    let points = (0...Self.steps).map {
      $0 == Self.steps ? upper : lower + (upper - lower) * Double($0) / Double(Self.steps)
    }
    let values = function.values([points])
    guard let first = values.first, let last = values.last, values.allSatisfy(\.isFinite)
    else { return nil }
    let isMonotone = zip(values, values.dropFirst()).allSatisfy {
      first <= last ? $0 <= $1 : $0 >= $1
    }
    return isMonotone ? (min(first, last), max(first, last)) : nil
  }
}

extension EstimationResult {
  /// The same result with those estimands that it does not have, as far as its estimates tell them.
  func adding(_ estimands: [Estimand]) -> EstimationResult {
    let missing = estimands.filter { estimand in
      !parameters.contains { $0.parameter == estimand.name }
    }
    guard !missing.isEmpty else { return self }
    return EstimationResult(
      parameters: parameters + missing.compactMap { $0.estimate(from: parameters) },
      evidenceLowerBound: evidenceLowerBound, iterations: iterations, reason: reason,
      converged: converged, seconds: seconds, quantities: Array(zip(quantities, quantityValues)))
  }
}
