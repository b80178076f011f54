import Foundation

/// The first line to a program: who is there?
struct CommandGreeting: Encodable {
  static let protocolVersion = 1

  let request = 0
  let hello = "glmm-poisson"
  let protocolVersion = CommandGreeting.protocolVersion

  private enum CodingKeys: String, CodingKey {
    case request
    case hello
    case protocolVersion = "protocol"
  }
}

/// A line to a program: a data set and the model to fit.
struct CommandRequest: Encodable {
  struct Priors: Encodable {
    let fixedEffectSD: Double
    let logSDSD: Double

    private enum CodingKeys: String, CodingKey {
      case fixedEffectSD = "fixed_effect_sd"
      case logSDSD = "log_sd_sd"
    }
  }

  let request: Int
  let formula: String
  /// Fixed effects and random terms, `Intercept` or a column, in the scenario's order.
  let fixed: [String]
  let random: [String]
  let alpha: Double
  let priors: Priors
  /// `y`, the covariates, `group` (1, 2, ...) and, where rows differ in it, `exposure`.
  let columns: [String: [Double]]

  init(_ number: Int, _ data: ClusteredCounts, alpha: Double, priors: Priors) {
    request = number
    formula = ModelFormula.text(data)
    fixed = data.fixedNames
    random = data.randomNames
    self.alpha = alpha
    self.priors = priors
    var columns = [
      "y": data.counts, "group": data.groupOfRow.map { Double($0 + 1) }, "exposure": data.exposure,
    ].compactMapValues { $0 }
    for covariate in data.covariates { columns[covariate.name] = covariate.values }
    self.columns = columns
  }
}

extension Encodable {
  /// One line of JSON, without its end.
  func jsonLine() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}

/// The model in lme4's notation: `y ~ 1 + x + (1 + x || group) + offset(log(exposure))`.
enum ModelFormula {
  static func text(_ data: ClusteredCounts) -> String {
    let effects =
      terms(data.randomNames) + (data.randomNames.count > 1 ? " || group" : " | group")
    return "y ~ \(terms(data.fixedNames)) + (\(effects))"
      + (data.exposure == nil ? "" : " + offset(log(exposure))")
  }

  private static func terms(_ names: [String]) -> String {
    let intercept = DataGeneratingMechanism.interceptName
    return ([names.contains(intercept) ? "1" : "0"] + names.filter { $0 != intercept }.map(quoted))
      .joined(separator: " + ")
  }

  /// Names that R would take for something else.
  private static let reserved: Set = [
    "if", "else", "repeat", "while", "function", "for", "next", "break", "in", "TRUE", "FALSE",
    "NULL",
    "Inf", "NaN", "NA",
  ]

  private static func quoted(_ name: String) -> String {
    reserved.contains(name) ? "`\(name)`" : name
  }
}
