/// The random terms of one grouping factor by name, and which of them are correlated.
public struct RandomStructure: Sendable, Equatable {
  /// The factor as a formula has it: `school`, `school:class`, `row`.
  public let factor: String
  /// `Intercept`, or a column of a covariate.
  public let terms: [String]
  /// The sets of terms that are correlated: consecutive ranges of indices that together are all of
  /// them. An independent term is a set of its own.
  public let correlatedSets: [Range<Int>]

  /// Terms that are all independent, where nothing else is said.
  public init(factor: String, terms: [String], correlatedSets: [Range<Int>]? = nil) {
    self.factor = factor
    self.terms = terms
    self.correlatedSets = correlatedSets ?? terms.indices.map { $0..<($0 + 1) }
  }

  /// The pairs of terms that have a correlation, (i, j) with i > j, set by set and row by row: the
  /// order in which a fit reports them.
  var correlatedPairs: [(first: Int, second: Int)] {
    correlatedSets.flatMap { set in
      set.flatMap { i in (set.lowerBound..<i).map { (i, $0) } }
    }
  }
}

extension [RandomStructure] {
  /// The names of the log SDs, factor after factor and term after term: `log_sd(Intercept)` with
  /// one factor, `log_sd(school:Intercept)` with several.
  var logSDNames: [String] {
    termNames.map(ParameterKind.logSDName)
  }

  /// The random terms, factor after factor: `Intercept` with one factor, `school:Intercept` with
  /// several.
  var termNames: [String] {
    flatMap { factor in factor.terms.map { prefix(factor.factor) + $0 } }
  }

  /// The names of the correlations: `cor(Intercept,x1)` with one factor, with several
  /// `cor(school:Intercept,x1)`.
  var correlationNames: [String] {
    flatMap { factor in
      factor.correlatedPairs.map { pair in
        ParameterKind.correlationName(
          prefix(factor.factor) + factor.terms[pair.second], factor.terms[pair.first])
      }
    }
  }

  /// The log SDs, then the correlations: the order of every result.
  var parameterNames: [String] { logSDNames + correlationNames }

  /// A parameter as it is reported, where it may have been named with the one factor there is:
  /// `log_sd(group:x1)` is `log_sd(x1)`.
  func reportedName(_ parameter: String) -> String {
    guard count == 1 else { return parameter }
    for start in ["log_sd(", "cor("] where parameter.hasPrefix(start + self[0].factor + ":") {
      return start + parameter.dropFirst(start.count + self[0].factor.count + 1)
    }
    return parameter
  }

  var hasCorrelations: Bool { contains { $0.correlatedSets.contains { $0.count > 1 } } }

  private func prefix(_ factor: String) -> String { count > 1 ? factor + ":" : "" }
}
