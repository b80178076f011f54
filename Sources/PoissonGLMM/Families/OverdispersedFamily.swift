import PlatformEssentials

/// Counts that vary more than Poisson: negative binomial of size k, or zero with probability pi and
/// otherwise Poisson or negative binomial.
///
/// With z = eta - log k, the log density of a negative binomial count is
///
///     l = c(y) + y eta - (y + k) log(1 + exp z)
///
/// so that the expectations of softplus(z) and its derivatives are all that is needed. A zero of an
/// inflated family has, with a(eta) = -exp(eta) or -k softplus(z) the log of the probability of a
/// zero of the other kind,
///
///     l = log(pi + (1 - pi) exp(a))
///
/// whose derivatives by a, with r = (1 - pi) exp(a) / (pi + (1 - pi) exp(a)), are r, u = r (1 - r),
/// u (1 - 2 r) and u (1 - 6 u); those by eta follow by the chain rule.
struct OverdispersedFamily: RowFamily {
  private let counts: DoubleStorage
  /// nil without.
  private let size: Double?
  private let logSize: Double
  /// logit pi; nil without.
  private let logitShare: Double?
  /// The constants of the log densities of rows that are not inflated zeros, summed.
  private let constant: Double
  /// The derivatives of the constants by the parameters.
  private let constantSlopes: [Double]
  private let zero: InflatedZero?

  /// log Gamma(y + k) and the like are ordinary numbers.
  private static let logSizes = -80.0...80.0
  private static let logits = -300.0...300.0
  /// Rules change from row to row and step to step, with errors that are larger than rounding.
  static let ruleError = 0x1p14

  /// - Parameters:
  ///   - counts: n whole numbers, zero or more.
  ///   - constants: of those that are not inflated zeros.
  ///   - positives: how many are above 0.
  ///   - overdispersion: d = -log(k) / 2; nil for Poisson.
  ///   - logitShare: nil without zero inflation.
  init(
    counts: DoubleStorage, constants: CountConstants, positives: Int, overdispersion: Double?,
    logitShare: Double?
  ) {
    self.counts = counts
    let logSize = overdispersion.map {
      min(max(-2 * $0, Self.logSizes.lowerBound), Self.logSizes.upperBound)
    }
    let logit = logitShare.map { min(max($0, Self.logits.lowerBound), Self.logits.upperBound) }
    self.logSize = logSize ?? 0
    self.logitShare = logit
    size = logSize.map { exp($0) }
    var (constant, slopes): (Double, [Double]) = (0, [])
    if let size {
      let sums = constants.sums(size: size)
      constant = sums.value
      slopes.append(-2 * sums.slope)
    } else {
      constant = constants.withoutSize
    }
    if let logit {
      let zero = InflatedZero(logitShare: logit, size: size, logSize: self.logSize)
      constant += Double(positives) * zero.logOther
      slopes.append(-Double(positives) * zero.share)
      self.zero = zero
    } else {
      zero = nil
    }
    (self.constant, constantSlopes) = (constant, slopes)
  }

  func expectations(count: Int) -> RowExpectations {
    RowExpectations(
      first: DoubleStorage(count: count),
      curvatures: RowCurvatures(
        weights: DoubleStorage(count: count), thirds: DoubleStorage(count: count),
        fourths: DoubleStorage(count: count)),
      parameterSlopes: DoubleStorage(count: 2 * constantSlopes.count))
  }

  func evaluate(
    means: DoubleStorage, variances: DoubleStorage, into expectations: RowExpectations
  ) -> (sum: Double, magnitude: Double) {
    let (m, v) = (means.pointer, variances.pointer)
    let (first, curvatures) = (expectations.first.pointer, expectations.curvatures)
    let (w, t) = (curvatures.weights.pointer, curvatures.thirds.pointer)
    let f = curvatures.fourths.pointer
    var (sum, magnitude) = (0.0, constant.magnitude)
    var (overdispersion, share) = (0.0, 0.0)
    var i = 0
    while i < counts.count {
      if zero == nil, let size, i + 8 <= counts.count {
        let y = load(counts.pointer + i)
        let softplus = SoftplusRows(
          means: load(m + i) - logSize,
          variances: load(v + i).replacing(with: 0, where: load(v + i) .< 0))
        let total = y + size
        store(y - total * softplus.first, to: first + i)
        store(total * softplus.second, to: w + i)
        store(total * softplus.third, to: t + i)
        store(total * softplus.fourth, to: f + i)
        let values = y * load(m + i) - total * softplus.value
        sum += sumOfLanes(values)
        magnitude += sumOfLanes(values.replacing(with: -values, where: values .< 0))
        overdispersion += 2 * sumOfLanes(size * softplus.value - total * softplus.first)
        i += 8
        continue
      }
      let row = moments(count: counts.pointer[i], mean: m[i], variance: v[i])
      first[i] = row.first
      w[i] = -row.second
      t[i] = -row.third
      f[i] = -row.fourth
      sum += row.value
      magnitude += row.value.magnitude
      overdispersion += row.overdispersionSlope
      share += row.shareSlope
      i += 1
    }
    let slopes = expectations.parameterSlopes.pointer
    let sums = (size == nil ? [] : [overdispersion]) + (zero == nil ? [] : [share])
    for (index, slope) in sums.enumerated() { slopes[index] = constantSlopes[index] + slope }
    return (sum + constant, Self.ruleError * magnitude)
  }

  func start(weights: DoubleStorage, predictors: DoubleStorage) {
    let logs = LogHalfCounts()
    for i in 0..<counts.count {
      let count = counts.pointer[i]
      let weight = count + 0.5
      // A zero of another kind says little about the mean.
      let share = count == 0 ? 1 - (zero?.share ?? 0) : 1
      weights.pointer[i] = share * (size.map { weight * $0 / (weight + $0) } ?? weight)
      predictors.pointer[i] = logs[count]
    }
  }

  /// The expectations of a row, without its constant.
  private func moments(count y: Double, mean: Double, variance: Double) -> RowMoments {
    if let zero, y == 0 { return zero.moments(mean: mean, variance: variance) }
    guard let size else {
      let rate = exp(mean + 0.5 * variance)
      return RowMoments(
        value: y * mean - rate, first: y - rate, second: -rate, third: -rate, fourth: -rate)
    }
    let softplus = SoftplusMoments(mean: mean - logSize, variance: variance)
    let total = y + size
    return RowMoments(
      value: y * mean - total * softplus.value, first: y - total * softplus.first,
      second: -total * softplus.second, third: -total * softplus.third,
      fourth: -total * softplus.fourth,
      overdispersionSlope: 2 * size * softplus.value - 2 * total * softplus.first)
  }

  // MARK: Remainders

  func remainderPolynomial(
    ofRow row: Int, spread: Double, at point: EvaluatedRows
  ) -> RemainderPolynomial {
    let weight = point.curvatures.weights.pointer[row]
    let value = moments(
      count: counts.pointer[row], mean: point.means.pointer[row],
      variance: point.variances.pointer[row]
    ).value
    return RemainderPolynomial(
      constant: -value - 0.5 * weight * spread,
      linear: -point.expectations.first.pointer[row], curvature: weight)
  }

  func remainder(
    ofRow row: Int, at x: SIMD8<Double>, spread: Double, _ point: EvaluatedRows
  ) -> SIMD8<Double> {
    let y = counts.pointer[row]
    let variance = max(point.variances.pointer[row] - spread, 0)
    let means = x + point.means.pointer[row]
    if let zero, y == 0 { return zero.values(means: means, variance: variance) }
    guard let size else { return y * means - vectorExponential(means + 0.5 * variance) }
    let sd = variance.squareRoot()
    let rule = NormalRules.shared.briefRule(distance: SoftplusMoments.distance / sd)
    let sum = SoftplusSums.values(centers: means - logSize, sd: sd, rule)
    return y * means - (y + size) * sum
  }
}
