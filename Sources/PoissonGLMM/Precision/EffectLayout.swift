/// The fixed part of a linear predictor with any number of grouping factors: which effects there
/// are, in which order they are eliminated, and the design values.
///
/// Theta holds the effects in elimination order, level by level and term by term within a level,
/// the fixed effects last. Rows are sorted by their levels of the first factor eliminated, then of
/// the second, and so on; all vectors over rows are in that order. A row of the design A has
/// sum q + p numbers, stored one row after another: those of every factor, then the fixed effects.
///
/// Immutable, so that threads share it.
final class EffectLayout: Sendable {
  /// The largest trailing block that is allowed: 200 MB, and seconds for a factor and an inverse.
  static let largestTrailingBlock = 5000

  /// n.
  let rowCount: Int
  /// d, the length of theta.
  let effectCount: Int
  /// p.
  let fixedCount: Int
  /// Where the fixed effects begin in theta.
  let fixedStart: Int
  /// sum q + p.
  let rowWidth: Int
  /// sum q: where the fixed effects begin in a row of the design.
  let fixedColumn: Int
  /// Whether every factor has one term: row column and factor are then the same number.
  let hasOneTermEach: Bool
  /// Sorted row -> the caller's row.
  let rowOrder: [Int]
  /// Place in the elimination order -> the caller's index of a factor.
  let eliminationOrder: [Int]
  /// The caller's index of a factor -> place in the elimination order.
  let eliminationPlace: [Int]
  /// The factors, in elimination order.
  let shapes: [FactorShape]
  /// A, n x `rowWidth`.
  let design: DoubleStorage
  let cells: DesignCells
  let pattern: EliminationPattern

  /// - Parameters:
  ///   - factors: in any order.
  ///   - fixed: p columns of n values.
  ///   - largestTrailingBlock: nil if no `PrecisionFactor` is to be made of it.
  /// - Throws: `TrailingBlockTooLarge`.
  init(
    factors: [EffectFactor], fixed: [[Double]], rowCount: Int,
    largestTrailingBlock: Int? = EffectLayout.largestTrailingBlock
  ) throws {
    for factor in factors {
      precondition(factor.levelOfRow.count == rowCount)
      precondition(factor.terms.allSatisfy { $0.count == rowCount })
    }
    precondition(fixed.allSatisfy { $0.count == rowCount })
    self.rowCount = rowCount
    fixedCount = fixed.count
    eliminationOrder = EliminationOrder.factors(factors)
    var places = [Int](repeating: 0, count: factors.count)
    for (place, index) in eliminationOrder.enumerated() { places[index] = place }
    eliminationPlace = places
    let ordered = eliminationOrder.map { factors[$0] }
    rowOrder = EliminationOrder.rows(ordered, rowCount: rowCount)

    var shapes: [FactorShape] = []
    var (start, column, level, block) = (0, 0, 0, 0)
    for factor in ordered {
      let terms = factor.terms.count
      shapes.append(
        FactorShape(
          levels: factor.levels, terms: terms, start: start, column: column, firstLevel: level,
          blockStart: block))
      start += factor.levels * terms
      column += terms
      level += factor.levels
      block += factor.levels * terms * terms
    }
    fixedStart = start
    effectCount = start + fixed.count
    fixedColumn = column
    rowWidth = column + fixed.count
    hasOneTermEach = shapes.allSatisfy { $0.terms == 1 }

    cells = DesignCells(ordered, rows: rowOrder)
    pattern = EliminationPattern(shapes: shapes, cells: cells, fixedCount: fixed.count)
    for place in 0..<pattern.sparseFactorCount {
      let firstRow = pattern.rowStarts[shapes[place].firstLevel]
      shapes[place].panelBase = pattern.panelStarts[place] - firstRow * shapes[place].terms
    }
    self.shapes = shapes
    if let largestTrailingBlock, pattern.denseOrder > largestTrailingBlock {
      throw TrailingBlockTooLarge(order: pattern.denseOrder, limit: largestTrailingBlock)
    }
    design = DoubleStorage(count: rowCount * rowWidth)
    for (column, values) in (ordered.flatMap(\.terms) + fixed).enumerated() {
      for (index, row) in rowOrder.enumerated() {
        design.pointer[index * rowWidth + column] = values[row]
      }
    }
  }

  /// Where the effects of a factor begin in theta: that of a term of a level is at
  /// start + level q + term.
  /// - Parameter index: the caller's.
  func start(ofFactor index: Int) -> Int { shapes[eliminationPlace[index]].start }

  /// The effects of a level of a factor.
  /// - Parameter index: the caller's.
  func effects(ofFactor index: Int, level: Int) -> Range<Int> {
    let shape = shapes[eliminationPlace[index]]
    let first = shape.start + level * shape.terms
    return first..<(first + shape.terms)
  }

  /// Adds sum_j m_j m_j' over the levels of a factor, m_j its effects' means.
  /// - Parameter index: the caller's.
  func addSquares(of means: DoubleStorage, ofFactor index: Int, to moments: inout Matrix) {
    let shape = shapes[eliminationPlace[index]]
    for level in 0..<shape.levels {
      let m = means.pointer + shape.start + level * shape.terms
      for i in 0..<shape.terms {
        for j in 0..<shape.terms { moments[i, j] += m[i] * m[j] }
      }
    }
  }

  /// The sorted rows of a level of the first factor eliminated.
  func rows(ofFirstFactorLevel level: Int) -> Range<Int> {
    let first = Int(cells.firstFactorStarts.pointer[level])
    let last = Int(cells.firstFactorStarts.pointer[level + 1])
    return Int(cells.starts.pointer[first])..<Int(cells.starts.pointer[last])
  }
}
