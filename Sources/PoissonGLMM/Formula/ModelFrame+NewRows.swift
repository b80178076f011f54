/// Other rows than those of the frame, coded as its own are.
extension ModelFrame {
  /// The columns of a table that the formula uses, with what they are used for. `row` is one of
  /// them only if the frame's own table has it.
  func columnRequests(
    withResponse: Bool, withOffset: Bool, withGroups: Bool = true
  ) -> [ColumnRequest] {
    formula.columnRequests(
      withResponse: withResponse, withOffset: withOffset, withGroups: withGroups
    )
    .filter { !($0.isOptional && groupsByRow) }
    .map { ColumnRequest(name: $0.name, use: $0.use, keepsLabels: $0.keepsLabels) }
  }

  /// The fixed-effect design of new rows, coded as those of this frame are.
  /// - Throws: `ModelError` with the place of the first value that cannot be coded.
  func fixedColumns(of new: CompleteRows) throws(ModelError) -> [DesignColumn] {
    try DesignCoding.columns(of: formula.fixed, rows: new, codings: codings)
  }

  /// The random-effect design of new rows, for each grouping factor, likewise.
  /// - Throws: `ModelError` with the place of the first value that cannot be coded.
  func randomColumns(of new: CompleteRows) throws(ModelError) -> [[DesignColumn]] {
    var columns: [[DesignColumn]] = []
    for factor in formula.randomFactors {
      columns.append(try Self.randomColumns(of: factor, rows: new, codings: codings).flatMap { $0 })
    }
    return columns
  }

  /// Whether every row is a level of its own of grouping factor `factor`, alone or within others:
  /// no label makes it another row's.
  func isByRow(factor: Int) -> Bool {
    groupsByRow && formula.randomFactors[factor].columns.contains(Formula.rowName)
  }

  /// For each new row its level of grouping factor `factor` (0, 1, ...).
  /// - Returns: the index of the level among this frame's, nil if it is none of them, and its
  ///   label. Every new row is a new level of `row`.
  func levels(of new: CompleteRows, factor: Int) -> (levelOfRow: [Int?], labels: [String]) {
    let grouping = factors[factor].grouping
    let parts = formula.randomFactors[factor].columns.map { GroupingPart($0, of: self, new: new) }
    var indices: [[String]: Int] = [:]
    if !isByRow(factor: factor) {
      var next = 0
      for (row, level) in grouping.groupOfRow.enumerated() where level == next {
        indices[parts.map { $0.old.labels[$0.old.groupOfRow[row]] }] = level
        next += 1
      }
    }
    let levelOfRow = (0..<new.count).map { row in
      indices.isEmpty ? nil : indices[parts.map { $0.new.labels[$0.new.groupOfRow[row]] }]
    }
    let labels = (0..<new.count).map { row in
      levelOfRow[row].map { grouping.labels[$0] }
        ?? parts.map { $0.new.labels[$0.new.groupOfRow[row]] }.joined(separator: ":")
    }
    return (levelOfRow, labels)
  }

  /// One column of a grouping factor in the rows of a frame and in new rows.
  private struct GroupingPart {
    let old: Grouping
    let new: Grouping

    init(_ name: String, of frame: ModelFrame, new rows: CompleteRows) {
      let isByRow = frame.groupsByRow && name == Formula.rowName
      old = isByRow ? frame.rows.rowGrouping : frame.rows.grouping(name)
      new = isByRow ? rows.rowGrouping : rows.grouping(name)
    }
  }
}
