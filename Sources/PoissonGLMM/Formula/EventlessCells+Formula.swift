extension EventlessCells {
  /// The levels, columns of 0 and 1, and cells of interactions of the fixed effects of a formula.
  /// A column of text that was meant to be something else, of dates say, has a warning already, and
  /// there is nothing to say of its levels.
  /// - Throws: `ModelError` if a variable cannot be coded.
  init(
    counts: [Double], set: TermSet, rows: CompleteRows, codings: DesignCoding.Codings
  ) throws(ModelError) {
    var variables: [DiscreteVariable] = []
    var places: [Int: Int] = [:]
    for index in set.usedVariables {
      let variable = set.variables[index]
      if case .column(let name) = variable, !rows.isNumeric(name),
        TextPredictor(name: name, levels: rows.labels(name), rowCount: rows.count).misreading != nil
      {
        continue
      }
      let discrete: DiscreteVariable? =
        switch try codings[variable]?.values(in: rows) {
        case .factor(let factor):
          DiscreteVariable(
            name: variable.sourceName, levels: factor.levels.map(shortened),
            levelOfRow: factor.levelOfRow,
            isIndicator: false)
        case .numbers(let numbers):
          DiscreteVariable(column: DesignColumn(name: variable.name, values: numbers))
        default: nil
        }
      guard let discrete else { continue }
      places[index] = variables.count
      variables.append(discrete)
    }
    var terms: [[Int]] = []
    for term in set.terms.map({ $0.compactMap { places[$0] } }) where !terms.contains(term) {
      terms.append(term)
    }
    // A variable may be in an interaction only, with numbers.
    let singles = variables.indices.map { [$0] }.filter { !terms.contains($0) }
    let hasFactor = variables.contains { !$0.isIndicator }
    self.init(
      counts: counts, variables: variables,
      terms: (singles + terms).sorted { $0.count < $1.count }, hasIntercept: set.hasIntercept,
      hasConstant: set.hasIntercept || hasFactor)
  }
}

extension FormulaVariable {
  /// The column that a factor is made of, or the variable's own name.
  fileprivate var sourceName: String {
    if case .factor(let factor) = self, case .column(let name) = factor.source { return name }
    return name
  }
}
