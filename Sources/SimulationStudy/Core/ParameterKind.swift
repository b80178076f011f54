import PoissonGLMM

/// The kinds of parameters of the model. A method may do well on the ones and badly on the others.
enum ParameterKind: CaseIterable, Sendable {
  case fixedEffect
  case logSD
  case correlation
  /// Of the family of the counts.
  case familyParameter
  /// A function of the others that a scenario asks for.
  case estimand
  /// No parameter but a test of the model, which a study asks for its p value alone.
  case check

  /// Log SDs are named `log_sd(NAME)` in every result, correlations `cor(NAME,NAME)`,
  /// estimands `estimand(NAME)`, checks `check(NAME)` and parameters of families as
  /// `FamilyParameter` has them.
  init(parameter: String) {
    self =
      FamilyParameter(rawValue: parameter) != nil
      ? .familyParameter
      : Self.allCases.first { $0.prefix.map(parameter.hasPrefix) ?? false } ?? .fixedEffect
  }

  /// How the names of its parameters begin; nil for those that have names of their own.
  private var prefix: String? {
    switch self {
    case .fixedEffect, .familyParameter: nil
    case .logSD: "log_sd("
    case .correlation: "cor("
    case .estimand: "estimand("
    case .check: "check("
    }
  }

  /// The name under which a random term's log standard deviation is reported.
  static func logSDName(_ term: String) -> String { "log_sd(\(term))" }

  /// The name under which the correlation of two random terms is reported.
  static func correlationName(_ first: String, _ second: String) -> String {
    "cor(\(first),\(second))"
  }

  /// The name under which a check of the model is reported.
  static func checkName(_ check: String) -> String { "check(\(check))" }

  /// The name under which an estimand is reported.
  static func estimandName(_ name: String) -> String { "estimand(\(name))" }

  var singular: String {
    switch self {
    case .fixedEffect: "fixed effect"
    case .logSD: "log SD"
    case .correlation: "correlation"
    case .familyParameter: "family parameter"
    case .estimand: "estimand"
    case .check: "check"
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
