/// The two kinds of parameters of the model. A method may do well on the ones and badly on the
/// others.
enum ParameterKind: CaseIterable, Sendable {
  case fixedEffect
  case logSD

  /// Log SDs are named `log_sd(NAME)` in every result.
  init(parameter: String) { self = parameter.hasPrefix("log_sd(") ? .logSD : .fixedEffect }

  var singular: String {
    switch self {
    case .fixedEffect: "fixed effect"
    case .logSD: "log SD"
    }
  }

  var plural: String { singular + "s" }

  /// `24 fixed effects`.
  func count(_ number: Int) -> String { ReportNumber.count(number, singular) }

  /// `the fixed effect`, `both fixed effects`, `all 24 fixed effects`.
  func all(_ number: Int) -> String {
    switch number {
    case 1: "the \(singular)"
    case 2: "both \(plural)"
    default: "all \(count(number))"
    }
  }
}
