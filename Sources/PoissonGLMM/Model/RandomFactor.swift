/// The random effects of one grouping factor, with their columns:
///
///     u_j ~ N(0, Sigma), q terms, for every level j of the factor
///
/// Sigma has a block for each set of correlated terms; terms of different sets are independent.
public struct RandomFactor: Sendable {
  /// The name of the factor as a formula has it: `school`, `school:class`, `row`.
  public let name: String
  /// The level of each row.
  public let grouping: Grouping
  /// The q columns that the effects multiply.
  public let terms: [DesignColumn]
  /// The sets of correlated terms, consecutive ranges that together are `0..<q`; an independent
  /// term is a set of its own.
  public let correlatedSets: [Range<Int>]

  /// The random effects of one grouping factor.
  /// - Parameters:
  ///   - name: the name of the factor.
  ///   - grouping: the level of each row.
  ///   - terms: the columns that the effects multiply, at least one.
  ///   - correlatedSets: consecutive ranges of the terms' indices; if absent, all terms are
  ///     independent.
  public init(
    name: String, grouping: Grouping, terms: [DesignColumn], correlatedSets: [Range<Int>]? = nil
  ) {
    self.name = name
    self.grouping = grouping
    self.terms = terms
    self.correlatedSets = correlatedSets ?? terms.indices.map { $0..<($0 + 1) }
  }

  /// The factor without its columns.
  var description: GroupingFactor {
    GroupingFactor(
      name: name, levels: grouping.labels, terms: terms.map(\.name),
      correlatedSets: correlatedSets)
  }
}

/// A grouping factor of a model: its levels and the names of its random terms.
public struct GroupingFactor: Sendable, Equatable {
  /// The name of the factor as a formula has it.
  public let name: String
  /// The labels of its G levels, in order of appearance.
  public let levels: [String]
  /// The names of its q random terms.
  public let terms: [String]
  /// The sets of correlated terms: consecutive ranges of the terms' indices.
  public let correlatedSets: [Range<Int>]

  /// The pairs of terms that have a correlation, (i, j) with i > j, set by set and row by row.
  public var correlatedPairs: [(first: Int, second: Int)] {
    correlatedSets.flatMap { set in
      set.flatMap { i in (set.lowerBound..<i).map { (i, $0) } }
    }
  }
}

extension [GroupingFactor] {
  /// The names under which the log SDs are reported, factor after factor and term after term: those
  /// of the terms if there is one factor, `school:class:Intercept` if there are several.
  var termNames: [String] {
    flatMap { factor in factor.terms.map { factor.prefix(among: self) + $0 } }
  }

  /// The names under which correlations are reported: `Intercept,x`, or `school:Intercept,x` if
  /// there are several factors.
  var correlationNames: [String] {
    flatMap { factor in
      factor.correlatedPairs.map { pair in
        factor.prefix(among: self) + "\(factor.terms[pair.second]),\(factor.terms[pair.first])"
      }
    }
  }
}

extension GroupingFactor {
  fileprivate func prefix(among factors: [GroupingFactor]) -> String {
    factors.count > 1 ? name + ":" : ""
  }
}

extension Grouping {
  /// How many rows each level has.
  var levelSizes: [Int] {
    groupOfRow.reduce(into: [Int](repeating: 0, count: count)) { $0[$1] += 1 }
  }
}
