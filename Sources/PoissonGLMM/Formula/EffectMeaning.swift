/// What a column of the fixed effects stands for, to be told in words.
package enum EffectMeaning: Equatable, Sendable {
  case intercept
  /// One unit of a variable of numbers. `at` says where the variables are that it interacts with,
  /// as in `trt is 0`.
  case unit(of: String, at: [String])
  /// A level of a factor compared with its first one; nil where the model has no intercept that
  /// would stand for that, and `at` then says where all other variables are.
  case level(String, of: String, comparedWith: String?, at: [String])
  /// An interaction, by the names of its columns.
  case product([String])
  /// One of several columns that are a curve in a variable.
  case curve(String)
}

extension ModelFrame {
  /// What each column of the fixed effects stands for, in the order of `fixed`.
  package var effectMeanings: [EffectMeaning] {
    let set = formula.fixed
    var meanings: [EffectMeaning] = set.hasIntercept ? [.intercept] : []
    for term in set.terms where term.count == 1 {
      let variable = set.variables[term[0]]
      let partners = set.terms.filter { $0.count > 1 && $0.contains(term[0]) }.flatMap { $0 }
      let others = Set(partners).subtracting(term).sorted().map { place(of: set.variables[$0]) }
      switch codings[variable] {
      case .column, .numbers: meanings.append(.unit(of: variable.name, at: others))
      case .factor(_, let levels):
        let start = meanings.count
        let hasAll =
          start < fixed.count && fixed[start].name == variable.name + (levels.first ?? "")
        let all = Set(set.terms.flatMap { $0 }).subtracting(term).sorted()
        let places = hasAll ? all.map { place(of: set.variables[$0]) } : others
        meanings += levels.dropFirst(hasAll ? 0 : 1).map {
          .level($0, of: variable.name, comparedWith: hasAll ? nil : levels.first, at: places)
        }
      case .powers, .polynomials, .splines:
        while meanings.count < fixed.count, fixed[meanings.count].name.hasPrefix(variable.name) {
          meanings.append(.curve(variable.name))
        }
      case nil: break
      }
    }
    // Interactions come after all main effects.
    for column in fixed.dropFirst(meanings.count) {
      meanings.append(.product(column.name.split(separator: ":").map(String.init)))
    }
    return Array(meanings.prefix(fixed.count))
  }

  /// Where a variable is that no column speaks of: at 0 or at its first level.
  private func place(of variable: FormulaVariable) -> String {
    if case .factor(_, let levels) = codings[variable], let first = levels.first {
      return "\(variable.name) is \(first)"
    }
    return "\(variable.name) is 0"
  }
}
