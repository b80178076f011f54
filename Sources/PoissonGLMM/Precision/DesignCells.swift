/// The runs of sorted rows that have the same levels of all factors, and what lies in each level of
/// the first factor.
struct DesignCells: Sendable {
  /// K, the number of factors.
  let factorCount: Int
  /// Where each cell's rows begin, and the number of rows at the end.
  let starts: IndexStorage
  /// The levels of a cell, K numbers each, in elimination order.
  let levels: IndexStorage
  /// The cell of each sorted row.
  let ofRows: IndexStorage
  /// Where the cells of each level of the first factor begin, and their number at the end. Without
  /// factors all rows are one cell of one level.
  let firstFactorStarts: IndexStorage

  var count: Int { starts.count - 1 }

  /// - Parameters:
  ///   - factors: in elimination order.
  ///   - rows: sorted, by `EliminationOrder.rows`.
  init(_ factors: [EffectFactor], rows: [Int]) {
    factorCount = factors.count
    var (starts, levels, ofRows): ([Int32], [Int32], [Int32]) = ([], [], [])
    starts.reserveCapacity(rows.count + 1)
    ofRows.reserveCapacity(rows.count)
    levels.reserveCapacity(rows.count * factors.count)
    let firstLevels = factors.first?.levels ?? 1
    var firstFactorStarts = [Int32](repeating: 0, count: firstLevels + 1)
    for (index, row) in rows.enumerated() {
      let isNew =
        index == 0
        || factors.contains { $0.levelOfRow[row] != $0.levelOfRow[rows[index - 1]] }
      ofRows.append(Int32(isNew ? starts.count : starts.count - 1))
      guard isNew else { continue }
      starts.append(Int32(index))
      for factor in factors { levels.append(Int32(factor.levelOfRow[row])) }
      firstFactorStarts[(factors.first?.levelOfRow[row] ?? 0) + 1] += 1
    }
    starts.append(Int32(rows.count))
    for level in 0..<firstLevels { firstFactorStarts[level + 1] += firstFactorStarts[level] }
    self.starts = IndexStorage(starts)
    self.levels = IndexStorage(levels)
    self.ofRows = IndexStorage(ofRows)
    self.firstFactorStarts = IndexStorage(firstFactorStarts)
  }

  /// The level of a cell.
  func level(_ cell: Int, _ factor: Int) -> Int {
    Int(levels.pointer[cell * factorCount + factor])
  }

  /// The cell that a sorted row lies in.
  func cell(ofRow row: Int) -> Int { Int(ofRows.pointer[row]) }

  /// Cells sorted by their level of a factor, and where those of each level begin.
  func sorted(by factor: Int, levels: Int) -> (cells: [Int], starts: [Int]) {
    var starts = [Int](repeating: 0, count: levels + 1)
    for cell in 0..<count { starts[level(cell, factor) + 1] += 1 }
    for index in 0..<levels { starts[index + 1] += starts[index] }
    let cells = EliminationOrder.sorted(
      Array(0..<count), by: { level($0, factor) }, levels: levels)
    return (cells, starts)
  }
}
