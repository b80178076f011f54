import Foundation
import Testing

@testable import PoissonGLMM

/// A log density from values and gradients at a few points.
@Suite struct LogDensitySurfaceTests {
  /// The center, points on the axes and corners, as the few points of a surface lie.
  private func points(
    dimensions h: Int, _ value: ([Double]) -> Double, _ gradient: ([Double]) -> [Double]
  ) -> (points: [LogDensitySurface.Point], heldBack: Range<Int>) {
    var places = [[Double](repeating: 0, count: h)]
    for axis in 0..<h {
      for side in [2.0, -2.0] { places.append((0..<h).map { $0 == axis ? side : 0 }) }
    }
    let first = places.count
    let corner = 2 / Double(h).squareRoot()
    for signs in (0..<(1 << h)) where signs.nonzeroBitCount % 2 == 0 {
      places.append((0..<h).map { signs & (1 << $0) == 0 ? corner : -corner })
    }
    let points = places.map { y in
      LogDensitySurface.Point(
        coordinates: y, value: value(y), gradient: gradient(y),
        weight: exp(-0.5 * y.reduce(0) { $0 + $1 * $1 }))
    }
    return (points, first..<places.count)
  }

  /// A polynomial of third degree is found exactly, and the error says so.
  @Test(arguments: 2...4)
  func cubicsAreExact(h: Int) throws {
    func value(_ y: [Double]) -> Double {
      3 - 0.5 * y.reduce(0) { $0 + $1 * $1 } + 0.1 * y[0] * y[0] * y[1] - 0.2 * y[1] * y[1] * y[1]
    }
    func gradient(_ y: [Double]) -> [Double] {
      var slopes = y.map { -$0 }
      slopes[0] += 0.2 * y[0] * y[1]
      slopes[1] += 0.1 * y[0] * y[0] - 0.6 * y[1] * y[1]
      return slopes
    }
    let (points, heldBack) = points(dimensions: h, value, gradient)
    let surface = try #require(LogDensitySurface(points, heldBack: heldBack))
    let place = (0..<h).map { 1.1 - 0.7 * Double($0) }
    #expect((surface.value(at: place) - value(place)).magnitude < 1e-8)
    #expect(surface.error < 1e-8)
  }

  /// Log-gamma densities along the axes and across: the error at points held back is as large as
  /// the errors within two SDs are, to a factor.
  @Test(arguments: 2...3, [30.0, 300])
  func theErrorIsToldHonestly(h: Int, shape: Double) throws {
    // shape (x - exp(x)) with x = k'y / sqrt(shape), for k along each axis and along the diagonal.
    let directions =
      (0..<h).map { axis in (0..<h).map { $0 == axis ? 0.8 : 0.0 } }
      + [[Double](repeating: 0.6 / Double(h).squareRoot(), count: h)]
    func exponent(_ k: [Double], _ y: [Double]) -> Double {
      zip(k, y).reduce(0) { $0 + $1.0 * $1.1 } / shape.squareRoot()
    }
    func value(_ y: [Double]) -> Double {
      directions.reduce(0) { sum, k in
        let x = exponent(k, y)
        return sum + shape * (x - exp(x))
      }
    }
    func gradient(_ y: [Double]) -> [Double] {
      (0..<h).map { axis in
        directions.reduce(0) {
          $0 + shape.squareRoot() * $1[axis] * (1 - exp(exponent($1, y)))
        }
      }
    }
    let (points, heldBack) = points(dimensions: h, value, gradient)
    let surface = try #require(LogDensitySurface(points, heldBack: heldBack))
    var largest = 0.0
    for step in 0..<64 {
      let y = (0..<h).map { 2 / Double(h).squareRoot() * cos(Double(step * (2 * $0 + 1)) + 0.3) }
      largest = max(largest, (surface.value(at: y) - value(y)).magnitude)
    }
    #expect(largest < 4 * surface.error)
    // .006 is what a fit accepts.
    #expect(surface.error < (shape == 30 ? 0.05 : 0.006))
  }
}
