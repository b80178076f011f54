/// A grouping factor of a formula, with the effects that vary between its levels.
public struct FormulaFactor: Sendable, Equatable {
  /// The columns whose combined values are the levels: several for an interaction.
  public let columns: [String]
  /// The effects: those of one set are correlated with each other, those of different sets are
  /// independent.
  let sets: [TermSet]

  /// The name that results are reported under, for example `subject` or `school:class`.
  public var name: String { columns.joined(separator: ":") }
}

/// One set of correlated random effects of one grouping factor, as `(1 + x | g)` writes it.
struct RandomTerm: Sendable, Equatable {
  let columns: [String]
  let effects: TermSet
}

extension FormulaFactor {
  /// The factors of `terms` in order of appearance. `a:b` and `b:a` have the same levels and are
  /// one factor, by the name that comes first.
  static func merging(_ terms: [RandomTerm]) -> [FormulaFactor] {
    var indices: [Set<String>: Int] = [:]
    var factors: [(columns: [String], sets: [TermSet])] = []
    for term in terms {
      if let index = indices[Set(term.columns)] {
        factors[index].sets.append(term.effects)
      } else {
        indices[Set(term.columns)] = factors.count
        factors.append((term.columns, [term.effects]))
      }
    }
    return factors.map { FormulaFactor(columns: $0.columns, sets: $0.sets) }
  }
}

extension TermSet {
  /// The sets that lme4 makes of the effects left of a double bar: the intercept, and each term by
  /// itself without an intercept. The columns of a term that is a factor stay together: one for
  /// each level, correlated.
  var splitByTerm: [TermSet] {
    let intercept = TermSet(hasIntercept: true, variables: [], terms: [])
    return (hasIntercept ? [intercept] : [])
      + terms.map { TermSet(hasIntercept: false, variables: variables, terms: [$0]) }
  }

  /// The effects, each by the variables in it and the name it has in messages.
  var effects: [(variables: Set<FormulaVariable>, name: String)] {
    (hasIntercept ? [([], "Intercept")] : [])
      + terms.map { term in
        let own = term.map { variables[$0] }
        return (Set(own), own.map(\.name).joined(separator: ":"))
      }
  }
}

/// Grouping factors, each as its columns, under the operators of a formula.
struct GroupingList {
  private(set) var factors: [[String]] = []
  private var members: Set<Set<String>> = []

  init() {}

  init(column: String) {
    insert([column])
  }

  /// `self : other`
  func interaction(_ other: GroupingList) -> GroupingList {
    var result = GroupingList()
    for first in factors {
      for second in other.factors { result.insert(Self.union(first, second)) }
    }
    return result
  }

  /// `self / other`, which is `self` and the interaction of all its columns with `other`.
  func nesting(_ other: GroupingList) -> GroupingList {
    var result = self
    let all = factors.reduce([], Self.union)
    for inner in other.factors { result.insert(Self.union(all, inner)) }
    return result
  }

  private mutating func insert(_ factor: [String]) {
    if members.insert(Set(factor)).inserted { factors.append(factor) }
  }

  private static func union(_ first: [String], _ second: [String]) -> [String] {
    first + second.filter { !first.contains($0) }
  }
}
