import PlatformEssentials

/// The points of a trapezoid rule for standard normal t of q dimensions, within a ball: lines of
/// points along the last coordinate.
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
    order = q
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
