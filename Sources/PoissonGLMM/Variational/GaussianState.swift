/// A Gaussian q(b, u) = N(mean, S), by its mean and by S^-1 = data part + prior precisions (its diagonal alone in
/// mean-field); all numbers in one flat vector, so that states can be combined linearly.
final class GaussianState: Sendable {
  /// Every number of the state.
  let vector: DoubleStorage
  /// G q means, group-major.
  let randomMean: DoubleStorage
  /// p means.
  let fixedMean: DoubleStorage
  /// The part of S^-1 that the data contribute: A' diag(e) A for some rates e.
  let precision: ArrowMatrix
  /// The part of S^-1 on the diagonal of every u_jk, by term k.
  let termPrecisions: DoubleStorage

  init(_ shape: ArrowShape) {
    let (p, q, effects) = (shape.fixedCount, shape.termCount, shape.randomEffectCount)
    let elements = ArrowMatrix.elementCount(shape)
    vector = DoubleStorage(count: effects + p + q + elements)
    randomMean = DoubleStorage(viewOf: vector, from: 0, count: effects)
    fixedMean = DoubleStorage(viewOf: vector, from: effects, count: p)
    termPrecisions = DoubleStorage(viewOf: vector, from: effects + p, count: q)
    precision = ArrowMatrix(shape, in: vector, from: effects + p + q)
  }
}

extension GaussianState {
  /// A vector over (u, b) on its own.
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
