import PlatformEssentials

/// A log density of the hyperparameters as a polynomial in the coordinates y, through its values
/// and gradients at a few points, by least squares that weigh a point with the root of its mass.
struct LogDensitySurface: Sendable {
  /// A point where the log density is known.
  struct Point: Sendable {
    let coordinates: [Double]
    let value: Double
    /// The derivatives by y.
    let gradient: [Double]
    /// The mass, relative to that of the heaviest point.
    let weight: Double
  }

  private let basis: HermiteBasis
  private let coefficients: [Double]
  /// The polynomial is relative to this value.
  private let reference: Double
  /// The root mean square error at the points held back one at a time, weighted with their mass.
  let error: Double

  /// - Parameter heldBack: those that are held, one at a time, against the polynomial through all
  ///   others.
  init?(_ points: [Point], heldBack: Range<Int>) {
    guard let first = points.first, !heldBack.isEmpty else { return nil }
    let h = first.coordinates.count
    let reference = points.map(\.value).max() ?? 0
    var best: (basis: HermiteBasis, error: Double)?
    for basis in Self.bases(dimensions: h, numbers: (points.count - 1) * (h + 1)) {
      let error = Self.error(basis, points, heldBack: heldBack, reference: reference)
      if error < best?.error ?? .infinity { best = (basis, error) }
    }
    guard let best else { return nil }
    (basis, error) = best
    coefficients = Self.fit(best.basis, points, reference: reference)
    self.reference = reference
  }

  /// The third degree with the fourth powers; all of the fourth, where that leaves a tenth of the
  /// numbers over; the fifth, where it leaves half.
  private static func bases(dimensions h: Int, numbers: Int) -> [HermiteBasis] {
    let fourth = HermiteBasis.complete(dimensions: h, degree: 4)
    let fifth = HermiteBasis.complete(dimensions: h, degree: 5)
    return [.powers(dimensions: h, degree: 3)]
      + (11 * fourth.count <= 10 * numbers ? [fourth] : [])
      + (2 * fifth.count <= numbers ? [fifth] : [])
  }

  /// The root mean square error at points held back one at a time.
  private static func error(
    _ basis: HermiteBasis, _ points: [Point], heldBack: Range<Int>, reference: Double
  ) -> Double {
    var (squares, mass) = (0.0, 0.0)
    for place in heldBack {
      var others = points
      let point = others.remove(at: place)
      let coefficients = fit(basis, others, reference: reference)
      let error = point.value - reference - product(basis.values(point.coordinates), coefficients)
      squares += point.weight * error * error
      mass += point.weight
    }
    return (squares / mass).squareRoot()
  }

  /// The log density at y. Beyond `reach`, where no point tells and a polynomial may rise again, it
  /// goes on along the ray from the center with the slope that it has there and the curvature of a
  /// standard normal density.
  func value(at y: [Double]) -> Double {
    let length = y.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let reach = Self.reach(dimensions: y.count)
    guard length > reach else { return reference + Self.product(basis.values(y), coefficients) }
    let edge = y.map { $0 * reach / length }
    let beyond = length - reach
    return reference + Self.product(basis.values(edge), coefficients)
      + beyond * (min(slope(at: edge), 0) - 0.5 * beyond)
  }

  /// The derivative along the ray from the center.
  private func slope(at y: [Double]) -> Double {
    let length = y.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let gradients = basis.gradients(y)
    return y.indices.reduce(0) { sum, axis in
      sum + y[axis] / length * Self.product(gradients.map { $0[axis] }, coefficients)
    }
  }

  /// Whether the polynomial falls along the axes and the diagonals as far as it is asked, at least
  /// a third as steeply as a standard normal density: where it does not, no point tells of the
  /// sides.
  var fallsOutwards: Bool {
    let h = basis.dimensions
    let reach = Self.reach(dimensions: h)
    let axes = HyperparameterChart.axisPoints(dimensions: h, distance: 1)
    let diagonals = (0..<(1 << h)).map { corner in
      (0..<h).map { (corner & (1 << $0) == 0 ? 1 : -1) / Double(h).squareRoot() }
    }
    return (axes + diagonals).allSatisfy { direction in
      [0.5, 0.75, 1].allSatisfy { share in
        slope(at: direction.map { $0 * share * reach }) < -share * reach / 3
      }
    }
  }

  /// The distance in y up to which the polynomial is asked: three beyond the posterior's usual one.
  static func reach(dimensions: Int) -> Double { 3 + Double(dimensions).squareRoot() }

  private static func fit(
    _ basis: HermiteBasis, _ points: [Point], reference: Double
  ) -> [Double] {
    let m = basis.count
    let normal = DoubleStorage(count: m * m)
    let side = DoubleStorage(count: m)
    func add(_ row: [Double], _ value: Double, weight: Double) {
      for i in 0..<m where row[i] != 0 {
        let scaled = weight * row[i]
        side.pointer[i] += scaled * value
        let target = normal.pointer + i * m
        for j in 0...i { target[j] += scaled * row[j] }
      }
    }
    for point in points {
      let weight = point.weight.squareRoot()
      add(basis.values(point.coordinates), point.value - reference, weight: weight)
      let gradients = basis.gradients(point.coordinates)
      for axis in point.gradient.indices {
        add(gradients.map { $0[axis] }, point.gradient[axis], weight: weight)
      }
    }
    // Without enough points some combination is undetermined: it is kept small.
    for i in 0..<m { normal.pointer[i * m + i] *= 1 + 1e-11 }
    SmallCholesky.factor(normal.pointer, order: m)
    SmallCholesky.solve(normal.pointer, order: m, side.pointer)
    return side.array
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
