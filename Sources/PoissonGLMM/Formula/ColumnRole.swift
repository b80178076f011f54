/// What a column of the data is for in a simple model.
package enum ColumnRole: String, Sendable, CaseIterable, Codable {
  /// The counts to explain.
  case count
  /// A predictor with the same effect in all groups.
  case predictor
  /// A predictor whose effect differs between groups.
  case slope
  /// A grouping factor.
  case group
  /// The exposure, whose logarithm is the offset.
  case exposure
  /// Nothing.
  case unused
}

extension Formula {
  /// The formula that roles make: `y ~ x + (1 + x || g) + offset(log(days))`. Effects of one group
  /// are independent, as those of `GLMM_POISSON` are.
  /// - Parameters:
  ///   - roles: those of the columns, in the order of the data.
  ///   - hasIntercept: whether the fixed effects have an intercept.
  package static func text(
    roles: [(column: String, role: ColumnRole)], hasIntercept: Bool
  ) -> String {
    func columns(_ wanted: ColumnRole...) -> [String] {
      roles.filter { wanted.contains($0.role) }.map { written($0.column) }
    }
    let predictors = columns(.predictor, .slope)
    var terms = hasIntercept ? (predictors.isEmpty ? ["1"] : []) : ["0"]
    terms += predictors
    let slopes = columns(.slope).map { " + " + $0 }.joined()
    let bar = slopes.isEmpty ? "|" : "||"
    terms += columns(.group).map { "(1\(slopes) \(bar) \($0))" }
    terms += columns(.exposure).map { "offset(log(\($0)))" }
    return (columns(.count).first ?? "") + " ~ " + terms.joined(separator: " + ")
  }

  /// A name as a formula has it: in backticks where it would be read as something else.
  private static func written(_ name: String) -> String {
    let plain =
      name.allSatisfy(FormulaToken.isNameCharacter)
      && name.first.map { !$0.isNumber && ($0.isLetter || $0 == "." || $0 == "_") } ?? false
      && name != otherColumnsName
      && !(name.first == "." && name.dropFirst().first?.isNumber == true)
    return plain ? name : "`\(name)`"
  }

  /// What the formula uses a column for.
  package func role(of column: String) -> ColumnRole {
    if column == response { return .count }
    if groupingColumns.contains(column) { return .group }
    func holds(_ sets: [TermSet]) -> Bool {
      sets.contains { $0.columnRequests.contains { $0.name == column } }
    }
    if holds(randomFactors.flatMap(\.sets)) { return .slope }
    if holds([fixed]) { return .predictor }
    return offsets.contains { $0.columns.contains(column) } ? .exposure : .unused
  }

  /// Where a column is first named, as a number of characters from the start of the formula; nil if
  /// a `.` stands for it.
  package func position(ofColumn name: String) -> Int? {
    (try? FormulaToken.tokens(of: text))?.first { $0.kind == .name(name) }?.position
  }

  /// Whether the fixed effects have an intercept.
  package var hasIntercept: Bool { fixed.hasIntercept }

  /// Whether the roles of the columns say all that the formula says.
  /// - Parameter columns: those of the data.
  package func isToldByRoles(of columns: [String]) -> Bool {
    let roles = columns.map { (column: $0, role: role(of: $0)) }
    let text = Self.text(roles: roles, hasIntercept: hasIntercept)
    guard let simple = try? Formula(text) else { return false }
    return simple.meaning == meaning
  }

  /// What the formula says, whatever the order in which it says it.
  private var meaning: Meaning {
    Meaning(
      response: response, fixed: Set(fixed.effects.map(\.variables)),
      random: Dictionary(
        randomFactors.map { factor in
          (Set(factor.columns), Set(factor.sets.map { Set($0.effects.map(\.variables)) }))
        }, uniquingKeysWith: { $0.union($1) }),
      offsets: Set(offsets.map(\.text)))
  }

  private struct Meaning: Equatable {
    let response: String
    let fixed: Set<Set<FormulaVariable>>
    let random: [Set<String>: Set<Set<Set<FormulaVariable>>>]
    let offsets: Set<String>
  }
}
