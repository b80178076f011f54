import PoissonGLMM

/// A term of a model that is a product of columns and their powers, written as R writes it:
/// `x1:treated`, `I(x1^2)`, `I(x1^2):treated`.
struct ModelTerm: Equatable {
  /// A column, or a power of one.
  struct Factor: Equatable {
    let column: String
    /// 1 for the column itself.
    let power: Int

    /// As R names it.
    var name: String { power == 1 ? column : "I(\(column)^\(power))" }
  }

  /// Powers from 2 on; higher ones than this are beyond what a design is known for.
  static let powers = 2...9

  let factors: [Factor]

  /// nil for what is no such term. A column alone is one.
  init?(_ name: String) {
    var factors: [Factor] = []
    for part in name.split(separator: ":", omittingEmptySubsequences: false) {
      guard let match = part.wholeMatch(of: /I\(([A-Za-z][A-Za-z0-9_.]*)\^([0-9])\)/) else {
        guard part.wholeMatch(of: /[A-Za-z][A-Za-z0-9_.]*/) != nil else { return nil }
        factors.append(Factor(column: String(part), power: 1))
        continue
      }
      guard let power = Int(match.output.2), Self.powers.contains(power) else { return nil }
      factors.append(Factor(column: String(match.output.1), power: power))
    }
    self.factors = factors
  }

  /// Whether it is a column as it is.
  var isColumn: Bool { factors.count == 1 && factors[0].power == 1 }

  /// The product by row; nil if a column is not there.
  func values(_ column: (String) -> [Double]?) -> [Double]? {
    var product: [Double]?
    for factor in factors {
      guard let values = column(factor.column) else { return nil }
      for _ in 0..<factor.power {
        product = product.map { zip($0, values).map(*) } ?? values
      }
    }
    return product
  }
}

extension [DesignColumn] {
  /// The column of a fixed effect: a covariate, or a product of covariates and their powers; nil if
  /// there is none.
  func column(of term: String) -> DesignColumn? {
    if let covariate = first(where: { $0.name == term }) { return covariate }
    return ModelTerm(term)?.values { name in first { $0.name == name }?.values }
      .map { DesignColumn(name: term, values: $0) }
  }
}
