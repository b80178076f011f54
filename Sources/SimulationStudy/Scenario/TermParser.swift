/// Checks the names of fixed effects: `Intercept`, a column, or a product of columns and their
/// powers, `x1:treated` or `I(x1^2)`.
struct TermParser {
  let columns: [String]
  /// What they are called in messages: `covariate`.
  let noun: String
  /// The fixed effects before this one.
  let earlier: [String]

  /// - Parameter name: of the term, which stands behind `value`.
  /// - Throws: `ScenarioError` if a column is not there, or R would name the term otherwise.
  func check(_ value: YAMLValue, _ name: String) throws(ScenarioError) {
    let known = [DataGeneratingMechanism.interceptName] + columns
    guard !known.contains(name) else { return }
    guard let term = ModelTerm(name), !term.isColumn else {
      let isProduct = name.contains { ":^*(".contains($0) }
      throw value.error(
        isProduct
          ? "expected a product such as x1:x2, or a power from \(ModelTerm.powers.lowerBound) to "
            + "\(ModelTerm.powers.upperBound) such as I(x1^2), found \(value.found)."
          : "there is no \(noun) \(value.found); "
            + NearestName.advice(for: name, among: known))
    }
    for factor in term.factors where !columns.contains(factor.column) {
      throw value.error(
        "there is no \(noun) '\(factor.column)'; "
          + NearestName.advice(for: factor.column, among: columns))
    }
    let names = term.factors.map(\.name)
    guard Set(names).count == names.count else {
      throw value.error(
        "a factor appears twice; a square is written I(\(term.factors[0].column)^2).")
    }
    let usual = inOrder(names)
    guard usual == names else {
      throw value.error(
        "R names this term '\(usual.joined(separator: ":"))', in the order in which its factors "
          + "appear; write it so.")
    }
  }

  /// The factors of a term as R orders them: those that appear earlier in the model come first.
  private func inOrder(_ names: [String]) -> [String] {
    var appeared: [String] = []
    for name in earlier.compactMap(ModelTerm.init).flatMap(\.factors).map(\.name) + names
    where !appeared.contains(name) {
      appeared.append(name)
    }
    return appeared.filter(names.contains)
  }
}
