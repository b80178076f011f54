/// A Gaussian with what is known of it once the bound has been evaluated there.
final class EvaluatedGaussian {
  /// m, then eps, then the coordinates of q(phi).
  let vector: DoubleStorage
  /// m, d numbers in the layout's order.
  let means: DoubleStorage
  /// eps, n numbers in the layout's order of rows.
  let precisionWeights: DoubleStorage
  /// The means and the log variances of q(phi), where it is part of the point.
  let hyperparameters: DoubleStorage
  /// What q(theta) is held against.
  var prior: EffectPrior
  /// Means and variances of the rows' linear predictors.
  let predictors: DoubleStorage
  let variances: DoubleStorage
  /// Lambda m.
  let priorProduct: DoubleStorage
  /// The distribution of the counts, or its average under q(phi).
  var family: any RowFamily
  let expectations: RowExpectations
  var level = BoundLevel()

  init(
    _ problem: GeneralProblem, prior: EffectPrior, family: any RowFamily, hyperparameters count: Int
  ) {
    let (effects, rows) = (problem.layout.effectCount, problem.layout.rowCount)
    vector = DoubleStorage(count: effects + rows + count)
    means = DoubleStorage(viewOf: vector, from: 0, count: effects)
    precisionWeights = DoubleStorage(viewOf: vector, from: effects, count: rows)
    hyperparameters = DoubleStorage(viewOf: vector, from: effects + rows, count: count)
    (self.prior, self.family) = (prior, family)
    predictors = DoubleStorage(count: rows)
    variances = DoubleStorage(count: rows)
    priorProduct = DoubleStorage(count: effects)
    expectations = family.expectations(count: rows)
  }

  /// A copy of m and eps, to start others from.
  var gaussian: DoubleStorage {
    let copy = DoubleStorage(count: means.count + precisionWeights.count)
    copy.copy(from: DoubleStorage(viewOf: vector, from: 0, count: copy.count))
    return copy
  }
}
