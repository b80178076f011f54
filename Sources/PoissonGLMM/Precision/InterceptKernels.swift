/// The sweeps over nodes and cells where every factor has one term: then a node, its effect and its
/// diagonal have the same number, and a node's panel begins where its list does. Without loops over
/// terms, and with all addresses in registers, they take a third of the time.
struct InterceptKernels {
  private let factorCount: Int
  private let sparseFactorCount: Int
  private let nodeCount: Int
  private let fixedCount: Int
  private let placesOfCell: Int
  private let cellStride: Int
  /// Row and column of the trailing block at which the fixed effects begin.
  private let fixedPlace: Int
  private let denseStart: Int
  private let denseStride: Int
  private let rowStarts: UnsafeMutablePointer<Int32>
  private let rows: UnsafeMutablePointer<Int32>
  private let sparseRowCounts: UnsafeMutablePointer<Int32>
  private let dependentStarts: UnsafeMutablePointer<Int32>
  private let dependents: UnsafeMutablePointer<Int32>
  private let places: UnsafeMutablePointer<Int32>
  private let cellLevels: UnsafeMutablePointer<Int32>
  private let cellPlaces: UnsafeMutablePointer<Int32>
  private let cellMatrix: UnsafeMutablePointer<Double>
  private let diagonals: UnsafeMutablePointer<Double>
  private let inverseDiagonals: UnsafeMutablePointer<Double>
  private let panels: UnsafeMutablePointer<Double>
  private let multipliers: UnsafeMutablePointer<Double>
  private let covarianceDiagonals: UnsafeMutablePointer<Double>
  private let covariancePanels: UnsafeMutablePointer<Double>
  private let matrix: UnsafeMutablePointer<Double>
  private let inverse: UnsafeMutablePointer<Double>

  /// - Parameter factor: outlives the kernels; its layout has one term in every factor.
  init(_ factor: PrecisionFactor) {
    let (layout, pattern) = (factor.layout, factor.layout.pattern)
    precondition(layout.hasOneTermEach)
    factorCount = layout.shapes.count
    sparseFactorCount = pattern.sparseFactorCount
    nodeCount = pattern.nodeCount
    fixedCount = layout.fixedCount
    placesOfCell = pattern.placesOfCell
    cellStride = factor.cellStride
    denseStart = pattern.denseStart
    denseStride = factor.dense.stride
    fixedPlace = layout.fixedStart - pattern.denseStart
    rowStarts = pattern.rowStarts.pointer
    rows = pattern.rows.pointer
    sparseRowCounts = pattern.sparseRowCounts.pointer
    dependentStarts = pattern.dependentStarts.pointer
    dependents = pattern.dependents.pointer
    places = factor.places.pointer
    cellLevels = layout.cells.levels.pointer
    cellPlaces = pattern.cellPlaces.pointer
    cellMatrix = factor.cellMatrix.pointer
    diagonals = factor.diagonals.pointer
    inverseDiagonals = factor.inverseDiagonals.pointer
    panels = factor.panels.pointer
    multipliers = factor.multipliers.pointer
    covarianceDiagonals = factor.covarianceDiagonals.pointer
    covariancePanels = factor.covariancePanels.pointer
    matrix = factor.dense.matrix.pointer
    inverse = factor.dense.inverse.pointer
  }

  /// Adds `cellMatrix` to the columns of a cell's levels, all but the fixed effects' own.
  @inline(__always)
  func addCell(_ cell: Int, _ shapes: UnsafeBufferPointer<FactorShape>) {
    let levels = cellLevels + cell &* factorCount
    var place = cellPlaces + cell &* placesOfCell
    var source = cellMatrix
    var factor = 0
    while factor < sparseFactorCount {
      let node = shapes[factor].start &+ Int(levels[factor])
      diagonals[node] += source[factor]
      let panel = panels + Int(rowStarts[node])
      var other = factor &+ 1
      while other < factorCount {
        panel[Int(place[0])] += source[other]
        place += 1
        other &+= 1
      }
      let (tail, fixed) = (
        panels + (Int(rowStarts[node &+ 1]) &- fixedCount), source + factorCount
      )
      for j in 0..<fixedCount { tail[j] += fixed[j] }
      source += cellStride
      factor &+= 1
    }
    while factor < factorCount {
      let column = matrix + (shapes[factor].start &+ Int(levels[factor]) &- denseStart)
      var other = factor
      while other < factorCount {
        let row = shapes[other].start &+ Int(levels[other]) &- denseStart
        column[row &* denseStride] += source[other]
        other &+= 1
      }
      let (tail, fixed) = (column + fixedPlace &* denseStride, source + factorCount)
      for j in 0..<fixedCount { tail[j &* denseStride] += fixed[j] }
      source += cellStride
      factor &+= 1
    }
  }

  /// The covariance of all effects that a cell's rows meet into the upper triangle of `cellMatrix`,
  /// doubled off the diagonal; the fixed effects' own is there already.
  @inline(__always)
  func gatherCell(_ cell: Int, _ shapes: UnsafeBufferPointer<FactorShape>) {
    let levels = cellLevels + cell &* factorCount
    let before = levels - (cell > 0 ? factorCount : 0)
    var place = cellPlaces + cell &* placesOfCell
    var target = cellMatrix
    var factor = 0
    while factor < factorCount {
      let isNew = cell == 0 || levels[factor] != before[factor]
      let effect = shapes[factor].start &+ Int(levels[factor])
      let fixed: UnsafeMutablePointer<Double>
      if factor < sparseFactorCount {
        let panel = covariancePanels + Int(rowStarts[effect])
        var other = factor &+ 1
        while other < factorCount {
          target[other] = 2 * panel[Int(place[0])]
          place += 1
          other &+= 1
        }
        if isNew { target[factor] = covarianceDiagonals[effect] }
        fixed = covariancePanels + (Int(rowStarts[effect &+ 1]) &- fixedCount)
      } else {
        let source = inverse + (effect &- denseStart) &* denseStride
        var other = factor &+ 1
        while other < factorCount {
          target[other] = 2 * source[shapes[other].start &+ Int(levels[other]) &- denseStart]
          other &+= 1
        }
        if isNew { target[factor] = source[effect &- denseStart] }
        fixed = source + fixedPlace
      }
      if isNew {
        let tail = target + factorCount
        for j in 0..<fixedCount { tail[j] = 2 * fixed[j] }
      }
      target += cellStride
      factor &+= 1
    }
  }

  /// Eliminates all nodes.
  /// - Parameter subtractFromTrailingBlock: takes B_j Y_j' off the trailing block, for numbers
  ///   behind an offset in the panels and a list of rows; not called where those are the fixed
  ///   effects alone.
  /// - Returns: nil if P is not positive definite.
  @inline(__always)
  func factor(
    subtractFromTrailingBlock: (
      _ offset: Int, _ rows: UnsafeMutablePointer<Int32>, _ count: Int
    ) -> Void
  ) -> LogProduct? {
    var logDeterminant = LogProduct()
    let corner = matrix + (fixedPlace &* denseStride &+ fixedPlace)
    for node in 0..<nodeCount {
      let (first, end) = (Int(rowStarts[node]), Int(rowStarts[node &+ 1]))
      let size = diagonals[node].magnitude
      if dependentStarts[node] < dependentStarts[node &+ 1] { subtractDependents(from: node) }
      guard let pivot = raisedPivot(diagonals[node], size: size, terms: 1) else { return nil }
      logDeterminant.include(pivot)
      let inversePivot = 1 / pivot
      inverseDiagonals[node] = inversePivot
      var row = first
      while row < end {
        multipliers[row] = panels[row] * inversePivot
        row &+= 1
      }
      let dense = first &+ Int(sparseRowCounts[node])
      if end &- dense > fixedCount {
        subtractFromTrailingBlock(dense, rows + dense, end &- dense)
        continue
      }
      var target = corner
      let (b, y) = (panels + dense, multipliers + dense)
      for i in 0..<fixedCount {
        let factor = b[i]
        for j in 0...i { target[j] -= factor * y[j] }
        target += denseStride
      }
    }
    return logDeterminant
  }

  /// Takes B_j Y_j' off the column of `node`, for every node j that has it among its rows.
  @inline(__always)
  private func subtractDependents(from node: Int) {
    let (first, end) = (Int(rowStarts[node]), Int(rowStarts[node &+ 1]))
    setPlaces(first, end)
    let column = panels + first
    var diagonal = diagonals[node]
    for update in Int(dependentStarts[node])..<Int(dependentStarts[node &+ 1]) {
      let other = Int(dependents[2 &* update])
      let otherEnd = Int(rowStarts[other &+ 1])
      var row = Int(rowStarts[other]) &+ Int(dependents[2 &* update &+ 1])
      let factor = multipliers[row]
      diagonal -= panels[row] * factor
      row &+= 1
      while row < otherEnd &- fixedCount {
        column[Int(places[Int(rows[row])])] -= panels[row] * factor
        row &+= 1
      }
      let (tail, source) = (panels + (end &- fixedCount), panels + (otherEnd &- fixedCount))
      for i in 0..<fixedCount { tail[i] -= source[i] * factor }
    }
    diagonals[node] = diagonal
  }

  @inline(__always)
  private func setPlaces(_ first: Int, _ end: Int) {
    var row = first
    while row < end &- fixedCount {
      places[Int(rows[row])] = Int32(truncatingIfNeeded: row &- first)
      row &+= 1
    }
  }

  /// The selected inverse at all nodes, into panels of zeros.
  /// - Parameter subtractTrailingBlock: as `factor`'s, takes S_RR Y_j off S_Rj.
  @inline(__always)
  func invert(
    subtractTrailingBlock: (
      _ offset: Int, _ rows: UnsafeMutablePointer<Int32>, _ count: Int
    ) -> Void
  ) {
    let corner = inverse + (fixedPlace &* denseStride &+ fixedPlace)
    for node in stride(from: nodeCount &- 1, through: 0, by: -1) {
      let (first, end) = (Int(rowStarts[node]), Int(rowStarts[node &+ 1]))
      let dense = first &+ Int(sparseRowCounts[node])
      if end &- dense > fixedCount {
        subtractTrailingBlock(dense, rows + dense, end &- dense)
      } else {
        var source = corner
        let (y, target) = (multipliers + dense, covariancePanels + dense)
        for i in 0..<fixedCount {
          var sum = 0.0
          for j in 0..<fixedCount { sum += source[j] * y[j] }
          target[i] -= sum
          source += denseStride
        }
      }
      var (sum, row) = (0.0, first)
      while row < end {
        sum += multipliers[row] * covariancePanels[row]
        row &+= 1
      }
      covarianceDiagonals[node] = inverseDiagonals[node] - sum
      if dependentStarts[node] < dependentStarts[node &+ 1] { subtractColumn(of: node) }
    }
  }

  /// Takes the column of S at `node`, and the same row by symmetry, off S_Rj for every node j that
  /// has `node` among its rows.
  @inline(__always)
  private func subtractColumn(of node: Int) {
    let (first, end) = (Int(rowStarts[node]), Int(rowStarts[node &+ 1]))
    setPlaces(first, end)
    let column = covariancePanels + first
    let diagonal = covarianceDiagonals[node]
    for dependent in Int(dependentStarts[node])..<Int(dependentStarts[node &+ 1]) {
      let other = Int(dependents[2 &* dependent])
      let otherEnd = Int(rowStarts[other &+ 1])
      let place = Int(rowStarts[other]) &+ Int(dependents[2 &* dependent &+ 1])
      let factor = multipliers[place]
      var (sum, row) = (diagonal * factor, place &+ 1)
      while row < otherEnd &- fixedCount {
        let value = column[Int(places[Int(rows[row])])]
        covariancePanels[row] -= value * factor
        sum += value * multipliers[row]
        row &+= 1
      }
      let tail = otherEnd &- fixedCount
      let (target, y) = (covariancePanels + tail, multipliers + tail)
      let source = covariancePanels + (end &- fixedCount)
      for i in 0..<fixedCount {
        target[i] -= source[i] * factor
        sum += source[i] * y[i]
      }
      covariancePanels[place] -= sum
    }
  }
}
