/// What the groups have in which every random term is constant, a random intercept's say.
final class ConstantTermGroups: Sendable {
  /// For each group, whether it is one of these; a group without rows is not.
  let included: [Bool]
  /// For each group, sum_i y_i.
  let totalCounts: DoubleStorage

  init(_ data: MarginalRows) {
    included = (0..<data.groupCount).map { group in
      let rows = data.rows(ofGroup: group)
      return !rows.isEmpty
        && (0..<data.termCount).allSatisfy { data.isConstant(term: $0, in: rows) }
    }
    totalCounts = DoubleStorage(count: data.groupCount)
    for group in 0..<data.groupCount {
      var total = 0.0
      for row in data.rows(ofGroup: group) { total += data.counts.pointer[row] }
      totalCounts.pointer[group] = total
    }
  }
}
