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
  private var grids: [Int: OwnEffectGrid] = [:]
  private let exponents: DoubleStorage
  private var kernel: [Double] = []
  private let order: Int

  /// Beyond this many effects of a group the rule has too many points, and R stays as it is.
  static let largestOrder = 3

  /// - Parameter order: q.
  init(order: Int) {
    self.order = order
    exponents = DoubleStorage(count: OwnEffectGrid.largestCount(order: order))
  }

  /// - Parameters:
  ///   - slopes: a_i, m rows of q numbers.
  ///   - rates: the m weights w_i of the rows.
  /// - Returns: nil where the integral or l has no value.
  mutating func value(
    _ slopes: UnsafePointer<Double>, rates: UnsafePointer<Double>, rows m: Int
  ) -> Double? {
    let q = order
    let side = side(slopes, rates, rows: m)
    if grids[side] == nil { grids[side] = OwnEffectGrid(side: side, order: q) }
    guard let grid = grids[side] else { return nil }
    let target = exponents.pointer
    target.update(from: grid.logDensities.pointer, count: grid.paddedCount)
    for i in 0..<m {
      addRemainder(grid, slopes + i * q, rate: rates[i], to: target)
    }
    var highest = -Double.infinity
    for index in 0..<grid.count { highest = max(highest, target[index]) }
    guard highest.isFinite else { return nil }
    var sums = SIMD8<Double>.zero
    for index in stride(from: 0, to: grid.paddedCount, by: 8) {
      sums += vectorExponential(load(target + index) - highest)
    }
    guard let counted = counted(slopes, rates, rows: m) else { return nil }
    return highest + log(sumOfLanes(sums)) + grid.logVolume - counted
  }

  /// How many points on each side hold the integrand: beyond, it is below exp(-14) of its size at 0
  /// along every axis. For t -> -infinity the remainders grow as g t^2 / 2 with g < 1, so that it
  /// falls more slowly than the normal density.
  private func side(
    _ slopes: UnsafePointer<Double>, _ rates: UnsafePointer<Double>, rows m: Int
  ) -> Int {
    for side in OwnEffectGrid.sides.dropLast() {
      let t = OwnEffectGrid.step(order: order) * Double(side)
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
      if isWide { return side }
    }
    return OwnEffectGrid.sides[OwnEffectGrid.sides.count - 1]
  }

  /// target += h, h = -w (exp(x - v/2) - 1 - x - (x^2 - v) / 2), x = a't, v = |a|^2.
  @inline(__always)
  private func addRemainder(
    _ grid: OwnEffectGrid, _ a: UnsafePointer<Double>, rate: Double,
    to target: UnsafeMutablePointer<Double>
  ) {
    var half = 0.0
    for k in 0..<order { half += 0.5 * a[k] * a[k] }
    let count = grid.paddedCount
    for index in stride(from: 0, to: count, by: 8) {
      var x = SIMD8<Double>.zero
      for k in 0..<order { x += a[k] * load(grid.points.pointer + k * count + index) }
      let growth = vectorExponential(x - half)
      let remainder = growth - (x * (0.5 * x + 1) + (1 - half))
      store(load(target + index) - rate * remainder, to: target + index)
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

/// The points of a trapezoid rule for standard normal t of q dimensions, within a ball.
struct OwnEffectGrid {
  let count: Int
  /// `count` rounded up to whole vectors of eight.
  let paddedCount: Int
  /// q lists of `paddedCount` coordinates.
  let points: DoubleStorage
  /// -|t|^2 / 2; very low where there is no point.
  let logDensities: DoubleStorage
  /// log of (step / sqrt(2 pi))^q.
  let logVolume: Double

  /// The distance of points in SDs: for a function as smooth as a normal density the rule is exact
  /// to exp(-2 pi^2 / step^2), 1e-15 at .75; for a log-gamma density of shape 1 to 1e-6.
  static func step(order: Int) -> Double { order == 1 ? 0.6 : 0.75 }
  static let sides = [8, 10, 13, 16, 20]

  static func largestCount(order: Int) -> Int {
    let largest = 2 * sides[sides.count - 1] + 1
    return (0..<order).reduce(1) { product, _ in product * largest } + 8
  }

  init(side: Int, order q: Int) {
    let step = Self.step(order: q)
    var kept: [[Int]] = [[]]
    for _ in 0..<q { kept = kept.flatMap { head in (-side...side).map { head + [$0] } } }
    kept = kept.filter { $0.reduce(0) { $0 + $1 * $1 } <= side * side }
    count = kept.count
    paddedCount = (kept.count + 7) / 8 * 8
    points = DoubleStorage(count: q * paddedCount)
    logDensities = DoubleStorage(count: paddedCount)
    logDensities.fill(with: -1e4)
    for (index, place) in kept.enumerated() {
      var square = 0.0
      for (k, coordinate) in place.enumerated() {
        let t = step * Double(coordinate)
        points.pointer[k * paddedCount + index] = t
        square += t * t
      }
      logDensities.pointer[index] = -0.5 * square
    }
    logVolume = Double(q) * log(step / (2 * Double.pi).squareRoot())
  }
}
