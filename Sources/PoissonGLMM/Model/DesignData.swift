/// The numbers of a model with several grouping factors or correlated terms, rows in their own
/// order.
final class DesignData: Sendable {
  let counts: [Double]
  /// n known terms of the linear predictor.
  let offset: [Double]
  /// p columns of n values each.
  let fixed: [[Double]]
  let factors: [RandomFactor]
  let family: CountFamily

  init(
    counts: [Double], offset: [Double]?, fixed: [[Double]], factors: [RandomFactor],
    family: CountFamily = .poisson
  ) {
    self.counts = counts
    self.offset = offset ?? [Double](repeating: 0, count: counts.count)
    self.fixed = fixed
    self.factors = factors
    self.family = family
  }

  /// The same data with the effect of fixed column `held` known: its column times `value` is part
  /// of the offset.
  init(_ other: DesignData, holding held: Int, at value: Double) {
    counts = other.counts
    offset = zip(other.offset, other.fixed[held]).map { $0 + value * $1 }
    fixed = other.fixed.indices.filter { $0 != held }.map { other.fixed[$0] }
    factors = other.factors
    family = other.family
  }

  /// The same data with other numbers in the fixed columns, and in the offset if they are given.
  init(_ other: DesignData, fixed: [[Double]], offset: [Double]? = nil) {
    counts = other.counts
    self.offset = offset ?? other.offset
    self.fixed = fixed
    factors = other.factors
    family = other.family
  }

  /// o + X b.
  func linearPredictor(_ fixedEffects: [Double]) -> [Double] {
    var predictor = offset
    for (column, effect) in zip(fixed, fixedEffects) {
      for row in predictor.indices { predictor[row] += effect * column[row] }
    }
    return predictor
  }
}
