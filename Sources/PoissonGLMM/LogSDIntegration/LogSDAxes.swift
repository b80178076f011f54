/// Coordinates z = L'(s - center) of the log SDs s, in which their posterior is near N(mode, I): L
/// L' is its precision.
struct LogSDAxes {
  var center: [Double]
  /// L, of which the lower triangle is used.
  private let factor: DoubleStorage
  /// log |L L'|
  let logDeterminant: Double

  /// - Parameter precision: K x K.
  /// - Returns: nil if the precision is not positive definite.
  init?(center: [Double], precision: Matrix) {
    self.center = center
    factor = DoubleStorage(precision.elements)
    logDeterminant = SmallCholesky.factor(factor.pointer, order: center.count)
    guard logDeterminant.isFinite else { return nil }
  }

  private func entry(_ k: Int, _ l: Int) -> Double { factor.pointer[k * center.count + l] }

  /// s = center + L^-T z
  func position(_ z: [Double]) -> [Double] {
    let count = z.count
    var offset = z
    for k in stride(from: count - 1, through: 0, by: -1) {
      for l in (k + 1)..<max(count, k + 1) { offset[k] -= entry(l, k) * offset[l] }
      offset[k] /= entry(k, k)
    }
    return zip(center, offset).map { $0 + $1 }
  }

  /// z = L'(s - center)
  func coordinates(of logSDs: [Double]) -> [Double] {
    let count = logSDs.count
    return (0..<count).map { k in
      (k..<count).reduce(0) { $0 + entry($1, k) * (logSDs[$1] - center[$1]) }
    }
  }

  /// The slopes in z of a function with this gradient in s: L^-1 times it.
  func slopes(inverting gradient: [Double]) -> [Double] {
    var slopes = gradient
    for k in slopes.indices {
      for l in 0..<k { slopes[k] -= entry(k, l) * slopes[l] }
      slopes[k] /= entry(k, k)
    }
    return slopes
  }

  /// The gradient in s of a function with these slopes in z: L times them.
  func gradient(_ slopes: [Double]) -> [Double] {
    slopes.indices.map { k in (0...k).reduce(0) { $0 + entry(k, $1) * slopes[$1] } }
  }
}
