/// A Gaussian q(b, u) = N(mean, S), as its mean and S^-1 = data part + prior precisions (only the
/// diagonal in mean-field). All numbers are in one flat vector, so that states can be combined
/// linearly.
final class GaussianState: Sendable {
  /// Every number of the state.
  let vector: DoubleStorage
  /// G q means, group-major.
  let randomMean: DoubleStorage
  /// p means.
  let fixedMean: DoubleStorage
  /// The part of S^-1 that the data contribute: A' diag(e) A for some rates e.
  let precision: ArrowMatrix
  /// The term precisions: the part of S^-1 that the prior puts on the diagonal of every u_jk, by
  /// term k.
  let termPrecisions: DoubleStorage

  convenience init(_ shape: ArrowShape) {
    self.init(shape, in: DoubleStorage(count: Self.elementCount(shape)), from: 0)
  }

  /// A state whose numbers are `elementCount` doubles of `storage`, from `offset` on.
  private init(_ shape: ArrowShape, in storage: DoubleStorage, from offset: Int) {
    let (p, q, effects) = (shape.fixedCount, shape.termCount, shape.randomEffectCount)
    vector = DoubleStorage(viewOf: storage, from: offset, count: Self.elementCount(shape))
    randomMean = DoubleStorage(viewOf: vector, from: 0, count: effects)
    fixedMean = DoubleStorage(viewOf: vector, from: effects, count: p)
    termPrecisions = DoubleStorage(viewOf: vector, from: effects + p, count: q)
    precision = ArrowMatrix(shape, in: vector, from: effects + p + q)
  }

  private static func elementCount(_ shape: ArrowShape) -> Int {
    shape.randomEffectCount + shape.fixedCount + shape.termCount + ArrowMatrix.elementCount(shape)
  }

  /// Several states, side by side in one storage.
  static func several(_ count: Int, _ shape: ArrowShape) -> [GaussianState] {
    let size = elementCount(shape)
    let storage = DoubleStorage(count: count * size)
    return (0..<count).map { GaussianState(shape, in: storage, from: $0 * size) }
  }

  /// Calls `body` for the ranges of `vector` that belong to some groups.
  @inline(__always)
  func forEachRange(of groups: Range<Int>, _ body: (Range<Int>) -> Void) {
    let (p, q) = (precision.shape.fixedCount, precision.shape.termCount)
    let blocks = randomMean.count + p + q
    let borders = blocks + precision.blocks.count
    body(q * groups.lowerBound..<q * groups.upperBound)
    body(blocks + q * q * groups.lowerBound..<blocks + q * q * groups.upperBound)
    body(borders + q * p * groups.lowerBound..<borders + q * p * groups.upperBound)
  }

  /// Calls `body` for the ranges of `vector` that belong to no group.
  @inline(__always)
  func forEachSharedRange(_ body: (Range<Int>) -> Void) {
    body(randomMean.count..<(randomMean.count + fixedMean.count + termPrecisions.count))
    body((vector.count - precision.corner.count)..<vector.count)
  }
}

extension GaussianState {
  /// A vector over (u, b).
  struct Mean {
    let random: DoubleStorage
    let fixed: DoubleStorage

    init(_ shape: ArrowShape) {
      random = DoubleStorage(count: shape.randomEffectCount)
      fixed = DoubleStorage(count: shape.fixedCount)
    }
  }
}

/// The covariance S of a Gaussian q(b, u), in the form that the row pass needs.
enum CovarianceForm {
  /// S is the inverse of the factored arrow.
  case arrow(ArrowFactorization)
  /// S is diagonal: variances of the G q random and the p fixed effects.
  case diagonal(random: DoubleStorage, fixed: DoubleStorage)
}
