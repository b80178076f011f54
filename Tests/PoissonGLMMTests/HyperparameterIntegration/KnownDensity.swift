import Foundation
import GSLNumerics

@testable import PoissonGLMM

/// For fits that need no workspace.
func noWorkspace() throws(FitError) -> Int { 0 }

/// A density of the hyperparameters in closed form, to hold a lattice against.
struct KnownDensity: Sendable {
  let dimensions: Int
  /// log density with its constant.
  let logDensity: @Sendable ([Double]) -> Double
  var isLogSD: [Bool]?

  /// The mode, and the lattice of the standard rule or another.
  func lattice(
    from start: [Double]? = nil, rule: LatticeRule? = nil, tailDepth: Double = 0,
    threads: Int = 1
  ) throws -> HyperparameterLattice<Void> {
    let mode = try mode(from: start ?? Array(repeating: 0.3, count: dimensions))
    let chart = HyperparameterChart(
      mode: mode.point, curvatures: mode.curvatures, axes: mode.axes, isStretched: isLogSD)
    let logDensity = logDensity
    return try HyperparameterLattice(
      chart, rule: rule ?? .standard(dimensions: dimensions), from: 0,
      tailDepth: tailDepth, threads: threads, makeWorkspace: noWorkspace
    ) { _, phi, start, _ in
      .init(logDensity: logDensity(phi), state: start + 1, content: ())
    }
  }

  func mode(from start: [Double]) throws -> HyperparameterMode<Int> {
    try HyperparameterMode(from: start) { phi, _ in
      .init(
        state: 0, value: logDensity(phi),
        gradient: Differences.gradient(at: phi, of: logDensity))
    }
  }
}

// MARK: Densities

extension KnownDensity {
  /// A triangular matrix: x = M u has coordinates correlated by up to .9.
  static func mixing(_ h: Int) -> DenseMatrix {
    var matrix = DenseMatrix(identity: h)
    for i in 0..<h {
      for j in 0..<i { matrix[i, j] = (i + j) % 3 == 0 ? -0.7 : 0.9 }
    }
    return matrix
  }

  /// phi = M u with independent u of given log densities. M^-1 from the normal equations.
  private static func mixed(
    _ h: Int, _ logDensity: @escaping @Sendable (_ u: Double, _ index: Int) -> Double
  ) -> KnownDensity {
    let matrix = mixing(h)
    let gram = DenseCholesky(matrix.gram())!
    let inverse = gram.inverse().times(matrix.transposed)
    let logJacobian = 0.5 * gram.logDeterminant
    return KnownDensity(dimensions: h) { phi in
      let u = inverse.times(phi)
      return u.indices.reduce(-logJacobian) { $0 + logDensity(u[$1], $1) }
    }
  }

  /// Standard normal u.
  static func normal(_ h: Int) -> KnownDensity {
    mixed(h) { u, _ in -0.5 * u * u - 0.5 * log(2 * Double.pi) }
  }

  /// The shapes of the log-gamma variables: skewness -.34 to -.6 and more.
  static func shape(_ index: Int) -> Double { [2.5, 5, 9, 3, 6, 4][index % 6] }

  /// Log-gamma u, density exp(a u - e^u) / Gamma(a).
  static func logGamma(_ h: Int) -> KnownDensity {
    mixed(h) { u, index in
      shape(index) * u - exp(u) - GammaFunction.logGamma(shape(index))
    }
  }

  /// The marginal of variable a of `logGamma(h)`, from a fine convolution.
  static func logGammaMarginal(_ h: Int, of a: Int) -> TabulatedDensity {
    let matrix = mixing(h)
    return TabulatedDensity(
      sumOf: (0..<h).filter { matrix[a, $0] != 0 }.map { j in
        let (shape, factor) = (Self.shape(j), matrix[a, j])
        return { x in
          let u = x / factor
          return exp(shape * u - exp(u) - GammaFunction.logGamma(shape)) / factor.magnitude
        }
      }, reach: -16...16, step: 0.025)
  }

  /// phi_1 ~ N(0, 1), phi_2 = bend (phi_1^2 - 1) + N(0, width^2), others N(0, 1).
  static func banana(_ h: Int, bend: Double, width: Double) -> KnownDensity {
    KnownDensity(dimensions: h) { phi in
      let rest = (phi[1] - bend * (phi[0] * phi[0] - 1)) / width
      let squares = phi.enumerated().reduce(0) {
        $1.offset == 1 ? $0 : $0 + $1.element * $1.element
      }
      return -0.5 * (squares + rest * rest) - log(width) - 0.5 * Double(h) * log(2 * Double.pi)
    }
  }
}

/// A density on a line, by values at equidistant points.
struct TabulatedDensity {
  let start: Double
  let step: Double
  let values: [Double]

  init(start: Double, step: Double, values: [Double]) {
    (self.start, self.step, self.values) = (start, step, values)
  }

  /// Of a sum of independent variables, one convolution after another.
  init(sumOf densities: [@Sendable (Double) -> Double], reach: ClosedRange<Double>, step: Double) {
    var sum: TabulatedDensity?
    for density in densities {
      let start = reach.lowerBound
      let count = Int((reach.upperBound - start) / step)
      let values = (0...count).map { density(start + step * Double($0)) }
      guard let known = sum else {
        sum = TabulatedDensity(start: start, step: step, values: values)
        continue
      }
      var product = [Double](repeating: 0, count: known.values.count + values.count - 1)
      for (i, a) in known.values.enumerated() where a > 1e-18 {
        for (j, b) in values.enumerated() { product[i + j] += step * a * b }
      }
      sum = TabulatedDensity(start: known.start + start, step: step, values: product)
    }
    self = sum ?? TabulatedDensity(start: 0, step: step, values: [])
  }

  var mean: Double { moment { $0 } }
  var standardDeviation: Double {
    let center = mean
    return moment { ($0 - center) * ($0 - center) }.squareRoot()
  }

  private func moment(_ function: (Double) -> Double) -> Double {
    let total = values.reduce(0, +)
    return values.enumerated().reduce(0) {
      $0 + $1.element / total * function(start + step * Double($1.offset))
    }
  }

  func quantile(_ probability: Double) -> Double {
    let total = values.reduce(0, +)
    // The trapezoid sum up to a point counts half of it.
    var sum = 0.0
    for (index, value) in values.enumerated() {
      let next = sum + 0.5 * value
      if next / total > probability {
        let before = index > 0 ? sum - 0.5 * values[index - 1] : 0
        let share = (probability * total - before) / (next - before)
        return start + step * (Double(index - 1) + share)
      }
      sum += value
    }
    return .nan
  }
}
