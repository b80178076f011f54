/// Polynomials in y, products of Hermite polynomials of single coordinates: near orthogonal where y
/// is near a standard normal, which keeps least squares well conditioned.
///
///     He_0 = 1,  He_1 = y,  He_n+1 = y He_n - n He_n-1,  He_n' = n He_n-1
struct HermiteBasis: Sendable, Equatable {
  let dimensions: Int
  /// The degree in each coordinate, by polynomial.
  let degrees: [[Int]]
  private let largestDegree: Int

  private init(dimensions: Int, degrees: [[Int]]) {
    self.dimensions = dimensions
    self.degrees = degrees
    largestDegree = degrees.joined().max() ?? 0
  }

  /// All polynomials up to a total degree.
  static func complete(dimensions: Int, degree: Int) -> HermiteBasis {
    HermiteBasis(dimensions: dimensions, degrees: products(dimensions, upTo: degree))
  }

  /// All polynomials up to a total degree, and the powers one higher of single coordinates.
  static func powers(dimensions: Int, degree: Int) -> HermiteBasis {
    let powers = (0..<dimensions).map { axis in
      (0..<dimensions).map { $0 == axis ? degree + 1 : 0 }
    }
    return HermiteBasis(
      dimensions: dimensions, degrees: products(dimensions, upTo: degree) + powers)
  }

  private static func products(_ dimensions: Int, upTo degree: Int) -> [[Int]] {
    guard dimensions > 0 else { return [[]] }
    return (0...degree).flatMap { first in
      products(dimensions - 1, upTo: degree - first).map { [first] + $0 }
    }
  }

  var count: Int { degrees.count }

  /// He_n of every coordinate, n = 0 ... the largest degree.
  private func table(_ y: [Double]) -> [[Double]] {
    y.map { value in
      var row = [1, value]
      for n in 1..<max(largestDegree, 1) { row.append(value * row[n] - Double(n) * row[n - 1]) }
      return row
    }
  }

  /// The value of every polynomial.
  func values(_ y: [Double]) -> [Double] {
    let table = table(y)
    return degrees.map { degree in
      degree.indices.reduce(1) { degree[$1] == 0 ? $0 : $0 * table[$1][degree[$1]] }
    }
  }

  /// The gradient of every polynomial, h numbers each.
  func gradients(_ y: [Double]) -> [[Double]] {
    let table = table(y)
    return degrees.map { degree in
      degree.indices.map { axis in
        degree[axis] == 0
          ? 0
          : degree.indices.reduce(Double(degree[axis])) {
            $0 * table[$1][degree[$1] - ($1 == axis ? 1 : 0)]
          }
      }
    }
  }

  /// The gradient and the Hessian of a sum of these polynomials.
  func derivatives(_ y: [Double], coefficients: [Double]) -> (gradient: [Double], hessian: Matrix) {
    let table = table(y)
    let h = dimensions
    var gradient = [Double](repeating: 0, count: h)
    var hessian = Matrix(order: h)
    for (degree, coefficient) in zip(degrees, coefficients) {
      // Only coordinates of which there is a power have a derivative.
      let axes = degree.indices.filter { degree[$0] > 0 }
      /// The product with one or two coordinates differentiated.
      func product(_ first: Int, _ second: Int?) -> Double {
        axes.reduce(coefficient) { value, axis in
          let n = degree[axis]
          switch (axis == first ? 1 : 0) + (axis == second ? 1 : 0) {
          case 0: return value * table[axis][n]
          case 1: return value * Double(n) * table[axis][n - 1]
          default: return n < 2 ? 0 : value * Double(n * (n - 1)) * table[axis][n - 2]
          }
        }
      }
      for a in axes {
        gradient[a] += product(a, nil)
        for b in axes where b <= a {
          let value = product(a, b)
          hessian[a, b] += value
          if b < a { hessian[b, a] += value }
        }
      }
    }
    return (gradient, hessian)
  }

  /// The coefficients of least squares, one list for every column of values.
  /// - Parameters:
  ///   - points: y.
  ///   - values: by point, numbers of one kind after another.
  ///   - weights: of the squares, by point.
  func fit(points: [[Double]], values: [[Double]], weights: [Double]) -> [[Double]] {
    let m = count
    let columns = values.first?.count ?? 0
    let normal = DoubleStorage(count: m * m)
    let sides = (0..<columns).map { _ in DoubleStorage(count: m) }
    for (point, (value, weight)) in zip(points, zip(values, weights)) where weight > 0 {
      let row = self.values(point)
      for i in 0..<m {
        let scaled = weight * row[i]
        let target = normal.pointer + i * m
        for j in 0...i { target[j] += scaled * row[j] }
        for column in 0..<columns { sides[column].pointer[i] += scaled * value[column] }
      }
    }
    // Without enough points some combination is undetermined: it is kept small.
    for i in 0..<m { normal.pointer[i * m + i] *= 1 + 1e-11 }
    SmallCholesky.factor(normal.pointer, order: m)
    return sides.map { side in
      SmallCholesky.solve(normal.pointer, order: m, side.pointer)
      return side.array
    }
  }
}
