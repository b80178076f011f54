/// The data that the marginal likelihood reads: rows sorted by group, one flat column after
/// another.
struct MarginalRows: Sendable {
  /// G + 1 row indices: group j holds rows `groupStarts[j] ..< groupStarts[j + 1]`.
  let groupStarts: [Int]
  /// n counts.
  let counts: DoubleStorage
  /// n known terms of the linear predictor.
  let offset: DoubleStorage
  /// n x p, column-major.
  let fixedDesign: DoubleStorage
  /// n x q, column-major.
  let randomDesign: DoubleStorage
  /// p
  let fixedCount: Int
  /// q
  let termCount: Int

  var groupCount: Int { groupStarts.count - 1 }
  var rowCount: Int { counts.count }

  func rows(ofGroup group: Int) -> Range<Int> { groupStarts[group]..<groupStarts[group + 1] }

  /// The size of the largest group.
  var largestGroup: Int {
    (0..<groupCount).reduce(0) { max($0, rows(ofGroup: $1).count) }
  }

  /// Whether z_ik is the same number in all of these rows.
  func isConstant(term: Int, in rows: Range<Int>) -> Bool {
    let z = randomDesign.pointer + term * rowCount
    return rows.allSatisfy { z[$0] == z[rows.lowerBound] }
  }

  /// For each group, sum_i log y_i! Small counts repeat, so theirs are looked up.
  func sumsOfLogFactorials() -> [Double] {
    let logFactorials = LogFactorials()
    return (0..<groupCount).map { group in
      var sum = 0.0
      for row in rows(ofGroup: group) { sum += logFactorials[counts.pointer[row]] }
      return sum
    }
  }
}

extension MarginalRows {
  init(_ data: ModelData) {
    self.init(
      groupStarts: data.groupStarts, counts: data.counts, offset: data.offset,
      fixedDesign: data.fixedDesign, randomDesign: data.randomDesign,
      fixedCount: data.shape.fixedCount, termCount: data.shape.termCount)
  }
}

/// The groups in which every random term is constant, such as a random intercept's, with their
/// total counts.
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
