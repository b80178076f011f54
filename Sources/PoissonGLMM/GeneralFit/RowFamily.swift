import Foundation

/// The distribution of a count given its linear predictor, as far as the fit needs it: five numbers
/// a row, expectations over eta_i ~ N(mean_i, v_i) of the log density l_i and its derivatives,
///
///     l0 = E l,   l1 = E l',   w = -E l'',   t = -E l''',   f = -E l''''
///
/// By Bonnet's and Price's theorems l1 and w are the derivatives of l0 by the mean and, times -1/2,
/// by the variance. Nothing else of the engine knows the family.
protocol RowFamily: Sendable {
  /// Fills the expectations of all rows.
  /// - Parameters:
  ///   - means: n means of the linear predictor.
  ///   - variances: n variances of it.
  /// - Returns: sum_i l0, and the sum of the sizes of its terms, which sets its rounding error; not
  ///   finite where an expectation overflows.
  func evaluate(
    means: DoubleStorage, variances: DoubleStorage, into expectations: RowExpectations
  ) -> (sum: Double, magnitude: Double)

  /// A weighted least-squares start: for each row a weight and a value of the linear predictor, the
  /// offset included, that the count alone suggests.
  func start(weights: DoubleStorage, predictors: DoubleStorage)

  /// Room for the expectations of `count` rows.
  func expectations(count: Int) -> RowExpectations
}

/// The expectations of all rows; where a family has equal ones they share their storage.
struct RowExpectations: Sendable {
  /// E l'.
  let first: DoubleStorage
  /// -E l''.
  let weights: DoubleStorage
  /// -E l'''.
  let thirds: DoubleStorage
  /// -E l''''.
  let fourths: DoubleStorage
}

/// y ~ Poisson(exp(eta)): with e = exp(mean + v / 2), l0 = y mean - e - log y!, l1 = y - e, and w =
/// t = f = e.
struct PoissonFamily: RowFamily {
  private let counts: DoubleStorage
  private let sumLogFactorials: Double

  /// - Parameter counts: n whole numbers, zero or more.
  init(counts: [Double]) {
    self.counts = DoubleStorage(counts)
    let logFactorials = LogFactorials()
    sumLogFactorials = counts.reduce(0) { $0 + logFactorials[$1] }
  }

  /// Expectations of `count` rows, the last three of which are the same numbers.
  func expectations(count: Int) -> RowExpectations {
    let rates = DoubleStorage(count: count)
    return RowExpectations(
      first: DoubleStorage(count: count), weights: rates, thirds: rates, fourths: rates)
  }

  func evaluate(
    means: DoubleStorage, variances: DoubleStorage, into expectations: RowExpectations
  ) -> (sum: Double, magnitude: Double) {
    let n = counts.count
    let (y, m, v) = (counts.pointer, means.pointer, variances.pointer)
    let (e, first) = (expectations.weights.pointer, expectations.first.pointer)
    var (products, rates, sizes) = (0.0, 0.0, 0.0)
    var i = 0
    var (productLanes, rateLanes) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    var sizeLanes = SIMD8<Double>.zero
    while i &+ 8 <= n {
      let (mean, count) = (load(m + i), load(y + i))
      let rate = vectorExponential(mean + 0.5 * load(v + i))
      let product = count * mean
      store(rate, to: e + i)
      store(count - rate, to: first + i)
      productLanes += product
      rateLanes += rate
      sizeLanes += product.replacing(with: -product, where: product .< 0)
      i &+= 8
    }
    products = sumOfLanes(productLanes)
    rates = sumOfLanes(rateLanes)
    sizes = sumOfLanes(sizeLanes)
    while i < n {
      let rate = vectorExponential(SIMD8(repeating: m[i] + 0.5 * v[i]))[0]
      e[i] = rate
      first[i] = y[i] - rate
      products += y[i] * m[i]
      sizes += (y[i] * m[i]).magnitude
      rates += rate
      i &+= 1
    }
    return (products - rates - sumLogFactorials, sizes + rates + sumLogFactorials)
  }

  func start(weights: DoubleStorage, predictors: DoubleStorage) {
    let logs = LogHalfCounts()
    for i in 0..<counts.count {
      weights.pointer[i] = counts.pointer[i] + 0.5
      predictors.pointer[i] = logs[counts.pointer[i]]
    }
  }
}
