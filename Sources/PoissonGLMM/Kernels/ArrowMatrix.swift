/// The sizes of an arrow matrix: `groupCount` blocks of order `termCount`, a corner of order
/// `fixedCount`.
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

  /// A matrix whose elements are `elementCount` doubles of `storage`, from `offset` on.
  init(_ shape: ArrowShape, in storage: DoubleStorage, from offset: Int) {
    let (p, q) = (shape.fixedCount, shape.termCount)
    self.shape = shape
    let blockElements = shape.randomEffectCount * q
    let borderElements = shape.randomEffectCount * p
    blocks = DoubleStorage(viewOf: storage, from: offset, count: blockElements)
    borders = DoubleStorage(viewOf: storage, from: offset + blockElements, count: borderElements)
    corner = DoubleStorage(
      viewOf: storage, from: offset + blockElements + borderElements, count: p * p)
  }

  static func elementCount(_ shape: ArrowShape) -> Int {
    shape.randomEffectCount * (shape.termCount + shape.fixedCount)
      + shape.fixedCount * shape.fixedCount
  }
}
