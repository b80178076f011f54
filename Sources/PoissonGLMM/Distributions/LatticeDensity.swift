import PlatformEssentials

/// A smooth density known, with its slope, at points of a line.
///
/// Moments are sums over the points, each with the length that it stands for: for equidistant
/// points and a density as smooth as a Gaussian whose SD is their distance, this trapezoidal rule
/// is exact to 1e-8. Between points the log density is the cubic with the known values and slopes
/// (Hermite), beyond the ends it goes on as a straight line, so that tails are exponential.
struct LatticeDensity: MarginalDistribution {
  let mean: Double
  let standardDeviation: Double
  /// The points with their masses, which add up to 1.
  let points: [Point]

  struct Point: Sendable, Equatable {
    let position: Double
    let mass: Double
  }

  private static let cellsPerStep = 32
  /// The largest rise of a cubic above both its ends. For a Gaussian and points an SD apart it is
  /// 1/8 at most; a larger rise comes from slopes that are not those of the density.
  private static let largestRise = 0.5
  /// The ends of the cells.
  private let boundaries: [Double]
  /// Log density, up to a constant, at every cell boundary.
  private let logDensities: [Double]
  /// P(X <= boundary) and P(X > boundary), each summed from its own end so that small ones keep
  /// their digits; the mass below the first and above the last boundary is in the tails.
  private let cumulative: [Double]
  private let upperTail: [Double]
  private let lowerSlope: Double
  private let upperSlope: Double

  /// - Parameters:
  ///   - positions: of the points, ascending: one or more.
  ///   - widths: the length that each stands for.
  ///   - logDensities: at the points, up to a constant.
  ///   - slopes: their derivatives.
  init(
    positions: [Double], widths: [Double], logDensities values: [Double], slopes: [Double]
  ) {
    let peak = values.max() ?? 0
    let densities = zip(values, widths).map { exp($0 - peak) * $1 }
    let total = densities.reduce(0, +)
    let points = zip(positions, densities).map { Point(position: $0, mass: $1 / total) }
    let mean = points.reduce(0) { $0 + $1.mass * $1.position }
    self.points = points
    self.mean = mean
    standardDeviation = points.reduce(0) {
      $0 + $1.mass * ($1.position - mean) * ($1.position - mean)
    }.squareRoot()

    let heights = values.map { $0 - peak }
    let curve = Self.curve(positions, heights, slopes)
    (boundaries, logDensities) = (curve.positions, curve.heights)
    lowerSlope = max(slopes.first ?? 0, 0)
    upperSlope = max(-(slopes.last ?? 0), 0)
    let cells = Self.masses(curve)
    var cumulative = [lowerSlope > 0 ? exp(logDensities[0]) / lowerSlope : 0]
    for mass in cells { cumulative.append(cumulative[cumulative.count - 1] + mass) }
    let last = logDensities[logDensities.count - 1]
    var upperTail = [upperSlope > 0 ? exp(last) / upperSlope : 0]
    for mass in cells.reversed() { upperTail.append(upperTail[upperTail.count - 1] + mass) }
    let normalizer = cumulative[cumulative.count - 1] + upperTail[0]
    self.cumulative = cumulative.map { $0 / normalizer }
    self.upperTail = upperTail.reversed().map { $0 / normalizer }
  }

  private typealias Curve = (positions: [Double], heights: [Double])

  /// The cubics between points, at the ends of the cells.
  private static func curve(
    _ positions: [Double], _ heights: [Double], _ slopes: [Double]
  ) -> Curve {
    var curve: Curve = (Array(positions.prefix(1)), Array(heights.prefix(1)))
    for index in heights.indices.dropLast() {
      let step = positions[index + 1] - positions[index]
      let (a, b) = (heights[index], heights[index + 1])
      var values = cubic(from: a, to: b, slopes: (step * slopes[index], step * slopes[index + 1]))
      if !((values.max() ?? a) < max(a, b) + largestRise) {
        // The log density is a straight line there.
        values = cubic(from: a, to: b, slopes: (b - a, b - a))
      }
      curve.heights += values
      for cell in 1..<cellsPerStep {
        curve.positions.append(positions[index] + Double(cell) / Double(cellsPerStep) * step)
      }
      curve.positions.append(positions[index + 1])
    }
    return curve
  }

  /// Hermite's cubic over one step, at the ends of its cells but for the first.
  private static func cubic(
    from a: Double, to b: Double, slopes: (Double, Double)
  ) -> [Double] {
    (1...cellsPerStep).map { cell in
      let t = Double(cell) / Double(cellsPerStep)
      return (1 + 2 * t) * (1 - t) * (1 - t) * a + t * (1 - t) * (1 - t) * slopes.0
        + t * t * (3 - 2 * t) * b - t * t * (1 - t) * slopes.1
    }
  }

  private static func masses(_ curve: Curve) -> [Double] {
    curve.positions.indices.dropLast().map {
      mass(
        from: curve.heights[$0], to: curve.heights[$0 + 1],
        width: curve.positions[$0 + 1] - curve.positions[$0])
    }
  }

  /// The integral over a cell in which the log density is a straight line.
  private static func mass(from a: Double, to b: Double, width: Double) -> Double {
    let rise = b - a
    if rise.magnitude < 1e-6 { return width * exp(a) * (1 + rise / 2) }
    return width * exp(a) * expm1(rise) / rise
  }

  var normals: [(weight: Double, mean: Double, variance: Double)] {
    points.map { ($0.mass, $0.position, 0) }
  }

  /// P(X <= x)
  func cumulativeProbability(at x: Double) -> Double {
    if x.isNaN { return .nan }
    if x < start { return cumulative[0] * exp(lowerSlope * (x - start)) }
    if x > end { return 1 - upperTailProbability(at: x) }
    guard cumulative.count > 1 else { return cumulative[0] }
    let (cell, part) = share(below: x)
    return cumulative[cell] + part * (cumulative[cell + 1] - cumulative[cell])
  }

  /// P(X > x), precise however small.
  func upperTailProbability(at x: Double) -> Double {
    if x.isNaN { return .nan }
    if x < start { return 1 - cumulativeProbability(at: x) }
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
      return start + log(probability / cumulative[0]) / lowerSlope
    }
    if probability >= cumulative[cumulative.count - 1] {
      return end - log((1 - probability) / upperTail[upperTail.count - 1]) / upperSlope
    }
    guard cumulative.count > 1 else { return start }
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
    guard upperTail.count > 1 else { return start }
    let cell = Self.cell(of: upperTail.count) { upperTail[$0] >= probability }
    return position(
      in: cell,
      share: (upperTail[cell] - probability) / (upperTail[cell] - upperTail[cell + 1]))
  }

  private var start: Double { boundaries[0] }
  private var end: Double { boundaries[boundaries.count - 1] }

  /// The cell of x, between the first and the last boundary, and the share of its mass below x.
  private func share(below x: Double) -> (cell: Int, share: Double) {
    guard boundaries.count > 1, x.isFinite else { return (0, 0) }
    let cell = Self.cell(of: boundaries.count) { boundaries[$0] <= x }
    let width = boundaries[cell + 1] - boundaries[cell]
    let part = min(max((x - boundaries[cell]) / width, 0), 1)
    let (a, b) = (logDensities[cell], logDensities[cell + 1])
    return (
      cell,
      Self.mass(from: a, to: a + part * (b - a), width: part * width)
        / Self.mass(from: a, to: b, width: width)
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
    return boundaries[cell] + position * (boundaries[cell + 1] - boundaries[cell])
  }
}
