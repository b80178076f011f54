import PlatformEssentials

/// A log density along a line, known at points that are found as they are needed, and between them
/// by cubics.
///
/// The points first go outwards from a start until the log density is `depth` below its peak on
/// either side. Then intervals are halved wherever the polynomial through neighbours misses a point
/// by more than `tolerance` at the peak, and by more in proportion to the root of the density below
/// it. With all points in use, the error between them is about a tenth of that.
struct LogDensityLine {
  /// Ascending.
  private(set) var positions: [Double] = []
  private(set) var values: [Double] = []
  /// The derivatives at the points, of the polynomials through five neighbours.
  private(set) var slopes: [Double] = []
  var peak: Double { values.max() ?? -.infinity }

  /// How far and how closely a line is followed.
  struct Reach {
    /// How far below the peak the line ends.
    let depth: Double
    /// The largest error of a polynomial that leaves a point out, at the peak.
    let tolerance: Double

    /// For densities that are reported: exp(-25) = 1e-11 of the peak, so that small tail
    /// probabilities are right too.
    static let reported = Reach(depth: 25, tolerance: 0.02)
    /// Where each value takes a fit of everything else: exp(-16) = 1e-7 of the peak.
    static let ofFits = Reach(depth: 16, tolerance: 0.05)
    /// For integrals alone: exp(-11) = 2e-5 of the peak.
    static let integral = Reach(depth: 11, tolerance: 0.05)
  }

  private static let maximumPoints = 80
  /// Points so far below the depth are of no use for polynomials.
  private static let deepestFall = 30.0
  /// A line that has no values beyond is complete if it ends at exp(-12) = 6e-6 of its peak.
  private static let leastDepth = 12.0
  private static let maximumSteps = 60
  /// Intervals near the peak are halved if the log density falls by more than this over them.
  private static let largestFall = 3.0
  /// The cells by interval in which cubics are integrated.
  private static let cells = 16

  /// - Parameters:
  ///   - start: a point not too far from the peak.
  ///   - scale: about the SD of the density.
  ///   - evaluate: the log density at a point; nil where there is none, beyond which the line does
  ///     not go.
  /// - Returns: nil if the density has no value at the start, or no peak that could be found.
  init?(start: Double, scale: Double, reach: Reach, evaluate: (Double) -> Double?) {
    guard scale > 0, scale.isFinite, let first = evaluate(start) else { return nil }
    (positions, values) = ([start], [first])
    guard goOutwards(up: true, scale: scale, reach, evaluate),
      goOutwards(up: false, scale: scale, reach, evaluate)
    else { return nil }
    refine(reach, evaluate)
    slopes = positions.indices.map { index in
      Self.slope(through: neighbours(of: index, count: 5), at: positions[index])
    }
    guard slopes.allSatisfy(\.isFinite), values.allSatisfy(\.isFinite) else { return nil }
  }

  /// Adds points at one end until the line is deep enough there.
  private mutating func goOutwards(
    up: Bool, scale: Double, _ reach: Reach, _ evaluate: (Double) -> Double?
  ) -> Bool {
    var step = up ? scale : -scale
    for _ in 0..<Self.maximumSteps {
      let end = up ? positions.count - 1 : 0
      if values[end] < peak - reach.depth { return true }
      let position = positions[end] + step
      guard let value = evaluate(position), value > peak - reach.depth - Self.deepestFall else {
        // Where the density falls off a cliff the line goes on by shorter steps. One that has no
        // values there ends where they do, if that is far enough from the peak.
        step *= 0.5
        if step.magnitude < 1e-3 * scale { return values[end] < peak - Self.leastDepth }
        continue
      }
      let fall = values[end] - value
      insert(position, value)
      if fall > 4 {
        step *= 0.6
      } else if fall < 1.5 {
        step *= 1.6
      }
    }
    return false
  }

  private mutating func insert(_ position: Double, _ value: Double) {
    let index = positions.firstIndex { $0 > position } ?? positions.count
    positions.insert(position, at: index)
    values.insert(value, at: index)
  }

  /// Halves intervals until polynomials hold.
  private mutating func refine(_ reach: Reach, _ evaluate: (Double) -> Double?) {
    while positions.count < Self.maximumPoints {
      var halved = Set<Int>()
      for index in positions.indices {
        let allowed = reach.tolerance * exp(0.5 * (peak - values[index]))
        let others = neighbours(of: index, count: 5).filter { $0.position != positions[index] }
        let error = Self.value(through: others, at: positions[index]) - values[index]
        if !(error.magnitude < allowed) {
          if index > 0 { halved.insert(index - 1) }
          if index < positions.count - 1 { halved.insert(index) }
        }
      }
      for index in positions.indices.dropLast() {
        let (a, b) = (values[index], values[index + 1])
        let top = max(a, b)
        if (a - b).magnitude > Self.largestFall && top > peak - 4 { halved.insert(index) }
      }
      let middles = halved.map { 0.5 * (positions[$0] + positions[$0 + 1]) }
      let found = middles.compactMap { middle in evaluate(middle).map { (middle, $0) } }
      if found.isEmpty { return }
      for (position, value) in found { insert(position, value) }
    }
  }

  private typealias Known = (position: Double, value: Double)

  /// Up to `count` points about one of them.
  private func neighbours(of index: Int, count: Int) -> [Known] {
    let first = max(0, min(index - count / 2, positions.count - count))
    return (first..<min(first + count, positions.count)).map { (positions[$0], values[$0]) }
  }

  /// Lagrange's polynomial through some points.
  private static func value(through points: [Known], at x: Double) -> Double {
    points.indices.reduce(0) { sum, j in
      sum
        + points.indices.reduce(points[j].value) { product, m in
          m == j
            ? product
            : product * (x - points[m].position) / (points[j].position - points[m].position)
        }
    }
  }

  /// Its derivative at one of the points, by barycentric weights w_j = 1 / product of x_j - x_m.
  private static func slope(through points: [Known], at x: Double) -> Double {
    let weights = points.indices.map { j in
      points.indices.reduce(1) { product, m in
        m == j ? product : product / (points[j].position - points[m].position)
      }
    }
    guard let here = points.firstIndex(where: { $0.position == x }) else { return .nan }
    return points.indices.reduce(0) { sum, j in
      guard j != here else { return sum }
      // l_j' (x_h) = w_j / w_h / (x_h - x_j), and all of these add up to 0 with l_h'.
      let slope = weights[j] / weights[here] / (x - points[j].position)
      return sum + slope * (points[j].value - points[here].value)
    }
  }

  /// The log density and its derivative; beyond the ends it goes on as a straight line.
  func value(at x: Double) -> (value: Double, slope: Double) {
    let last = positions.count - 1
    guard x > positions[0] else {
      let slope = max(slopes[0], 0)
      return (values[0] + slope * (x - positions[0]), slope)
    }
    guard x < positions[last] else {
      let slope = min(slopes[last], 0)
      return (values[last] + slope * (x - positions[last]), slope)
    }
    var (low, high) = (0, last)
    while high - low > 1 {
      let middle = (low + high) / 2
      if positions[middle] <= x { low = middle } else { high = middle }
    }
    let width = positions[high] - positions[low]
    let t = (x - positions[low]) / width
    let (a, b) = (values[low], values[high])
    let (slopeA, slopeB) = (width * slopes[low], width * slopes[high])
    let value =
      (1 + 2 * t) * (1 - t) * (1 - t) * a + t * (1 - t) * (1 - t) * slopeA
      + t * t * (3 - 2 * t) * b - t * t * (1 - t) * slopeB
    let slope =
      6 * t * (1 - t) * (b - a) + (1 - t) * (1 - 3 * t) * slopeA + t * (3 * t - 2) * slopeB
    return (value, slope / width)
  }

  /// The density of `origin` + `scale` x, times the exponential of `logVolume`.
  func transformed(origin: Double, scale: Double, logVolume: Double) -> LogDensityLine {
    var copy = self
    copy.positions = positions.map { origin + scale * $0 }
    copy.values = values.map { $0 + logVolume - log(scale) }
    copy.slopes = slopes.map { $0 / scale }
    return copy
  }

  /// The log of the integral of the density.
  var logIntegral: Double {
    let top = peak
    var sum = 0.0
    for index in positions.indices.dropLast() {
      let width = (positions[index + 1] - positions[index]) / Double(Self.cells)
      // Simpson's rule: ends, then 4 and 2 by turns.
      for cell in 0...Self.cells {
        let weight = cell == 0 || cell == Self.cells ? 1.0 : cell % 2 == 1 ? 4 : 2
        let x = positions[index] + Double(cell) * width
        sum += weight / 3 * width * exp(value(at: x).value - top)
      }
    }
    return top + log(sum)
  }
}
