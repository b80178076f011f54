import PlatformEssentials

/// What R lacks along the effects of one group, where the posterior of an effect is wide: the exact
/// integral along them, less what R counts for them already.
///
/// Under q the linear predictors of the group's rows are their means + a_i't + (what is independent
/// of t), with t ~ N(0, I_q) the group's standardized effects, a_i = L^-1 Cov(u_j, eta_i), Cov(u_j)
/// = L L'. Of the group's log likelihood q matches all but the remainders h_i(a_i't), so that
///
///     log E exp(sum_i h_i(a_i't)) - l(K),   K_ij = a_i'a_j
///
/// belongs to the evidence.
struct OwnEffectIntegral {
  /// Products of Gauss-Hermite rules, by `hermitePoints`, as they are asked for.
  private var products: [OwnEffectGrid?]
  /// Trapezoid rules, by radius, likewise.
  private var trapezoids: [OwnEffectGrid?]
  private let exponents: DoubleStorage
  private let room: DoubleStorage
  /// The sums of the remainders' polynomials: linear a_i and, q x q, curvature a_i a_i'.
  private let firsts: DoubleStorage
  private let seconds: DoubleStorage
  private let counted: CountedOwnEffects
  private let order: Int

  /// Beyond this many effects of a group the rule has too many points, and R stays as it is.
  static let largestOrder = 3
  /// The points of a coordinate: whole vectors.
  private static let hermitePoints = [8, 16]
  /// Up to which f of the group (see `quartic`) the products of these serve. With random groups of
  /// 1 to 20 rows their mean errors are then 1e-6 and 7e-8, and the largest ones 2e-5 and 1e-6;
  /// those of the trapezoid rule of radius 5.5 and step .75, 4e-6 and 2e-5. Eight points serve a
  /// single effect less far: its own f has no other directions.
  private let largestQuartics: [Double]

  /// - Parameter order: q, 1 to `largestOrder`.
  init(order: Int) {
    self.order = order
    products = Self.hermitePoints.map { _ in nil }
    trapezoids = OwnEffectGrid.radii.map { _ in nil }
    // The larger rule of three dimensions has more points than the trapezoid rule.
    largestQuartics = order == 1 ? [0.1, 0.5] : order == 2 ? [0.2, 0.5] : [0.2, 0.2]
    exponents = DoubleStorage(count: OwnEffectGrid.largestCount(order: order))
    room = DoubleStorage(count: order * OwnEffectGrid.largestWidth)
    firsts = DoubleStorage(count: order)
    seconds = DoubleStorage(count: order * order)
    counted = CountedOwnEffects(order: order)
  }

  /// - Parameters:
  ///   - slopes: a_i, q numbers for each of the rows.
  ///   - rows: the group's rows.
  /// - Returns: nil where the integral or l has no value.
  mutating func value(
    _ slopes: UnsafePointer<Double>, rows: some Collection<Int>, at point: EvaluatedRows
  ) -> Double? {
    guard let counted = counted.value(slopes, rows: rows, point.curvatures) else { return nil }
    let grid = grid(slopes, rows, point)
    setPolynomials(grid, slopes, rows, point)
    for (i, row) in rows.enumerated() {
      point.family.addRemainders(
        ofRow: row, slopes: slopes + i * order, grid: grid, point, room: room, to: exponents)
    }
    let (target, count) = (exponents.pointer, grid.count)
    var highest = -Double.infinity
    for index in 0..<count { highest = max(highest, target[index]) }
    guard highest.isFinite else { return nil }
    var sums = SIMD8<Double>.zero
    // Below exp(-100) nothing counts, and the exponential of what is very low takes longer.
    let lowest = SIMD8(repeating: -100.0)
    for index in stride(from: 0, to: count, by: 8) {
      sums += vectorExponential(pointwiseMax(load(target + index) - highest, lowest))
    }
    return highest + log(sumOfLanes(sums)) + grid.logVolume - counted
  }

  /// The smallest rule that will do.
  private mutating func grid(
    _ slopes: UnsafePointer<Double>, _ rows: some Collection<Int>, _ point: EvaluatedRows
  ) -> OwnEffectGrid {
    let quartic = quartic(slopes, rows, point.curvatures)
    if let place = largestQuartics.firstIndex(where: { quartic < $0 }) {
      if let known = products[place] { return known }
      let grid = OwnEffectGrid(hermite: Self.hermitePoints[place], order: order)
      products[place] = grid
      return grid
    }
    let radius = radius(slopes, rows, point)
    if let known = trapezoids[radius] { return known }
    let grid = OwnEffectGrid(radius: OwnEffectGrid.radii[radius], order: order)
    trapezoids[radius] = grid
    return grid
  }

  /// f = sum_i f_i |a_i|^4, which bounds the fourth derivative of the exponent; of a family whose
  /// derivatives differ the largest of them counts, because f_i may pass through 0.
  private func quartic(
    _ slopes: UnsafePointer<Double>, _ rows: some Collection<Int>, _ curvatures: RowCurvatures
  ) -> Double {
    let (weights, thirds, fourths) = (
      curvatures.weights.pointer, curvatures.thirds.pointer, curvatures.fourths.pointer
    )
    var sum = 0.0
    for (i, row) in rows.enumerated() {
      var square = 0.0
      for k in 0..<order { square += slopes[i * order + k] * slopes[i * order + k] }
      let size = max(weights[row].magnitude, thirds[row].magnitude, fourths[row].magnitude)
      sum += size * square * square
    }
    return sum
  }

  /// Which of the grids' radii holds the integrand: beyond, it is below exp(-14) of its size at 0
  /// along every axis. For t -> -infinity the remainders of a count grow as g t^2 / 2 with g < 1,
  /// so that it falls more slowly than the normal density.
  private func radius(
    _ slopes: UnsafePointer<Double>, _ rows: some Collection<Int>, _ point: EvaluatedRows
  ) -> Int {
    let radii = OwnEffectGrid.radii
    // Four radii at a time, each on both sides.
    for first in stride(from: 0, to: radii.count, by: 4) {
      var t = SIMD8<Double>.zero
      for lane in 0..<4 {
        let radius = radii[min(first + lane, radii.count - 1)]
        (t[lane], t[lane + 4]) = (radius, -radius)
      }
      var highest = SIMD8(repeating: -Double.infinity)
      for k in 0..<order {
        var exponents = -0.5 * t * t
        for (i, row) in rows.enumerated() {
          let a = slopes[i * order + k]
          let part = point.family.remainderPolynomial(ofRow: row, spread: a * a, at: point)
          let x = a * t
          exponents += part.constant + x * (part.linear + 0.5 * part.curvature * x)
          exponents += point.family.remainder(ofRow: row, at: x, spread: a * a, point)
        }
        highest = pointwiseMax(highest, exponents)
      }
      for lane in 0..<min(4, radii.count - first)
      where highest[lane] < -14 && highest[lane + 4] < -14 {
        return first + lane
      }
    }
    return radii.count - 1
  }

  /// The normal log density and the polynomial parts of the remainders of all rows.
  private func setPolynomials(
    _ grid: OwnEffectGrid, _ slopes: UnsafePointer<Double>, _ rows: some Collection<Int>,
    _ point: EvaluatedRows
  ) {
    let (q, first, second) = (order, firsts.pointer, seconds.pointer)
    var constant = 0.0
    firsts.fill(with: 0)
    seconds.fill(with: 0)
    for (i, row) in rows.enumerated() {
      let a = slopes + i * q
      var spread = 0.0
      for k in 0..<q { spread += a[k] * a[k] }
      let part = point.family.remainderPolynomial(ofRow: row, spread: spread, at: point)
      constant += part.constant
      for k in 0..<q {
        first[k] += part.linear * a[k]
        for l in 0..<q { second[k * q + l] += part.curvature * a[k] * a[l] }
      }
    }
    let curvature = 0.5 * second[q * q - 1]
    let last = grid.coordinates.pointer
    let (lines, others) = (grid.lines.pointer, q - 1)
    for index in 0..<grid.lineCount {
      let place = lines + index &* others
      // Along a line, t_q alone varies.
      var (height, slope) = (constant, first[q - 1])
      for k in 0..<others {
        let t = last[Int(place[k])]
        height += first[k] * t
        slope += second[others * q + k] * t
        for l in 0..<others { height += 0.5 * second[k * q + l] * t * last[Int(place[l])] }
      }
      for lane in stride(from: index * grid.width, to: (index + 1) * grid.width, by: 8) {
        let t = load(last + (lane - index * grid.width))
        store(
          load(grid.logDensities.pointer + lane) + (t * (curvature * t + slope) + height),
          to: exponents.pointer + lane)
      }
    }
  }
}
