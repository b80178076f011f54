import Foundation

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
  private var determinants = ClusterDeterminants()
  /// By step and radius, as they are asked for.
  private var grids: [[OwnEffectGrid?]]
  private let exponents: DoubleStorage
  /// For each effect, exp(a_k t) at the grid's coordinates.
  private let growths: DoubleStorage
  /// sum_i w_i a_i and, q x q, sum_i w_i a_i a_i'.
  private let firsts: DoubleStorage
  private let seconds: DoubleStorage
  private var kernel: [Double] = []
  private let order: Int

  /// Beyond this many effects of a group the rule has too many points, and R stays as it is.
  static let largestOrder = 3

  /// - Parameter order: q, 1 to `largestOrder`.
  init(order: Int) {
    self.order = order
    grids = OwnEffectGrid.steps.map { _ in OwnEffectGrid.radii.map { _ in nil } }
    exponents = DoubleStorage(count: OwnEffectGrid.largestCount(order: order))
    growths = DoubleStorage(count: order * OwnEffectGrid.largestWidth)
    firsts = DoubleStorage(count: order)
    seconds = DoubleStorage(count: order * order)
  }

  /// - Parameters:
  ///   - slopes: a_i, m rows of q numbers.
  ///   - rates: the m weights w_i of the rows.
  /// - Returns: nil where the integral or l has no value.
  mutating func value(
    _ slopes: UnsafePointer<Double>, rates: UnsafePointer<Double>, rows m: Int
  ) -> Double? {
    let step = step(slopes, rates, rows: m)
    let radius = radius(slopes, rates, rows: m)
    if grids[step][radius] == nil {
      grids[step][radius] = OwnEffectGrid(
        step: OwnEffectGrid.steps[step], radius: OwnEffectGrid.radii[radius], order: order)
    }
    guard let grid = grids[step][radius] else { return nil }
    setQuadraticPart(grid, slopes, rates, rows: m)
    for i in 0..<m { subtractGrowth(grid, slopes + i * order, rate: rates[i]) }
    let (target, count) = (exponents.pointer, grid.count)
    var highest = -Double.infinity
    for index in 0..<count { highest = max(highest, target[index]) }
    guard highest.isFinite else { return nil }
    var sums = SIMD8<Double>.zero
    for index in stride(from: 0, to: count, by: 8) {
      sums += vectorExponential(load(target + index) - highest)
    }
    guard let counted = counted(slopes, rates, rows: m) else { return nil }
    return highest + log(sumOfLanes(sums)) + grid.logVolume - counted
  }

  /// Which of the grids' steps will do. The rule's error is the integrand's Fourier transform at 2
  /// pi / step: for a step of 1 and a normal density 3e-9, and larger by exp((2 pi)^4 f / 24) with
  /// f = sum_i w_i |a_i|^4, the fourth derivative of the exponent.
  private func step(
    _ slopes: UnsafePointer<Double>, _ rates: UnsafePointer<Double>, rows m: Int
  ) -> Int {
    var fourths = 0.0
    for i in 0..<m {
      var square = 0.0
      for k in 0..<order { square += slopes[i * order + k] * slopes[i * order + k] }
      fourths += rates[i] * square * square
    }
    return fourths < 0.09 ? 0 : 1
  }

  /// Which of the grids' radii holds the integrand: beyond, it is below exp(-14) of its size at 0
  /// along every axis. For t -> -infinity the remainders grow as g t^2 / 2 with g < 1, so that it
  /// falls more slowly than the normal density.
  private func radius(
    _ slopes: UnsafePointer<Double>, _ rates: UnsafePointer<Double>, rows m: Int
  ) -> Int {
    let radii = OwnEffectGrid.radii
    for (index, t) in radii.enumerated().dropLast() {
      var isWide = true
      for k in 0..<order where isWide {
        var (below, above) = (-0.5 * t * t, -0.5 * t * t)
        for i in 0..<m {
          let a = slopes[i * order + k]
          let (x, half) = (a * t, 0.5 * a * a)
          let rest = 1 - half + 0.5 * x * x
          let growth = vectorExponential(SIMD8(x - half, -x - half, 0, 0, 0, 0, 0, 0))
          above -= rates[i] * (growth[0] - x - rest)
          below -= rates[i] * (growth[1] + x - rest)
        }
        isWide = below < -14 && above < -14
      }
      if isWide { return index }
    }
    return radii.count - 1
  }

  // The remainder of a row is h = -w (exp(x - v/2) - 1 - x - (x^2 - v) / 2), x = a't, v = |a|^2.

  /// The normal log density and what is quadratic in t in the remainders of all rows.
  private func setQuadraticPart(
    _ grid: OwnEffectGrid, _ slopes: UnsafePointer<Double>, _ rates: UnsafePointer<Double>,
    rows m: Int
  ) {
    let (q, first, second) = (order, firsts.pointer, seconds.pointer)
    var constant = 0.0
    firsts.fill(with: 0)
    seconds.fill(with: 0)
    for i in 0..<m {
      let a = slopes + i * q
      var half = 0.0
      for k in 0..<q {
        half += 0.5 * a[k] * a[k]
        first[k] += rates[i] * a[k]
        for l in 0..<q { second[k * q + l] += rates[i] * a[k] * a[l] }
      }
      constant += rates[i] * (1 - half)
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

  /// Takes w exp(x - v/2) of a row off the exponents. The exponential is a product of one for each
  /// coordinate.
  @inline(__always)
  private func subtractGrowth(
    _ grid: OwnEffectGrid, _ a: UnsafePointer<Double>, rate: Double
  ) {
    let (q, width) = (order, grid.width)
    var half = 0.0
    for k in 0..<q { half += 0.5 * a[k] * a[k] }
    for k in 0..<q {
      for lane in stride(from: 0, to: width, by: 8) {
        let x = a[k] * load(grid.coordinates.pointer + lane)
        let growth = vectorExponential(k == q - 1 ? x - half : x)
        store(k == q - 1 ? rate * growth : growth, to: growths.pointer + (k * width + lane))
      }
    }
    let last = growths.pointer + (q - 1) * width
    var (target, place) = (exponents.pointer, grid.lines.pointer)
    for _ in 0..<grid.lineCount {
      var factor = 1.0
      for k in 0..<(q - 1) { factor *= growths.pointer[k * width + Int(place[k])] }
      place += q - 1
      for lane in stride(from: 0, to: width, by: 8) {
        store(load(target + lane) - factor * load(last + lane), to: target + lane)
      }
      target += width
    }
  }

  /// l of K = a a'. With one effect K is of rank one, and l is closed.
  private mutating func counted(
    _ slopes: UnsafePointer<Double>, _ rates: UnsafePointer<Double>, rows m: Int
  ) -> Double? {
    let q = order
    if q == 1 {
      var (thirds, fourths) = (0.0, 0.0)
      for i in 0..<m {
        let square = slopes[i] * slopes[i]
        thirds += rates[i] * square * slopes[i]
        fourths += rates[i] * square * square
      }
      return -log(1 - 0.5 * thirds * thirds / (1 + 0.5 * fourths)) / 6
    }
    guard m <= RowClusters.largestWhole else { return nil }
    if kernel.count < m * m { kernel = [Double](repeating: 0, count: m * m) }
    for i in 0..<m {
      for j in 0..<m {
        var sum = 0.0
        for k in 0..<q { sum += slopes[i * q + k] * slopes[j * q + k] }
        kernel[i * m + j] = sum
      }
    }
    return kernel.withUnsafeBufferPointer { buffer -> Double? in
      guard let base = buffer.baseAddress else { return nil }
      return determinants.value(base, weights: rates, count: m)
    }
  }
}

/// The points of a trapezoid rule for standard normal t of q dimensions, within a ball: lines of
/// points along the last coordinate.
struct OwnEffectGrid {
  /// The number of points of a line: whole vectors of eight.
  let width: Int
  /// t of the points of a line, which has as many places in the other coordinates.
  let coordinates: DoubleStorage
  let lineCount: Int
  /// The places of the lines in the first q - 1 coordinates, line by line.
  let lines: IndexStorage
  /// -|t|^2 / 2; very low where there is no point.
  let logDensities: DoubleStorage
  /// log of (step / sqrt(2 pi))^q.
  let logVolume: Double

  /// The distances of points in SDs. For a function as smooth as a normal density the rule is exact
  /// to exp(-2 pi^2 / step^2): 3e-9 at 1, 4e-16 at .75; for a log-gamma density of shape 1 at .75
  /// to 1e-6.
  static let steps = [1, 0.75]
  /// A normal density has 3e-7 of its mass beyond the first.
  static let radii = [5.5, 6, 7.5, 9.75, 12, 15]

  static var largestWidth: Int { width(step: steps[steps.count - 1], radius: radii.last ?? 0) }

  static func largestCount(order: Int) -> Int {
    (0..<order).reduce(1) { product, _ in product * largestWidth }
  }

  private static func width(step: Double, radius: Double) -> Int {
    (2 * Int(radius / step) + 1 + 7) / 8 * 8
  }

  /// The number of points with those that fill up the lines.
  var count: Int { lineCount * width }

  init(step: Double, radius: Double, order q: Int) {
    let side = Int(radius / step)
    let values = (-side...side).map { step * Double($0) }
    width = Self.width(step: step, radius: radius)
    coordinates = DoubleStorage(
      values + [Double](repeating: 0, count: width - values.count))
    func square(_ place: [Int]) -> Double { place.reduce(0) { $0 + values[$1] * values[$1] } }
    var lines: [[Int]] = [[]]
    for _ in 1..<q { lines = lines.flatMap { head in values.indices.map { head + [$0] } } }
    lines = lines.filter { square($0) <= radius * radius }
    lineCount = lines.count
    self.lines = IndexStorage(lines.joined().map(Int32.init))
    logDensities = DoubleStorage(count: lines.count * width)
    logDensities.fill(with: -600)
    for (index, place) in lines.enumerated() {
      for last in values.indices {
        let length = square(place + [last])
        if length <= radius * radius {
          logDensities.pointer[index * width + last] = -0.5 * length
        }
      }
    }
    logVolume = Double(q) * log(step / (2 * Double.pi).squareRoot())
  }
}
