/// Where the factor L of a precision matrix has non-zeros, found once for all weights.
///
/// A *node* is one level of a factor: q neighbouring columns with the same rows below them. The
/// nodes of the leading factors are stored column by column, each with a sorted list of the rows
/// below it, the fixed effects always among them; the remaining factors and the fixed effects form
/// one dense *trailing block*. The rows below a node are those that its data rows meet, and those
/// that elimination of its children in the elimination tree fills in.
final class EliminationPattern: Sendable {
  /// The number of leading factors whose nodes are stored by columns.
  let sparseFactorCount: Int
  let nodeCount: Int
  /// Where the trailing block begins in theta.
  let denseStart: Int
  let denseOrder: Int
  /// Where the list of each node begins in `rows`, and the length of `rows` at the end.
  let rowStarts: IndexStorage
  /// The rows below each node as positions in theta, ascending.
  let rows: IndexStorage
  /// How many rows of each node's list lie before the trailing block.
  let sparseRowCounts: IndexStorage
  /// The parent of each node in the elimination tree; -1 where that is the trailing block.
  let parents: IndexStorage
  /// Where the nodes that have node t among their rows begin in `dependents`.
  let dependentStarts: IndexStorage
  /// Pairs: a node, and the place of t's first row in its list.
  let dependents: IndexStorage
  /// For each cell, and each pair of a sparse factor f with a later factor g: the place of the
  /// level of g in the list of the level of f.
  let cellPlaces: IndexStorage
  /// The number of `cellPlaces` a cell.
  let placesOfCell: Int
  /// Where the numbers of each sparse factor's panels begin, and their count at the end. The panel
  /// of a node is q rows of as many numbers as its list is long.
  let panelStarts: [Int]

  /// - Parameters:
  ///   - shapes: of the factors, in elimination order.
  ///   - fixedCount: p.
  init(shapes: [FactorShape], cells: DesignCells, fixedCount: Int) {
    let lists = LevelLists(shapes: shapes, cells: cells, fixedCount: fixedCount)
    sparseFactorCount = lists.sparseFactorCount
    let sparse = shapes[0..<lists.sparseFactorCount]
    let dense = shapes[lists.sparseFactorCount...]
    nodeCount = sparse.reduce(0) { $0 + $1.levels }
    let fixedStart = shapes.reduce(0) { $0 + $1.levels * $1.terms }
    denseStart = dense.first?.start ?? fixedStart
    denseOrder = fixedStart + fixedCount - denseStart

    var (rowStarts, rows): ([Int32], [Int32]) = ([0], [])
    var sparseRowCounts = [Int32](repeating: 0, count: nodeCount)
    var parents = [Int32](repeating: -1, count: nodeCount)
    var dependentStarts = [Int32](repeating: 0, count: nodeCount + 1)
    rowStarts.reserveCapacity(nodeCount + 1)
    rows.reserveCapacity(lists.levels.count + nodeCount * fixedCount)
    // The factor of a level by its number.
    var factorOfLevel: [UInt8] = []
    for (index, shape) in shapes.enumerated() {
      factorOfLevel += [UInt8](repeating: UInt8(index), count: shape.levels)
    }
    for node in 0..<nodeCount {
      let list = lists.levels[lists.starts[node]..<lists.starts[node + 1]]
      if let first = list.first, Int(first) < nodeCount { parents[node] = first }
      for level in list {
        let shape = shapes[Int(factorOfLevel[Int(level)])]
        let first = shape.start + (Int(level) - shape.firstLevel) * shape.terms
        for term in 0..<shape.terms { rows.append(Int32(first + term)) }
        if Int(level) < nodeCount {
          sparseRowCounts[node] += Int32(shape.terms)
          dependentStarts[Int(level) + 1] += 1
        }
      }
      for column in 0..<fixedCount { rows.append(Int32(fixedStart + column)) }
      rowStarts.append(Int32(rows.count))
    }
    for node in 0..<nodeCount { dependentStarts[node + 1] += dependentStarts[node] }
    var dependents = [Int32](repeating: 0, count: 2 * Int(dependentStarts[nodeCount]))
    var next = dependentStarts
    for node in 0..<nodeCount {
      var place: Int32 = 0
      for level in lists.levels[lists.starts[node]..<lists.starts[node + 1]] {
        guard Int(level) < nodeCount else { break }
        dependents[2 * Int(next[Int(level)])] = Int32(node)
        dependents[2 * Int(next[Int(level)]) + 1] = place
        next[Int(level)] += 1
        place += Int32(shapes[Int(factorOfLevel[Int(level)])].terms)
      }
    }
    var panelStarts = [0]
    for shape in sparse {
      let numbers =
        rowStarts[shape.firstLevel + shape.levels] - rowStarts[shape.firstLevel]
      panelStarts.append(panelStarts[panelStarts.count - 1] + Int(numbers) * shape.terms)
    }
    self.panelStarts = panelStarts
    self.rowStarts = IndexStorage(rowStarts)
    self.rows = IndexStorage(rows)
    self.sparseRowCounts = IndexStorage(sparseRowCounts)
    self.parents = IndexStorage(parents)
    self.dependentStarts = IndexStorage(dependentStarts)
    self.dependents = IndexStorage(dependents)
    (cellPlaces, placesOfCell) = Self.places(
      shapes: shapes, cells: cells, lists: lists, factorOfLevel: factorOfLevel)
  }

  /// `cellPlaces` and `placesOfCell`.
  private static func places(
    shapes: [FactorShape], cells: DesignCells, lists: LevelLists, factorOfLevel: [UInt8]
  ) -> (IndexStorage, Int) {
    let sparse = lists.sparseFactorCount
    let placesOfCell = (0..<sparse).reduce(0) { $0 + shapes.count - 1 - $1 }
    let places = IndexStorage(count: cells.count * placesOfCell)
    var placeOfLevel = [Int32](repeating: 0, count: factorOfLevel.count)
    var base = 0
    for factor in 0..<sparse {
      let shape = shapes[factor]
      let (ordered, starts) = cells.sorted(by: factor, levels: shape.levels)
      for level in 0..<shape.levels {
        let node = shape.firstLevel + level
        var place: Int32 = 0
        for other in lists.levels[lists.starts[node]..<lists.starts[node + 1]] {
          placeOfLevel[Int(other)] = place
          place += Int32(shapes[Int(factorOfLevel[Int(other)])].terms)
        }
        for cell in ordered[starts[level]..<starts[level + 1]] {
          for other in (factor + 1)..<max(shapes.count, factor + 1) {
            let otherLevel = shapes[other].firstLevel + cells.level(cell, other)
            places.pointer[cell * placesOfCell + base + other - factor - 1] =
              placeOfLevel[otherLevel]
          }
        }
      }
      base += shapes.count - 1 - factor
    }
    return (places, placesOfCell)
  }
}
