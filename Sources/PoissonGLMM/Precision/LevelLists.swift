/// Symbolic elimination: for every level of the leading factors, the later levels that its columns
/// of L meet.
///
/// A level's list is what its data rows meet, and the lists of its children in the elimination tree
/// without the level itself. A level's parent is the first of its list.
struct LevelLists {
  /// The number of leading factors that are cheaper to eliminate level by level than as a part of
  /// a dense block.
  private(set) var sparseFactorCount = 0
  /// Where each list begins in `levels`, and the length of `levels` at the end.
  private(set) var starts = [0]
  /// Levels by their number among those of all factors, ascending in every list.
  private(set) var levels: [Int32] = []

  /// How much longer an operation on scattered numbers takes than one of a dense kernel.
  private static let scatteredCost = 3.0

  private let shapes: [FactorShape]
  private let cells: DesignCells
  private let fixedCount: Int
  /// The first and the next child of a level in the elimination tree; -1 where there is none.
  private var firstChild: [Int32]
  private var nextChild: [Int32]
  /// The level whose list a level was last put into.
  private var lastList: [Int32]
  /// The number of effects of a level.
  private var width: [Int32] = []

  init(shapes: [FactorShape], cells: DesignCells, fixedCount: Int) {
    self.shapes = shapes
    self.cells = cells
    self.fixedCount = fixedCount
    for shape in shapes {
      width += [Int32](repeating: Int32(shape.terms), count: shape.levels)
    }
    firstChild = Array(repeating: -1, count: width.count)
    nextChild = firstChild
    lastList = firstChild
    // The unknowns of a dense block that begins with the factor at hand.
    var order = fixedCount + shapes.reduce(0) { $0 + $1.levels * $1.terms }
    for factor in shapes.indices {
      let later = order - shapes[factor].levels * shapes[factor].terms
      // d^3 / 3 for a dense block of order d. The first factor's columns never meet.
      let limit =
        factor == 0 ? Double.infinity : (pow3(Double(order)) - pow3(Double(later))) / 3
      guard appendLists(of: factor, costLimit: limit / Self.scatteredCost) else { break }
      sparseFactorCount += 1
      order = later
    }
    func pow3(_ x: Double) -> Double { x * x * x }
  }

  /// - Parameter costLimit: in multiplications and additions; a level of width q with m rows below
  ///   takes (q + m)^2 q.
  /// - Returns: false if the limit was exceeded; no list is added then.
  private mutating func appendLists(of factor: Int, costLimit: Double) -> Bool {
    let shape = shapes[factor]
    let (ordered, cellStarts) = cells.sorted(by: factor, levels: shape.levels)
    let (levelCount, listCount) = (levels.count, starts.count)
    var cost = 0.0
    for level in 0..<shape.levels {
      let number = shape.firstLevel + level
      let first = levels.count
      var rows = fixedCount + shape.terms
      for cell in ordered[cellStarts[level]..<cellStarts[level + 1]] {
        for other in (factor + 1)..<max(shapes.count, factor + 1) {
          append(shapes[other].firstLevel + cells.level(cell, other), to: number, &rows)
        }
      }
      var child = Int(firstChild[number])
      while child >= 0 {
        for place in starts[child]..<starts[child + 1] where Int(levels[place]) != number {
          append(Int(levels[place]), to: number, &rows)
        }
        child = Int(nextChild[child])
      }
      cost += Double(rows * rows * shape.terms)
      if cost > costLimit {
        levels.removeLast(levels.count - levelCount)
        starts.removeLast(starts.count - listCount)
        return false
      }
      sortList(from: first)
      starts.append(levels.count)
      if first < levels.count {
        let parent = Int(levels[first])
        nextChild[number] = firstChild[parent]
        firstChild[parent] = Int32(number)
      }
    }
    return true
  }

  private mutating func append(_ level: Int, to list: Int, _ rows: inout Int) {
    guard lastList[level] != Int32(list) else { return }
    lastList[level] = Int32(list)
    levels.append(Int32(level))
    rows += Int(width[level])
  }

  private mutating func sortList(from first: Int) {
    let count = levels.count
    levels.withUnsafeMutableBufferPointer { all in
      var list = UnsafeMutableBufferPointer(rebasing: all[first..<count])
      for place in 1..<max(list.count, 1) where list[place - 1] > list[place] {
        list.sort()
        return
      }
    }
  }
}
