/// The kinds of parameters of the model. A method may do well on the ones and badly on the others.
enum ParameterKind: CaseIterable, Sendable {
  case fixedEffect
  case logSD
  case correlation

  /// Log SDs are named `log_sd(NAME)` in every result, correlations `cor(NAME,NAME)`.
  init(parameter: String) {
    if parameter.hasPrefix("log_sd(") {
      self = .logSD
    } else {
      self = parameter.hasPrefix("cor(") ? .correlation : .fixedEffect
    }
  }

  /// The name under which a random term's log standard deviation is reported.
  static func logSDName(_ term: String) -> String { "log_sd(\(term))" }

  /// The name under which the correlation of two random terms is reported.
  static func correlationName(_ first: String, _ second: String) -> String {
    "cor(\(first),\(second))"
  }

  var singular: String {
    switch self {
    case .fixedEffect: "fixed effect"
    case .logSD: "log SD"
    case .correlation: "correlation"
    }
  }

  var plural: String { singular + "s" }

  /// `24 fixed effects`.
  func count(_ number: Int) -> String { NumberText.count(number, singular) }

  /// `the fixed effect`, `both fixed effects`, `all 24 fixed effects`.
  func all(_ number: Int) -> String {
    switch number {
    case 1: "the \(singular)"
    case 2: "both \(plural)"
    default: "all \(count(number))"
    }
  }
}
