import GSLNumerics
import PlatformEssentials

/// The points of a rule for standard normal t of q dimensions: lines of points along the last
/// coordinate. Gauss-Hermite rules serve where the rest of the integrand is near a polynomial, and
/// the trapezoid rule within a ball wherever it is not.
struct OwnEffectGrid {
  /// q.
  let order: Int
  /// The number of points of a line: whole vectors of eight.
  let width: Int
  /// t of the points of a line, which has as many places in the other coordinates.
  let coordinates: DoubleStorage
  let lineCount: Int
  /// The places of the lines in the first q - 1 coordinates, line by line.
  let lines: IndexStorage
  /// -|t|^2 / 2, or the log weight of a point; very low where there is no point.
  let logDensities: DoubleStorage
  /// log of (step / sqrt(2 pi))^q; 0 where points have weights.
  let logVolume: Double

  /// The distance of points in SDs. The rule's error is the integrand's Fourier transform at 2 pi /
  /// step: for a normal density 4e-16, for a log-gamma density of shape 1 1e-6.
  private static let step = 0.75
  /// A normal density has 3e-7 of its mass beyond the first.
  static let radii = [5.5, 6, 7.5, 9.75, 12, 15]

  static var largestWidth: Int { width(radius: radii.last ?? 0) }

  static func largestCount(order: Int) -> Int {
    (0..<order).reduce(1) { product, _ in product * largestWidth }
  }

  private static func width(radius: Double) -> Int {
    (2 * Int(radius / step) + 1 + 7) / 8 * 8
  }

  /// The number of points with those that fill up the lines.
  var count: Int { lineCount * width }

  /// The trapezoid rule within a ball.
  init(radius: Double, order q: Int) {
    let side = Int(radius / Self.step)
    let values = (-side...side).map { Self.step * Double($0) }
    func square(_ place: [Int]) -> Double { place.reduce(0) { $0 + values[$1] * values[$1] } }
    self.init(
      values: values, width: Self.width(radius: radius), order: q,
      logVolume: Double(q) * log(Self.step / (2 * Double.pi).squareRoot())
    ) { place in
      let length = square(place)
      return length <= radius * radius ? -0.5 * length : nil
    }
  }

  /// The product of Gauss-Hermite rules.
  /// - Parameter points: of one coordinate, a multiple of eight.
  init(hermite points: Int, order q: Int) {
    guard let rule = try? GaussHermiteRule(points: points) else {
      preconditionFailure("a rule of so few points exists")
    }
    let total = rule.weights.reduce(0, +)
    let logWeights = rule.weights.map { log($0 / total) }
    self.init(
      values: rule.nodes.map { 2.0.squareRoot() * $0 }, width: points, order: q, logVolume: 0
    ) { place in place.reduce(0) { $0 + logWeights[$1] } }
  }

  /// - Parameters:
  ///   - values: the places of one coordinate.
  ///   - logDensity: of a point, by its places; nil where there is none. A line that has none in
  ///     the middle of the last coordinate has none at all.
  private init(
    values: [Double], width: Int, order q: Int, logVolume: Double,
    logDensity: ([Int]) -> Double?
  ) {
    order = q
    self.width = width
    self.logVolume = logVolume
    coordinates = DoubleStorage(values + [Double](repeating: 0, count: width - values.count))
    var lines: [[Int]] = [[]]
    for _ in 1..<q { lines = lines.flatMap { head in values.indices.map { head + [$0] } } }
    lines = lines.filter { logDensity($0 + [values.count / 2]) != nil }
    lineCount = lines.count
    self.lines = IndexStorage(lines.joined().map(Int32.init))
    logDensities = DoubleStorage(count: lines.count * width)
    logDensities.fill(with: -600)
    for (index, place) in lines.enumerated() {
      for last in values.indices {
        guard let value = logDensity(place + [last]) else { continue }
        logDensities.pointer[index * width + last] = value
      }
    }
  }
}
