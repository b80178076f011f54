import Foundation

/// A program's answer to the greeting.
struct CommandIntroduction: ProgramLine, Equatable {
  let request: Int
  /// What ran and in which versions, for the report: `lme4 1.1-31, R 4.2.2`.
  let version: String
  /// Whether every answer has the seconds that the fit took.
  let timesItself: Bool

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case request
    case version
    case timesItself = "seconds"
  }

  init(from decoder: any Decoder) throws {
    try AnyKey.refuseOthers(than: CodingKeys.self, decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    request = try values.wholeNumber(.request)
    version = ProgramError.oneLine(try values.decode(String.self, forKey: .version))
    timesItself = try values.decodeIfPresent(Bool.self, forKey: .timesItself) ?? false
  }

  static func expected(at path: JSONInspection.Path) -> String {
    switch path.last.flatMap(CodingKeys.init) {
    case .request: "0"
    case .version: "a text"
    case .timesItself: "true or false"
    case nil: "nothing"
    }
  }

  /// - Throws: `ProgramError`.
  static func read(_ line: Data) throws(ProgramError) -> CommandIntroduction {
    let introduction = try decode(line)
    guard introduction.request == 0 else {
      throw .broken("the program answered request \(introduction.request) to the greeting.")
    }
    guard !introduction.version.isEmpty else {
      throw .broken("the program's answer to the greeting has an empty 'version'.")
    }
    return introduction
  }
}

/// A program's answer to a data set.
struct CommandAnswer: ProgramAnswer {
  static let subject = "result"
  /// Some 5,000 parameters with all their numbers; what is longer was not meant as an answer.
  static let maximumBytes = 1_000_000

  struct Parameter: Decodable {
    let estimate: Double
    let standardError: Double?
    let lower: Double?
    let upper: Double?
    let pValue: Double?

    private enum CodingKeys: String, CodingKey, CaseIterable {
      case estimate
      case standardError = "se"
      case lower
      case upper
      case pValue = "p"
    }

    init(from decoder: any Decoder) throws {
      try AnyKey.refuseOthers(than: CodingKeys.self, decoder)
      let values = try decoder.container(keyedBy: CodingKeys.self)
      estimate = try values.decode(Double.self, forKey: .estimate)
      standardError = try values.decodeIfPresent(Double.self, forKey: .standardError)
      lower = try values.decodeIfPresent(Double.self, forKey: .lower)
      upper = try values.decodeIfPresent(Double.self, forKey: .upper)
      pValue = try values.decodeIfPresent(Double.self, forKey: .pValue)
    }
  }

  let request: Int
  let error: String?
  private let converged: Bool?
  private let status: String?
  private let iterations: Int?
  private let seconds: Double?
  /// nil stands for `null`: no estimate of that parameter from these data.
  private let parameters: [String: Parameter?]?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case request
    case error
    case converged
    case status
    case iterations
    case seconds
    case parameters
  }

  init(from decoder: any Decoder) throws {
    try AnyKey.refuseOthers(than: CodingKeys.self, decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    request = try values.wholeNumber(.request)
    error = try values.decodeIfPresent(String.self, forKey: .error)
    converged = try values.decodeIfPresent(Bool.self, forKey: .converged)
    status = try values.decodeIfPresent(String.self, forKey: .status)
    iterations = try values.wholeNumberIfPresent(.iterations)
    seconds = try values.decodeIfPresent(Double.self, forKey: .seconds)
    parameters = try values.decodeIfPresent([String: Parameter?].self, forKey: .parameters)
  }

  static func expected(at path: JSONInspection.Path) -> String {
    switch path.count {
    case 1:
      switch CodingKeys(rawValue: path[0]) {
      case .request: "the number of the request"
      case .converged: "true or false"
      case .error, .status: "a text"
      case .iterations: "a whole number"
      case .seconds: "a finite number"
      case .parameters: "an object"
      case nil: "nothing"
      }
    case 2: "an object or null"
    default: path.last == "estimate" ? "a finite number" : "a finite number or null"
    }
  }

  /// - Parameters:
  ///   - number: of the request that the line has to answer.
  ///   - expected: the model's parameters, in the order of every result.
  ///   - exchangeSeconds: what the whole exchange took; counts unless the program times itself.
  /// - Throws: `ProgramError`.
  static func result(
    _ line: Data, request number: Int, parameters expected: [String], timesItself: Bool,
    exchangeSeconds: Double
  ) throws(ProgramError) -> EstimationResult {
    let answer = try decode(line, request: number)
    guard let converged = answer.converged else {
      throw .broken("the program's answer lacks 'converged'.")
    }
    let seconds: Double
    if timesItself {
      guard let own = answer.seconds, own >= 0 else {
        throw .broken("the program's answer lacks the 'seconds' that it announced, 0 or more.")
      }
      seconds = own
    } else {
      seconds = exchangeSeconds
    }
    guard (answer.iterations ?? 0) >= 0 else {
      throw .broken("the program's answer has negative 'iterations'.")
    }
    return EstimationResult(
      parameters: try answer.estimates(expected, converged: converged), evidenceLowerBound: nil,
      iterations: answer.iterations ?? 0,
      reason: answer.status.map { ProgramError.oneLine($0) }
        ?? (converged ? "converged" : "the program does not say why"),
      converged: converged, seconds: seconds)
  }

  private func estimates(
    _ expected: [String], converged: Bool
  ) throws(ProgramError) -> [ParameterEstimate] {
    guard let parameters else {
      guard converged else { return [] }
      throw .broken("the program's answer lacks 'parameters'.")
    }
    if let unknown = parameters.keys.sorted().first(where: { !expected.contains($0) }) {
      throw .broken(
        "the program's answer has the parameter '\(ProgramError.oneLine(unknown, longest: 40))', "
          + "which the "
          + "model does not have.")
    }
    var estimates: [ParameterEstimate] = []
    for name in expected {
      guard let parameter = parameters[name] else {
        throw .broken("the program's answer lacks the parameter '\(name)'.")
      }
      guard let parameter else { continue }
      guard (parameter.lower == nil) == (parameter.upper == nil) else {
        throw .broken("the program's answer has one end only of the interval of '\(name)'.")
      }
      estimates.append(
        ParameterEstimate(
          parameter: name, estimate: parameter.estimate, standardError: parameter.standardError,
          intervalLower: parameter.lower, intervalUpper: parameter.upper, pValue: parameter.pValue))
    }
    guard !estimates.isEmpty else { throw .broken("the program's answer has no estimate at all.") }
    return estimates
  }
}
