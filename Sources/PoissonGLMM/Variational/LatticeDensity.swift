import Foundation

/// A smooth density known, with its slope, at equidistant points.
///
/// Moments are sums over the points: for a density as smooth as a Gaussian whose SD is the distance of the points, the
/// trapezoidal rule is exact to 1e-8. Between points the log density is the cubic with the known values and slopes
/// (Hermite), beyond the ends it goes on as a straight line, so that tails are exponential.
struct LatticeDensity: Sendable, Equatable {
  let mean: Double
  let standardDeviation: Double

  private static let cellsPerStep = 32
  private let first: Double
  private let cellWidth: Double
  /// Log density, up to a constant, at every cell boundary.
  private let logDensities: [Double]
  /// P(X <= boundary) and P(X > boundary), each summed from its own end so that small ones keep their digits; the mass below
  /// the first and above the last boundary is in the tails.
  private let cumulative: [Double]
  private let upperTail: [Double]
  private let lowerSlope: Double
  private let upperSlope: Double

  /// - Parameters:
  ///   - logDensities: up to a constant, at `origin`, `origin + step`, ...: one or more.
  ///   - slopes: their derivatives.
  init(origin: Double, step: Double, logDensities values: [Double], slopes: [Double]) {
    let peak = values.max() ?? 0
    let masses = values.map { exp($0 - peak) }
    let total = masses.reduce(0, +)
    func moment(_ f: (Double) -> Double) -> Double {
      masses.indices.reduce(0) { $0 + masses[$1] * f(origin + Double($1) * step) } / total
    }
    let mean = moment { $0 }
    self.mean = mean
    standardDeviation = moment { ($0 - mean) * ($0 - mean) }.squareRoot()

    first = origin
    cellWidth = step / Double(Self.cellsPerStep)
    var logDensities = [(values.first ?? 0) - peak]
    for index in values.indices.dropLast() {
      for cell in 1...Self.cellsPerStep {
        let t = Double(cell) / Double(Self.cellsPerStep)
        let (a, b) = (values[index] - peak, values[index + 1] - peak)
        let (slopeA, slopeB) = (step * slopes[index], step * slopes[index + 1])
        let value =
          (1 + 2 * t) * (1 - t) * (1 - t) * a + t * (1 - t) * (1 - t) * slopeA
          + t * t * (3 - 2 * t) * b - t * t * (1 - t) * slopeB
        logDensities.append(value)
      }
    }
    self.logDensities = logDensities
    lowerSlope = max(slopes.first ?? 0, 0)
    upperSlope = max(-(slopes.last ?? 0), 0)
    let width = cellWidth
    let cells = zip(logDensities, logDensities.dropFirst()).map {
      Self.mass(from: $0, to: $1, width: width)
    }
    var cumulative = [lowerSlope > 0 ? exp(logDensities[0]) / lowerSlope : 0]
    for mass in cells { cumulative.append(cumulative[cumulative.count - 1] + mass) }
    let last = logDensities[logDensities.count - 1]
    var upperTail = [upperSlope > 0 ? exp(last) / upperSlope : 0]
    for mass in cells.reversed() { upperTail.append(upperTail[upperTail.count - 1] + mass) }
    let normalizer = cumulative[cumulative.count - 1] + upperTail[0]
    self.cumulative = cumulative.map { $0 / normalizer }
    self.upperTail = upperTail.reversed().map { $0 / normalizer }
  }

  /// The integral over a cell in which the log density is a straight line.
  private static func mass(from a: Double, to b: Double, width: Double) -> Double {
    let rise = b - a
    if rise.magnitude < 1e-6 { return width * exp(a) * (1 + rise / 2) }
    return width * exp(a) * expm1(rise) / rise
  }

  /// The points of the lattice with their masses, which add up to 1: moments are sums over them.
  var points: [(position: Double, mass: Double)] {
    let cells = Array(stride(from: 0, to: logDensities.count, by: Self.cellsPerStep))
    let masses = cells.map { exp(logDensities[$0]) }
    let total = masses.reduce(0, +)
    return zip(cells, masses).map { (first + Double($0) * cellWidth, $1 / total) }
  }

  /// P(X <= x)
  func cumulativeProbability(at x: Double) -> Double {
    if x.isNaN { return .nan }
    if x < first { return cumulative[0] * exp(lowerSlope * (x - first)) }
    if x > end { return 1 - upperTailProbability(at: x) }
    guard cumulative.count > 1 else { return cumulative[0] }
    let (cell, part) = share(below: x)
    return cumulative[cell] + part * (cumulative[cell + 1] - cumulative[cell])
  }

  /// P(X > x), precise however small.
  func upperTailProbability(at x: Double) -> Double {
    if x.isNaN { return .nan }
    if x < first { return 1 - cumulativeProbability(at: x) }
    if x > end { return upperTail[upperTail.count - 1] * exp(-upperSlope * (x - end)) }
    guard upperTail.count > 1 else { return upperTail[0] }
    let (cell, part) = share(below: x)
    return upperTail[cell] - part * (upperTail[cell] - upperTail[cell + 1])
  }

  /// The x with P(X <= x) = `probability`, between 0 and 1.
  func quantile(_ probability: Double) -> Double {
    guard probability > 0 else { return probability == 0 ? -.infinity : .nan }
    guard probability < 1 else { return probability == 1 ? .infinity : .nan }
    if probability <= cumulative[0] {
      return first + log(probability / cumulative[0]) / lowerSlope
    }
    if probability >= cumulative[cumulative.count - 1] {
      return end - log((1 - probability) / upperTail[upperTail.count - 1]) / upperSlope
    }
    guard cumulative.count > 1 else { return first }
    let cell = Self.cell(of: cumulative.count) { cumulative[$0] <= probability }
    return position(
      in: cell,
      share: (probability - cumulative[cell]) / (cumulative[cell + 1] - cumulative[cell]))
  }

  /// The x with P(X > x) = `probability`, between 0 and 1.
  func upperTailQuantile(_ probability: Double) -> Double {
    guard probability > 0, probability < 0.5 else { return quantile(1 - probability) }
    let beyond = upperTail[upperTail.count - 1]
    if probability <= beyond { return end - log(probability / beyond) / upperSlope }
    guard upperTail.count > 1 else { return first }
    let cell = Self.cell(of: upperTail.count) { upperTail[$0] >= probability }
    return position(
      in: cell,
      share: (upperTail[cell] - probability) / (upperTail[cell] - upperTail[cell + 1]))
  }

  /// The last boundary.
  private var end: Double { first + Double(logDensities.count - 1) * cellWidth }

  /// The cell of x, between the first and the last boundary, and the share of its mass below x.
  private func share(below x: Double) -> (cell: Int, share: Double) {
    let last = logDensities.count - 1
    let position = (x - first) / cellWidth
    guard last > 0, position.isFinite else { return (0, 0) }
    let cell = min(max(Int(position), 0), last - 1)
    let part = min(max(position - Double(cell), 0), 1)
    let (a, b) = (logDensities[cell], logDensities[cell + 1])
    return (
      cell,
      Self.mass(from: a, to: a + part * (b - a), width: part * cellWidth)
        / Self.mass(from: a, to: b, width: cellWidth)
    )
  }

  /// The last of `count` boundaries but one that is not beyond a point, by bisection.
  private static func cell(of count: Int, isBelow: (Int) -> Bool) -> Int {
    var (low, high) = (0, count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if isBelow(middle) { low = middle } else { high = middle }
    }
    return low
  }

  /// Where in a cell the given share of its mass lies below: the inverse of `mass`.
  private func position(in cell: Int, share: Double) -> Double {
    let rise = logDensities[cell + 1] - logDensities[cell]
    let position = rise.magnitude < 1e-6 ? share : log1p(share * expm1(rise)) / rise
    return first + (Double(cell) + position) * cellWidth
  }
}
