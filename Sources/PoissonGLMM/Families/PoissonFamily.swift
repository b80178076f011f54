/// y ~ Poisson(exp(eta)): with e = exp(mean + v / 2), l0 = y mean - e - log y!, l1 = y - e, and w =
/// t = f = e. What q leaves out along a part x of the linear predictor, x ~ N(0, s), is
///
///     h(x) = e (1 - s/2 + x + x^2 / 2) - e exp(x - s/2)
struct PoissonFamily: RowFamily {
  private let counts: DoubleStorage
  private let sumLogFactorials: Double

  /// - Parameter counts: n whole numbers, zero or more.
  init(counts: [Double]) {
    self.counts = DoubleStorage(counts)
    let logFactorials = LogFactorials()
    sumLogFactorials = counts.reduce(0) { $0 + logFactorials[$1] }
  }

  func expectations(count: Int) -> RowExpectations {
    RowExpectations(
      first: DoubleStorage(count: count),
      curvatures: RowCurvatures(equal: DoubleStorage(count: count)),
      parameterSlopes: DoubleStorage(count: 0))
  }

  func evaluate(
    means: DoubleStorage, variances: DoubleStorage, into expectations: RowExpectations
  ) -> (sum: Double, magnitude: Double) {
    let n = counts.count
    let (y, m, v) = (counts.pointer, means.pointer, variances.pointer)
    let (e, first) = (expectations.curvatures.weights.pointer, expectations.first.pointer)
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

  func remainderPolynomial(
    ofRow row: Int, spread: Double, at point: EvaluatedRows
  ) -> RemainderPolynomial {
    let rate = point.curvatures.weights.pointer[row]
    return RemainderPolynomial(
      constant: rate * (1 - 0.5 * spread), linear: rate, curvature: rate)
  }

  func remainder(
    ofRow row: Int, at x: SIMD8<Double>, spread: Double, _ point: EvaluatedRows
  ) -> SIMD8<Double> {
    -point.curvatures.weights.pointer[row] * vectorExponential(x - 0.5 * spread)
  }

  /// The exponential is a product of one for each coordinate.
  func addRemainders(
    ofRow row: Int, slopes a: UnsafePointer<Double>, grid: OwnEffectGrid, _ point: EvaluatedRows,
    room: DoubleStorage, to exponents: DoubleStorage
  ) {
    let (last, width, rate) = (
      grid.order - 1, grid.width, point.curvatures.weights.pointer[row]
    )
    var half = 0.0
    for k in 0...last { half += 0.5 * a[k] * a[k] }
    for k in 0...last {
      for lane in stride(from: 0, to: width, by: 8) {
        let x = a[k] * load(grid.coordinates.pointer + lane)
        let growth = vectorExponential(k == last ? x - half : x)
        store(k == last ? rate * growth : growth, to: room.pointer + (k * width + lane))
      }
    }
    let growths = room.pointer + last * width
    var (target, place) = (exponents.pointer, grid.lines.pointer)
    for _ in 0..<grid.lineCount {
      var factor = 1.0
      for k in 0..<last { factor *= room.pointer[k * width + Int(place[k])] }
      place += last
      for lane in stride(from: 0, to: width, by: 8) {
        store(load(target + lane) - factor * load(growths + lane), to: target + lane)
      }
      target += width
    }
  }
}
