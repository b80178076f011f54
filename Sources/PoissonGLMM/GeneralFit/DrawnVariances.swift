/// The variances under N(0, P^-1) of the rows' linear predictors and of the effects: what is known
/// of them exactly, and the rest from draws (Papandreou & Yuille 2010).
///
/// Known are the part that comes through the effects of `SolvedColumns` and, of what is left, the
/// covariance of a level's effects given all others (`LevelSets`). Draws tell the expectation of
/// these given the others.
final class DrawnVariances {
  /// v_i, by row.
  let rows: DoubleStorage
  /// The diagonal of S.
  let effects: DoubleStorage
  /// sum_j S_jj by factor, in elimination order.
  private(set) var covarianceSums: [Matrix] = []
  let solved: SolvedColumns
  private let precision: PanelPrecision
  private let room: PanelPrecision.Room
  /// The levels of a row of all factors that are not solved for, and those of each of these.
  private let cells: LevelSets?
  private let levels: [(factor: Int, sets: LevelSets)]
  /// P^-1 b by probe, where the next solution starts.
  private let draws: [Panel]
  private let probe: Panel
  private let rest: Panel

  private var design: PanelDesign { precision.design }

  /// Panels of eight draws. The SDs of effects of levels with little data, the worst known, are
  /// within 1 %.
  static let probeCount = 16
  static var drawCount: Int { Panel.width * probeCount }
  /// What each draw adds to a variance is to be multiplied by.
  static var share: Double { 1 / Double(drawCount) }
  /// Of a draw: its share in the variances is the square of it.
  private static let tolerance = 1e-3
  /// Of columns, which are no draws.
  private static let columnTolerance = 1e-5

  /// - Parameter hasRows: whether the variances of the rows are wanted.
  init(_ precision: PanelPrecision, room: PanelPrecision.Room, hasRows: Bool = true) {
    (self.precision, self.room) = (precision, room)
    let design = precision.design
    rows = DoubleStorage(count: design.rowCount)
    effects = DoubleStorage(count: design.effectCount)
    solved = SolvedColumns(design.solvedEffects, count: design.effectCount)
    let drawn = design.drawnFactors
    levels = drawn.map { ($0, LevelSets(design, factors: [$0])) }
    cells = hasRows ? LevelSets(design, factors: drawn) : nil
    draws = (0..<Self.probeCount).map { _ in Panel(count: design.effectCount) }
    probe = Panel(count: design.effectCount)
    rest = Panel(count: design.effectCount)
  }

  /// Fills the variances at P.
  /// - Parameter visit: is called with every probe b and the draw P^-1 b without what comes through
  ///   the solved effects.
  func update(_ visit: (_ probe: Panel, _ draw: Panel) -> Void = { _, _ in }) {
    solved.update(precision, tolerance: Self.columnTolerance, room: room)
    cells?.update(precision)
    for level in levels { level.sets.update(precision) }
    rows.fill(with: 0)
    effects.fill(with: 0)
    var sums = design.shapes.map { Matrix(order: $0.width) }
    for (index, draw) in draws.enumerated() {
      precision.setProbe(index, into: probe)
      precision.solve(probe, into: draw, tolerance: Self.tolerance, room: room)
      solved.reduce(draw, into: rest)
      if let cells { addRows(cells) }
      for (factor, sets) in levels { addEffects(sets, factor, to: &sums[factor]) }
      for c in design.fixedStart..<design.effectCount {
        effects.pointer[c] += (rest.pointer[c] * rest.pointer[c]).sum()
      }
      visit(probe, rest)
    }
    rows.scale(by: Self.share)
    effects.scale(by: Self.share)
    for index in sums.indices {
      for k in sums[index].elements.indices { sums[index].elements[k] *= Self.share }
    }
    if let cells { addKnownRows(cells) }
    addKnownEffects(&sums)
    covarianceSums = sums
  }

  /// Adds the squares of the rows' linear predictors with u_J replaced by its expectation.
  private func addRows(_ cells: LevelSets) {
    withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: cells.order + 1) { mean in
      guard let mean = mean.baseAddress else { return }
      for set in 0..<cells.count {
        cells.setConditionalMean(ofSet: set, draw: rest, probe: probe, into: mean)
        for row in cells.rows[cells.starts[set]..<cells.starts[set + 1]] {
          let a = design.values.pointer + row * design.width
          var eta = SIMD8<Double>.zero
          cells.forEachEffect(ofSet: set) { place, _, column in eta += a[column] * mean[place] }
          for c in 0..<design.fixedCount {
            eta += a[design.fixedColumn + c] * rest.pointer[design.fixedStart + c]
          }
          rows.pointer[row] += (eta * eta).sum()
        }
      }
    }
  }

  private func addEffects(_ sets: LevelSets, _ factor: Int, to sum: inout Matrix) {
    withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: sets.order + 1) { mean in
      guard let mean = mean.baseAddress else { return }
      for set in 0..<sets.count {
        sets.setConditionalMean(ofSet: set, draw: rest, probe: probe, into: mean)
        let first = sets.firstEffect(ofSet: set, factor)
        for i in 0..<sets.order {
          effects.pointer[first + i] += (mean[i] * mean[i]).sum()
          for j in 0..<sets.order { sum[i, j] += (mean[i] * mean[j]).sum() }
        }
      }
    }
  }

  private func addKnownRows(_ cells: LevelSets) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: solved.effects.count + 1) { scores in
      guard let scores = scores.baseAddress else { return }
      for set in 0..<cells.count {
        for row in cells.rows[cells.starts[set]..<cells.starts[set + 1]] {
          var known = cells.covariance(ofSet: set, row, row)
          solved.project(row: row, of: design, into: scores)
          for e in solved.effects.indices { known += scores[e] * scores[e] }
          rows.pointer[row] += known
        }
      }
    }
  }

  /// Levels without rows have their prior's variance.
  private func addKnownEffects(_ sums: inout [Matrix]) {
    for effect in 0..<design.effectCount {
      effects.pointer[effect] += solved.covariance(effect, effect)
    }
    for (factor, shape) in design.shapes.enumerated() {
      for level in 0..<shape.levels {
        let first = shape.start + level * shape.width
        for i in 0..<shape.width {
          for j in 0..<shape.width { sums[factor][i, j] += solved.covariance(first + i, first + j) }
        }
      }
    }
    for (factor, _) in levels {
      let shape = design.shapes[factor]
      for level in 0..<shape.levels {
        let inverse = precision.blockInverse(factor: factor, level: level)
        let first = shape.start + level * shape.width
        for i in 0..<shape.width {
          effects.pointer[first + i] += inverse[i * shape.width + i]
          for j in 0..<shape.width { sums[factor][i, j] += inverse[i * shape.width + j] }
        }
      }
    }
  }
}
