/// q(b, u) = N(mean, S), by its mean and by S^-1 = data part + prior precisions (its diagonal alone in mean-field).
struct GaussianPosterior {
  /// G q means, group-major.
  var randomMean: DoubleStorage
  /// p means.
  var fixedMean: DoubleStorage
  /// The part of S^-1 that the data contribute: A' diag(e) A for some rates e.
  var precision: ArrowMatrix
  /// The part of S^-1 on the diagonal of every u_jk, by term.
  var termPrecisions: [Double]

  init(_ shape: ArrowShape) {
    randomMean = DoubleStorage(count: shape.randomEffectCount)
    fixedMean = DoubleStorage(count: shape.fixedCount)
    precision = ArrowMatrix(shape)
    termPrecisions = [Double](repeating: 1, count: shape.termCount)
  }
}

/// The covariance S of a Gaussian q(b, u), in the form that the row pass needs.
enum CovarianceForm {
  /// S is the inverse of the factored arrow.
  case arrow(ArrowFactorization)
  /// S is diagonal: variances of the G q random and the p fixed effects.
  case diagonal(random: DoubleStorage, fixed: DoubleStorage)
}
