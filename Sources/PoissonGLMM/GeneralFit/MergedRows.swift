/// Rows that count as one in the correction of the evidence: those of one cell with the same random
/// design. They differ by their fixed design only, through the covariance of the fixed effects,
/// which is nothing beside that of a level's own effects where rows are many.
struct MergedRows: Sendable {
  /// A row of each set, in the layout's order.
  let representatives: [Int]
  /// Set i has the rows `starts[i] ..< starts[i + 1]`.
  private let starts: [Int]

  /// With fewer rows none are merged.
  private static let fewRows = 1000

  init(_ layout: EffectLayout) {
    let n = layout.rowCount
    guard n > Self.fewRows else {
      representatives = Array(0..<n)
      starts = Array(0...n)
      return
    }
    var starts: [Int] = []
    for cell in 0..<layout.cells.count {
      let first = Int(layout.cells.starts.pointer[cell])
      for row in first..<Int(layout.cells.starts.pointer[cell + 1]) {
        let a = layout.design.pointer + row * layout.rowWidth
        let isNew =
          row == first
          || (0..<layout.fixedColumn).contains { a[$0] != (a - layout.rowWidth)[$0] }
        if isNew { starts.append(row) }
      }
    }
    representatives = starts.enumerated().map { index, start in
      let end = index + 1 < starts.count ? starts[index + 1] : n
      return (start + end) / 2
    }
    self.starts = starts + [n]
  }

  /// The sums of the curvatures of each set, and the weighted mean of its variances.
  func combine(
    _ point: EvaluatedRows, into mergedCurvatures: RowCurvatures, _ mergedVariances: DoubleStorage
  ) {
    for (target, source) in zip(mergedCurvatures.distinct, point.curvatures.distinct) {
      for index in representatives.indices {
        var total = 0.0
        for row in starts[index]..<starts[index + 1] { total += source.pointer[row] }
        target.pointer[index] = total
      }
    }
    let (weights, variances) = (point.curvatures.weights.pointer, point.variances.pointer)
    for index in representatives.indices {
      var mean = 0.0
      for row in starts[index]..<starts[index + 1] { mean += weights[row] * variances[row] }
      let total = mergedCurvatures.weights.pointer[index]
      mergedVariances.pointer[index] =
        total > 0 ? mean / total : variances[representatives[index]]
    }
  }
}
