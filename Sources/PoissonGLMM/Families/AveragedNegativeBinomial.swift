import PlatformEssentials

/// Negative binomial counts with d = log(1 / sqrt(size)) under a normal N(m, r): expectations over
/// it too, in closed form but for those of softplus.
///
/// With k = exp(-2 d) and z = eta - log k = eta + 2 d the log density of a count is c(y) + y eta -
/// (y + k) softplus(z). The normal that d has with the weight k is N(m - 2 r, r), so that
///
///     E (y + k) softplus(z) = y S(eta + 2 m) + K S(eta + 2 m - 4 r)     K = E k = exp(2 r - 2 m)
///
/// where S(mu) is the expectation of softplus under N(mu, v + 4 r). The constants c(y) are averaged
/// by the rule of `ParameterNode`.
struct AveragedNegativeBinomial: RowFamily {
  private let counts: DoubleStorage
  private let mean: Double
  private let variance: Double
  /// K.
  private let size: Double
  /// E sum c(y), and its derivatives by m and log r.
  private let constant: Double
  private let constantSlopes: (mean: Double, logVariance: Double)
  /// What corrections ask of single rows.
  private let nodes: AveragedFamily

  /// Beyond, log Gamma(y + k) and the like are no ordinary numbers.
  private static let limit = 40.0

  /// - Parameters:
  ///   - counts: n whole numbers, zero or more.
  ///   - constants: of these.
  ///   - mean: m.
  ///   - variance: r.
  ///   - nodes: the same family by a rule over d.
  init(
    counts: DoubleStorage, constants: CountConstants, mean: Double, variance: Double,
    nodes: AveragedFamily
  ) {
    self.counts = counts
    self.mean = min(max(mean, -Self.limit), Self.limit)
    self.variance = variance
    self.nodes = nodes
    size = exp(2 * variance - 2 * self.mean)
    var (constant, slopes) = (0.0, (mean: 0.0, logVariance: 0.0))
    for node in ParameterNode.rule(means: [self.mean], variances: [variance]) {
      let d = min(max(node.parameters[0], -Self.limit), Self.limit)
      let sums = constants.sums(size: exp(-2 * d))
      constant += node.weight * sums.value
      slopes.mean -= 2 * node.weight * sums.slope
      slopes.logVariance -= node.weight * (node.moved?.distance ?? 0) * sums.slope
    }
    (self.constant, constantSlopes) = (constant, slopes)
  }

  func expectations(count: Int) -> RowExpectations { nodes.expectations(count: count) }

  func start(weights: DoubleStorage, predictors: DoubleStorage) {
    nodes.start(weights: weights, predictors: predictors)
  }

  func evaluate(
    means: DoubleStorage, variances: DoubleStorage, into expectations: RowExpectations
  ) -> (sum: Double, magnitude: Double) {
    let (first, curvatures) = (expectations.first.pointer, expectations.curvatures)
    let (w, t) = (curvatures.weights.pointer, curvatures.thirds.pointer)
    let f = curvatures.fourths.pointer
    var (sum, magnitude, byMean, byVariance) = (0.0, constant.magnitude, 0.0, 0.0)
    func take(_ rows: Rows, _ place: Int, _ count: Int) {
      let lanes = 0..<count
      if count == 8 {
        store(rows.first, to: first + place)
        store(rows.second, to: w + place)
        store(rows.third, to: t + place)
        store(rows.fourth, to: f + place)
        sum += sumOfLanes(rows.value)
        magnitude += sumOfLanes(rows.value.replacing(with: -rows.value, where: rows.value .< 0))
        byMean += sumOfLanes(rows.byMean)
        byVariance += sumOfLanes(rows.byVariance)
        return
      }
      for lane in lanes {
        first[place + lane] = rows.first[lane]
        w[place + lane] = rows.second[lane]
        t[place + lane] = rows.third[lane]
        f[place + lane] = rows.fourth[lane]
        sum += rows.value[lane]
        magnitude += rows.value[lane].magnitude
        byMean += rows.byMean[lane]
        byVariance += rows.byVariance[lane]
      }
    }
    let n = counts.count
    for place in stride(from: 0, to: n, by: 8) {
      let count = min(8, n - place)
      func lanes(_ source: DoubleStorage) -> SIMD8<Double> {
        if count == 8 { return load(source.pointer + place) }
        var values = SIMD8<Double>.zero
        for lane in 0..<count { values[lane] = source.pointer[place + lane] }
        return values
      }
      take(
        rows(counts: lanes(counts), means: lanes(means), variances: lanes(variances)), place, count)
    }
    let slopes = expectations.parameterSlopes.pointer
    slopes[0] = constantSlopes.mean + byMean
    slopes[1] = constantSlopes.logVariance + variance * byVariance
    return (sum + constant, OverdispersedFamily.ruleError * magnitude)
  }

  /// E l without its constant, E l', -E l'' and so on of eight rows, and the derivatives of E l by
  /// m and r.
  private struct Rows {
    let value: SIMD8<Double>
    let first: SIMD8<Double>
    let second: SIMD8<Double>
    let third: SIMD8<Double>
    let fourth: SIMD8<Double>
    let byMean: SIMD8<Double>
    let byVariance: SIMD8<Double>
  }

  @inline(__always)
  private func rows(
    counts y: SIMD8<Double>, means: SIMD8<Double>, variances: SIMD8<Double>
  ) -> Rows {
    let spreads = variances.replacing(with: 0, where: variances .< 0) + 4 * variance
    let centers = means + 2 * mean
    let (own, sized) = averages(counts: y, centers: centers, spreads: spreads)
    let k = SIMD8(repeating: size)
    func sum(_ part: (SoftplusRows) -> SIMD8<Double>) -> SIMD8<Double> {
      let second = k * part(sized)
      return own.map { y * part($0) + second } ?? second
    }
    let slope = sum(\.first)
    let curvature = sum(\.second)
    let byMean = 2 * k * sized.value - 2 * slope
    return Rows(
      value: y * means - sum(\.value), first: y - slope, second: curvature, third: sum(\.third),
      fourth: sum(\.fourth), byMean: byMean,
      byVariance: 4 * k * sized.first - 2 * k * sized.value - 2 * curvature)
  }

  /// S about eta + 2 m, and S with the weight k; the first only where a count needs it.
  @inline(__always)
  private func averages(
    counts: SIMD8<Double>, centers: SIMD8<Double>, spreads: SIMD8<Double>
  ) -> (own: SoftplusRows?, sized: SoftplusRows) {
    let move = -4 * variance
    if counts == .zero {
      return (nil, SoftplusRows(means: centers + move, variances: spreads))
    }
    let own = SoftplusRows(means: centers, variances: spreads)
    // With many counts d is known so well that both are nearly the same.
    return (
      own,
      -move <= SoftplusRows.largestMove
        ? own.moved(by: move) : SoftplusRows(means: centers + move, variances: spreads)
    )
  }

  func remainderPolynomial(
    ofRow row: Int, spread: Double, at point: EvaluatedRows
  ) -> RemainderPolynomial {
    nodes.remainderPolynomial(ofRow: row, spread: spread, at: point)
  }

  func remainder(
    ofRow row: Int, at x: SIMD8<Double>, spread: Double, _ point: EvaluatedRows
  ) -> SIMD8<Double> {
    nodes.remainder(ofRow: row, at: x, spread: spread, point)
  }
}
