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
  /// P(X <= boundary); the mass below the first and above the last boundary is in the tails.
  private let cumulative: [Double]
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
    var cumulative: [Double] = []
    var sum = lowerSlope > 0 ? exp(logDensities[0]) / lowerSlope : 0
    cumulative.append(sum)
    for cell in logDensities.indices.dropLast() {
      sum += Self.mass(from: logDensities[cell], to: logDensities[cell + 1], width: cellWidth)
      cumulative.append(sum)
    }
    let last = logDensities[logDensities.count - 1]
    let normalizer = sum + (upperSlope > 0 ? exp(last) / upperSlope : 0)
    self.cumulative = cumulative.map { $0 / normalizer }
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
    let position = (x - first) / cellWidth
    let last = logDensities.count - 1
    if position <= 0 { return cumulative[0] * exp(lowerSlope * (x - first)) }
    if position >= Double(last) {
      let end = first + Double(last) * cellWidth
      return 1 - (1 - cumulative[last]) * exp(-upperSlope * (x - end))
    }
    let cell = Int(position)
    let share = position - Double(cell)
    let (a, b) = (logDensities[cell], logDensities[cell + 1])
    let part =
      Self.mass(from: a, to: a + share * (b - a), width: share * cellWidth)
      / Self.mass(from: a, to: b, width: cellWidth)
    return cumulative[cell] + part * (cumulative[cell + 1] - cumulative[cell])
  }

  /// The x with P(X <= x) = `probability`, between 0 and 1.
  func quantile(_ probability: Double) -> Double {
    guard probability > 0 else { return probability == 0 ? -.infinity : .nan }
    guard probability < 1 else { return probability == 1 ? .infinity : .nan }
    let last = logDensities.count - 1
    if probability <= cumulative[0] {
      return first + log(probability / cumulative[0]) / lowerSlope
    }
    if probability >= cumulative[last] {
      let end = first + Double(last) * cellWidth
      return end - log((1 - probability) / (1 - cumulative[last])) / upperSlope
    }
    var (low, high) = (0, last)
    while high - low > 1 {
      let middle = (low + high) / 2
      if cumulative[middle] <= probability { low = middle } else { high = middle }
    }
    let share = (probability - cumulative[low]) / (cumulative[high] - cumulative[low])
    let rise = logDensities[high] - logDensities[low]
    // The inverse of `mass` within the cell.
    let position = rise.magnitude < 1e-6 ? share : log1p(share * expm1(rise)) / rise
    return first + (Double(low) + position) * cellWidth
  }
}
