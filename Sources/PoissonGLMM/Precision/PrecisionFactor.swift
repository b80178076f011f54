import PlatformEssentials

/// The precision P = A' diag(w) A + Lambda of all effects of an `EffectLayout`, its block LDL'
/// factor and its selected inverse S = P^-1 on the pattern of L.
///
/// A node j (a level of a sparse factor) has the diagonal block D_j and the rows below it B_j. In
/// the order of elimination, with R_j the rows below j,
///
///     Y_j = B_j D_j^-1      P_{R_j R_j} <- P_{R_j R_j} - B_j Y_j'
///
/// and the trailing block that remains has a dense Cholesky factor. The order of calls is
/// `assemble`, perhaps `subtractCoupling`, `factor`, and then `solve`, kernels of rows and
/// quadratic forms; `invert`, and then variances and covariances. It owns its workspace: one for
/// each thread.
final class PrecisionFactor {
  let layout: EffectLayout
  /// The trailing block.
  let dense: BlockedCholesky
  /// D_j, q x q each; after the factorization what elimination has left of it.
  let diagonals: DoubleStorage
  /// D_j^-1, q x q each.
  let inverseDiagonals: DoubleStorage
  /// B_j', q rows each.
  let panels: DoubleStorage
  /// Y_j', q rows each.
  let multipliers: DoubleStorage
  /// S_jj, q x q each.
  let covarianceDiagonals: DoubleStorage
  /// The rows R_j of S's columns j, transposed: q rows each.
  let covariancePanels: DoubleStorage
  /// log|P|, after `factor()`.
  var logDeterminant = 0.0
  /// Whether `invert()` was called since the last `factor()`.
  var isInverted = false

  /// The layout's pattern by its addresses, for `node`.
  private let rowStarts: UnsafeMutablePointer<Int32>
  private let rows: UnsafeMutablePointer<Int32>
  private let sparseRowCounts: UnsafeMutablePointer<Int32>
  /// Position in theta -> place in the list of the node at hand.
  let places: IndexStorage
  /// A matrix of the order of a row of the design, its rows as far apart as whole vectors of four.
  let cellMatrix: DoubleStorage
  /// The distance of rows in `cellMatrix`.
  let cellStride: Int
  /// Room for a few q x q matrices.
  let blockScratch: DoubleStorage
  /// Room that grows with the sets of rows asked for.
  private var storedScratch: [DoubleStorage] = []
  /// The nodes on the paths of rows at hand, ascending.
  var pathNodes: [Int32] = []
  /// The path that a node was last put on.
  let lastPath: IndexStorage
  var pathCount: Int32 = 0
  /// What rows at hand reach of the trailing block, ascending, by the place in it.
  var trailing: [Int32] = []
  /// The path by which an effect of the trailing block was last reached.
  let lastReach: IndexStorage

  init(_ layout: EffectLayout) {
    self.layout = layout
    rowStarts = layout.pattern.rowStarts.pointer
    rows = layout.pattern.rows.pointer
    sparseRowCounts = layout.pattern.sparseRowCounts.pointer
    let sparse = layout.shapes[0..<layout.pattern.sparseFactorCount]
    let blocks = sparse.reduce(0) { $0 + $1.levels * $1.terms * $1.terms }
    let numbers = layout.pattern.panelStarts[sparse.count]
    dense = BlockedCholesky(order: layout.pattern.denseOrder)
    diagonals = DoubleStorage(count: blocks)
    inverseDiagonals = DoubleStorage(count: blocks)
    panels = DoubleStorage(count: numbers)
    multipliers = DoubleStorage(count: numbers)
    covarianceDiagonals = DoubleStorage(count: blocks)
    covariancePanels = DoubleStorage(count: numbers)
    places = IndexStorage(count: layout.effectCount)
    cellStride = (layout.rowWidth + 3) & ~3
    cellMatrix = DoubleStorage(count: (layout.rowWidth + 1) * cellStride)
    let terms = layout.shapes.map(\.terms).max() ?? 1
    blockScratch = DoubleStorage(count: 4 * terms * terms + 4 * terms)
    lastPath = IndexStorage(count: layout.pattern.nodeCount)
    lastReach = IndexStorage(count: layout.pattern.denseOrder)
  }

  /// Room for at least `count` numbers, whatever they are; other `index`, other room.
  func scratch(_ index: Int, count: Int) -> DoubleStorage {
    while storedScratch.count <= index { storedScratch.append(DoubleStorage(count: 0)) }
    if storedScratch[index].count < count {
      storedScratch[index] = DoubleStorage(count: count + count / 2)
    }
    return storedScratch[index]
  }

  /// The rows below a node and its numbers.
  struct Node {
    /// q.
    let terms: Int
    /// Where its effects begin in theta.
    let start: Int
    /// Where its q x q block begins.
    let block: Int
    /// Where its panel begins.
    let panel: Int
    /// The number of rows below it.
    let rowCount: Int
    /// How many of them lie before the trailing block.
    let sparseRowCount: Int
    /// The rows below it, as positions in theta.
    let rows: UnsafeMutablePointer<Int32>
  }

  /// A level of a sparse factor.
  @inline(__always)
  func node(_ shape: FactorShape, level: Int) -> Node {
    let index = shape.firstLevel &+ level
    let first = Int(rowStarts[index])
    return Node(
      terms: shape.terms, start: shape.start &+ level &* shape.terms,
      block: shape.blockStart &+ level &* shape.terms &* shape.terms,
      panel: shape.panelBase &+ first &* shape.terms,
      rowCount: Int(rowStarts[index &+ 1]) &- first,
      sparseRowCount: Int(sparseRowCounts[index]), rows: rows + first)
  }

  /// A node by its number.
  func node(_ index: Int) -> Node {
    var place = 0
    while index >= layout.shapes[place].firstLevel + layout.shapes[place].levels { place += 1 }
    let shape = layout.shapes[place]
    return node(shape, level: index - shape.firstLevel)
  }
}
