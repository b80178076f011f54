/// A variable in a term of a formula.
enum FormulaVariable: Sendable, Hashable {
  /// A column: its numbers, or its levels if it is text.
  case column(String)
  /// The levels of a column or of an expression.
  case factor(FactorExpression)
  /// Numbers, or true and false, which are the levels of a factor.
  case expression(ArithmeticExpression)
  /// Several columns of numbers.
  case basis(BasisExpression)

  /// The name that parameters are reported under.
  var name: String {
    switch self {
    case .column(let name): name
    case .factor(let factor): factor.text
    case .expression(let expression): expression.text
    case .basis(let basis): basis.text
    }
  }

  /// The column whose levels the variable may be.
  var factorColumn: String? {
    switch self {
    case .column(let name): return name
    case .factor(let factor):
      guard case .column(let name) = factor.source else { return nil }
      return name
    case .expression, .basis: return nil
    }
  }

  var columnRequests: [ColumnRequest] {
    switch self {
    case .column(let name): [ColumnRequest(name: name, use: .numberOrText)]
    case .factor(let factor): factor.columnRequests
    case .expression(let expression): expression.columnRequests
    case .basis(let basis): basis.argument.columnRequests
    }
  }
}

/// The terms of one side of a formula: main effects and interactions, R's `terms` object.
struct TermSet: Sendable, Equatable {
  let hasIntercept: Bool
  /// Each once, in order of appearance in the formula.
  let variables: [FormulaVariable]
  /// Each term as ascending indices into `variables`; main effects come before two-way interactions
  /// and so on, and terms of equal order stand as they appear.
  let terms: [[Int]]

  init(hasIntercept: Bool, variables: [FormulaVariable], terms: [[Int]]) {
    self.hasIntercept = hasIntercept
    self.variables = variables
    // Position breaks ties because `sorted` does not promise to keep equal elements in place.
    self.terms = terms.enumerated().sorted {
      ($0.element.count, $0.offset) < ($1.element.count, $1.offset)
    }.map(\.element)
  }

  /// The indices of the variables that are in a term, ascending.
  var usedVariables: [Int] { Set(terms.joined()).sorted() }

  /// The columns whose levels may be in a term, by themselves or as `factor(...)`.
  var factorColumns: [String] { usedVariables.compactMap { variables[$0].factorColumn } }

  /// The columns of the data that the terms use.
  var columnRequests: [ColumnRequest] {
    usedVariables.flatMap { variables[$0].columnRequests }
  }
}

/// Terms in order of first appearance, without repetition, under the operators of a formula.
struct TermList {
  private(set) var terms: [[Int]] = []
  private var members: Set<[Int]> = []

  /// `self + other`
  mutating func add(_ other: TermList) {
    for term in other.terms { insert(term) }
  }

  /// `self - other`
  mutating func subtract(_ other: TermList) {
    members.subtract(other.members)
    if members.count < terms.count { terms = terms.filter(members.contains) }
  }

  /// `self : other`
  func interaction(_ other: TermList) -> TermList {
    var result = TermList()
    for first in terms {
      for second in other.terms { result.insert(Set(first).union(second).sorted()) }
    }
    return result
  }

  /// The interaction of all variables in the terms.
  var union: TermList {
    var result = TermList()
    result.insert(Set(terms.joined()).sorted())
    return result
  }

  mutating func insert(_ term: [Int]) {
    if members.insert(term).inserted { terms.append(term) }
  }
}
