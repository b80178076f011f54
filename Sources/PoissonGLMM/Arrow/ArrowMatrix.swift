/// The sizes of an arrow matrix: `groupCount` blocks of order `termCount`, a corner of order `fixedCount`.
struct ArrowShape: Equatable, Sendable {
  let groupCount: Int
  /// q, the random terms of a group.
  let termCount: Int
  /// p, the fixed effects.
  let fixedCount: Int

  /// G q, the number of random effects.
  var randomEffectCount: Int { groupCount * termCount }
}

/// A symmetric bordered block-diagonal matrix over (u_1, ..., u_G, b):
///
///     [ P_11               C_1' ]
///     [       ...          ...  ]        P_jj: q x q    C_j: p x q    P_bb: p x p
///     [             P_GG   C_G' ]
///     [ C_1   ...   C_G    P_bb ]
///
/// It holds what the data contribute, A' diag(e) A; prior precisions are added when it is factored.
final class ArrowMatrix: Sendable {
  let shape: ArrowShape
  /// G blocks, each q x q, row-major, both triangles.
  let blocks: DoubleStorage
  /// G borders, each q x p: row k is column k of C_j.
  let borders: DoubleStorage
  /// p x p, row-major, both triangles.
  let corner: DoubleStorage

  init(_ shape: ArrowShape) {
    self.shape = shape
    blocks = DoubleStorage(count: shape.randomEffectCount * shape.termCount)
    borders = DoubleStorage(count: shape.randomEffectCount * shape.fixedCount)
    corner = DoubleStorage(count: shape.fixedCount * shape.fixedCount)
  }

  /// self <- (1 - fraction) a + fraction b.
  func interpolate(from a: ArrowMatrix, to b: ArrowMatrix, fraction: Double) {
    blocks.interpolate(from: a.blocks, to: b.blocks, fraction: fraction)
    borders.interpolate(from: a.borders, to: b.borders, fraction: fraction)
    corner.interpolate(from: a.corner, to: b.corner, fraction: fraction)
  }
}
