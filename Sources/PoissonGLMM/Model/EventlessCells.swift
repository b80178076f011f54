/// A variable of the fixed effects that takes few values: a factor, or a column of 0 and 1.
struct DiscreteVariable {
  let name: String
  let levels: [String]
  let levelOfRow: [Int]
  /// Whether it is one column of 0 and 1, so that 0 has no effect of its own.
  let isIndicator: Bool
}

/// Kinds of rows that fixed effects are about and that have no events: the levels of factors, both
/// values of columns of 0 and 1, and the cells of interactions that are in the model.
///
/// The likelihood of such an effect rises without end as the rate of these rows falls, so that only
/// the prior says how far the effect is from 0. Levels of grouping factors are no such case: their
/// effects are drawn towards each other.
struct EventlessCells {
  /// The kinds of one term of the model.
  private struct Found {
    let variables: [DiscreteVariable]
    /// How many kinds there are, with events or without.
    let kindCount: Int
    /// Those without events: a level of each variable, and the number of rows.
    let kinds: [(levels: [Int], rows: Int)]
  }

  private var found: [Found] = []
  private let hasIntercept: Bool

  /// More than these of one term are told in one sentence.
  private static let mostSentences = 3
  /// How many levels that sentence names.
  private static let mostNames = 5

  /// - Parameters:
  ///   - terms: indices of the variables that make up each term; main effects before interactions.
  ///   - hasIntercept: whether the first level of each variable is the reference.
  ///   - hasConstant: whether the fixed effects give rows of zeros a level of their own.
  init(
    counts: [Double], variables: [DiscreteVariable], terms: [[Int]], hasIntercept: Bool,
    hasConstant: Bool
  ) {
    self.hasIntercept = hasIntercept
    guard counts.contains(where: { $0 > 0 }) else { return }
    var isCovered = [Bool](repeating: false, count: counts.count)
    var (order, coveredByLower) = (0, isCovered)
    for term in terms where !term.isEmpty {
      if term.count > order { (order, coveredByLower) = (term.count, isCovered) }
      let own = term.map { variables[$0] }
      var (rows, events): ([[Int]: [Int]], [[Int]: Double]) = ([:], [:])
      for row in counts.indices {
        let kind = own.map { $0.levelOfRow[row] }
        rows[kind, default: []].append(row)
        events[kind, default: 0] += counts[row]
      }
      let kinds = rows.keys.filter { kind in
        // A margin without events has been told, and leaves nothing to say of its cells.
        events[kind] == 0 && !(rows[kind] ?? []).allSatisfy { coveredByLower[$0] }
          && (hasConstant || !zip(own, kind).contains { $0.isIndicator && $1 == 0 })
      }.sorted { $0.lexicographicallyPrecedes($1) }
      for kind in kinds { for row in rows[kind] ?? [] { isCovered[row] = true } }
      guard !kinds.isEmpty else { continue }
      found.append(
        Found(
          variables: own, kindCount: rows.count, kinds: kinds.map { ($0, rows[$0]?.count ?? 0) }))
    }
  }

  /// The columns of 0 and 1 of a design whose factors are not known.
  init(counts: [Double], columns: [DesignColumn]) {
    let hasOnes = columns.contains { column in column.values.allSatisfy { $0 == 1 } }
    let variables = columns.compactMap { DiscreteVariable(column: $0) }
    self.init(
      counts: counts, variables: variables, terms: variables.indices.map { [$0] },
      hasIntercept: hasOnes, hasConstant: hasOnes)
  }

  var isEmpty: Bool { found.isEmpty }

  /// What is said of one kind of rows, or of many kinds of one term.
  struct Notice {
    /// A sentence without its stop.
    let text: String
    /// Whether it is about several kinds.
    let isSummary: Bool
    fileprivate let variables: [DiscreteVariable]
    fileprivate let kinds: [[Int]]

    /// The rows of each kind.
    var rows: [[Int]] {
      let places = Dictionary(uniqueKeysWithValues: kinds.enumerated().map { ($1, $0) })
      var rows = kinds.map { _ in [Int]() }
      for row in variables[0].levelOfRow.indices {
        if let place = places[variables.map { $0.levelOfRow[row] }] { rows[place].append(row) }
      }
      return rows
    }
  }

  /// One sentence a kind, or one for many of a term.
  func warnings(priors: Priors) -> [String] { notices(priors: priors).map { $0.text + "." } }

  /// The same with the rows that they are about.
  func notices(priors: Priors) -> [Notice] {
    let prior =
      priors.coefficients.isEmpty
      ? "the prior N(0, \(DesignDiagnostics.brief(priors.fixedEffectSD))^2)" : "the priors"
    return found.flatMap { found in
      func notice(_ text: String, _ kinds: [[Int]], isSummary: Bool) -> Notice {
        Notice(text: text, isSummary: isSummary, variables: found.variables, kinds: kinds)
      }
      return found.kinds.count > Self.mostSentences
        ? [notice(summary(found, prior), found.kinds.map(\.levels), isSummary: true)]
        : found.kinds.map {
          notice(sentence(found, $0.levels, rows: $0.rows, prior), [$0.levels], isSummary: false)
        }
    }
  }

  private func sentence(
    _ found: Found, _ levels: [Int], rows: Int, _ prior: String
  ) -> String {
    let condition = zip(found.variables, levels).map { variable, level in
      "\(variable.name) = \(variable.levels[level])"
    }.joined(separator: " and ")
    let start = "No events in the \(rows == 1 ? "one row" : "\(rows) rows") with \(condition)"
    guard isReference(levels) else {
      return start + ": the size of its effect rests on \(prior)"
    }
    return start + ", the reference: how low the intercept is, and how large the effects that "
      + "differ from it are, rests on \(prior)"
  }

  private func summary(_ found: Found, _ prior: String) -> String {
    let names = found.variables.map(\.name).joined(separator: " and ")
    let kinds = found.kinds.prefix(Self.mostNames).map { kind in
      zip(found.variables, kind.levels).map { $0.levels[$1] }.joined(separator: ":")
    }
    let more = found.kinds.count > Self.mostNames ? ", ..." : ""
    let reference =
      found.kinds.contains { isReference($0.levels) }
      ? "; the reference, and so the intercept, is one of them" : ""
    return "No events in \(found.kinds.count) of the \(found.kindCount) "
      + (found.variables.count == 1 ? "levels" : "combinations")
      + " of \(names) (\(kinds.joined(separator: ", "))\(more)\(reference)): the sizes of their "
      + "effects rest on \(prior)"
  }

  private func isReference(_ levels: [Int]) -> Bool {
    hasIntercept && levels.allSatisfy { $0 == 0 }
  }
}

extension DiscreteVariable {
  /// A column of 0 and 1; nil for any other.
  init?(column: DesignColumn) {
    let spread = ColumnSpread(column.values)
    guard spread.isIndicator, !spread.isConstant else { return nil }
    self.init(
      name: column.name, levels: ["0", "1"], levelOfRow: column.values.map { $0 == 0 ? 0 : 1 },
      isIndicator: true)
  }
}
