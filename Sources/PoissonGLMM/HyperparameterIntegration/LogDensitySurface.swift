import Foundation

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
  /// The root mean square error at the points held back, weighted with their mass.
  let error: Double

  /// - Parameters:
  ///   - fitted: these alone give the polynomial that is held against the others.
  init?(fitted: [Point], heldBack: [Point]) {
    guard let first = fitted.first, !heldBack.isEmpty else { return nil }
    let h = first.coordinates.count
    // The highest degree for which there are half as many coefficients as numbers.
    var basis = HermiteBasis.complete(dimensions: h, degree: 2)
    for degree in 3...5 {
      let next = HermiteBasis.complete(dimensions: h, degree: degree)
      if 2 * next.count > fitted.count * (h + 1) { break }
      basis = next
    }
    let reference = fitted.map(\.value).max() ?? 0
    let chosen = basis
    let trial = Self.fit(chosen, fitted, reference: reference)
    let mass = heldBack.reduce(0) { $0 + $1.weight }
    let squares = heldBack.reduce(0) { sum, point in
      let error =
        point.value - reference - Self.product(chosen.values(point.coordinates), trial)
      return sum + point.weight * error * error
    }
    error = (squares / mass).squareRoot()
    coefficients = Self.fit(chosen, fitted + heldBack, reference: reference)
    (self.basis, self.reference) = (chosen, reference)
  }

  /// The log density at y.
  func value(at y: [Double]) -> Double {
    reference + Self.product(basis.values(y), coefficients)
  }

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
