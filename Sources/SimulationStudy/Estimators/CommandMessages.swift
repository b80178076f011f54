import Foundation
import PoissonGLMM

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
    /// eta of the LKJ prior; nil where there are no correlations.
    var correlationShape: Double? = nil

    private enum CodingKeys: String, CodingKey {
      case fixedEffectSD = "fixed_effect_sd"
      case logSDSD = "log_sd_sd"
      case correlationShape = "correlation_shape"
    }
  }

  /// A grouping factor with its random terms.
  struct Factor: Encodable {
    /// As a formula has it: `school`, `school:class`, `row`.
    let name: String
    /// The columns whose combinations are the levels.
    let columns: [String]
    let terms: [String]
    /// The sets of terms that are correlated; terms that are in none are independent.
    let correlated: [[String]]
  }

  let request: Int
  let formula: String
  /// Fixed effects, `Intercept` or a column, in the scenario's order.
  let fixed: [String]
  /// The random terms of the one grouping factor; nil where there are several.
  let random: [String]?
  /// Nil for one factor, the column `group`, whose terms are independent: of this the other fields
  /// say all.
  let factors: [Factor]?
  let alpha: Double
  let priors: Priors
  /// Of the counts; nil for Poisson.
  let family: String?
  /// `y`, the covariates, the products of them that are fixed effects, the grouping columns (1, 2,
  /// ...) and, where rows differ in it, `exposure`.
  let columns: [String: [Double]]

  init(
    _ number: Int, _ data: ClusteredCounts, alpha: Double, priors: Priors,
    family: CountFamily = .poisson
  ) {
    request = number
    self.family = family == .poisson ? nil : family.rawValue
    formula = ModelFormula.text(data)
    fixed = data.fixedNames
    random = data.random.count == 1 ? data.random[0].terms : nil
    let isOfGroups = data.random.map(\.factor) == [FactorName.group]
    factors = isOfGroups && !data.random.hasCorrelations ? nil : data.random.map(Factor.init)
    self.alpha = alpha
    self.priors = priors
    var columns = ["y": data.counts, "exposure": data.exposure].compactMapValues { $0 }
    // A factor of the rows has no column of its own in the data.
    if data.random.contains(where: { $0.factor == FactorName.row }) {
      columns[FactorName.row] = data.counts.indices.map { Double($0 + 1) }
    }
    for grouping in data.groupings {
      columns[grouping.name] = grouping.levelOfRow.map { Double($0 + 1) }
    }
    for covariate in data.covariates { columns[covariate.name] = covariate.values }
    for name in fixed where columns[name] == nil && name != DataGeneratingMechanism.interceptName {
      columns[name] = data.column(name)?.values
    }
    self.columns = columns
  }
}

extension CommandRequest.Priors {
  /// Those of a model with these random terms.
  init(_ priors: PoissonGLMM.Priors, of random: [RandomStructure]) {
    self.init(
      fixedEffectSD: priors.fixedEffectSD, logSDSD: priors.logSDSD,
      correlationShape: random.hasCorrelations ? priors.correlationShape : nil)
  }
}

extension CommandRequest.Factor {
  fileprivate init(_ random: RandomStructure) {
    self.init(
      name: random.factor, columns: FactorName.columns(of: random.factor), terms: random.terms,
      correlated: random.correlatedSets.filter { $0.count > 1 }.map { Array(random.terms[$0]) })
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
    let random = data.random.flatMap(randomTerms).map { " + (\($0))" }.joined()
    return "y ~ \(terms(data.fixedNames))" + random
      + (data.exposure == nil ? "" : " + offset(log(exposure))")
  }

  /// `1 + x || school`: one pair of parentheses where the terms are all independent or all
  /// correlated, and otherwise one for each set of correlated terms.
  private static func randomTerms(_ random: RandomStructure) -> [String] {
    let factor = FactorName.columns(of: random.factor).map(quoted).joined(separator: ":")
    if random.correlatedSets.allSatisfy({ $0.count == 1 }) {
      return [terms(random.terms) + (random.terms.count > 1 ? " || " : " | ") + factor]
    }
    return random.correlatedSets.map { terms(Array(random.terms[$0])) + " | " + factor }
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

  /// A column, or the columns of a product.
  private static func quoted(_ name: String) -> String {
    guard let term = ModelTerm(name), !term.isColumn else {
      return reserved.contains(name) ? "`\(name)`" : name
    }
    return term.factors.map { factor in
      reserved.contains(factor.column)
        ? factor.name.replacing(factor.column, with: "`\(factor.column)`") : factor.name
    }.joined(separator: ":")
  }
}
