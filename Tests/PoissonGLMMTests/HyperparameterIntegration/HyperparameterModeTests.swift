import Foundation
import Testing

@testable import PoissonGLMM

/// The search for the mode.
@Suite struct HyperparameterModeTests {
  /// Near the mode that the oracle finds, in few evaluations, from near and from far.
  @Test(arguments: 1...6, [-1.0, 0.3, 3])
  func agreesWithTheOracle(h: Int, start: Double) throws {
    let density = KnownDensity.logGamma(h)
    let mode = try density.mode(from: Array(repeating: start, count: h))
    let newton = DifferencedNewton<Int> { phi, _ in
      .init(
        state: 0, value: density.logDensity(phi),
        gradient: Differences.gradient(at: phi, of: density.logDensity))
    }
    let exact = try #require(newton.maximize(from: mode.point))
    let missing = exact.evaluation.value - mode.evaluation.value
    #expect(missing > -1e-9 && missing < 5e-3)
    #expect(mode.evaluationCount <= 20 + 10 * h)
    // Curvatures half an SD away are not those at the mode, but near.
    for (own, other) in zip(mode.curvatures.sorted(), exact.curvatures.sorted()) {
      #expect(own / other > 0.6 && own / other < 1.7)
    }
  }

  /// Where a fit fails the step is shortened; where the density is not concave the search goes on.
  @Test func failuresAndConvexityDoNotStopIt() throws {
    // A peak at 1 on a tail that is convex, and no value beyond 1.4.
    func value(_ x: Double) -> Double { -log(1 + 8 * (x - 1) * (x - 1)) }
    let mode = try HyperparameterMode<Int>(from: [-6]) { phi, start in
      guard phi[0] < 1.4 else { return nil }
      let d = phi[0] - 1
      return .init(
        state: (start ?? 0) + 1, value: value(phi[0]), gradient: [-16 * d / (1 + 8 * d * d)])
    }
    #expect((mode.point[0] - 1).magnitude < 0.03)
    #expect(mode.evaluationCount < 40)
    #expect(throws: FitError.self) { try HyperparameterMode<Int>(from: [0]) { _, _ in nil } }
  }

  @Test func eigenvectorsAreThoseOfTheOracle() {
    let matrix = CovarianceStructureTests.secondMoments(5)
    let eigen = SymmetricEigenvectors(matrix)
    var dense = DenseMatrix(rows: 5, columns: 5)
    dense.elements = matrix.elements
    let values = SymmetricEigenvalues(dense).values.sorted()
    for (own, other) in zip(eigen.values.sorted(), values) {
      #expect((own - other).magnitude < 1e-12)
    }
    for (own, other) in zip(eigen.matrix { $0 }.elements, matrix.elements) {
      #expect((own - other).magnitude < 1e-12)
    }
  }

  @Test func polynomialsHaveTheirDerivatives() {
    let basis = HermiteBasis.complete(dimensions: 3, degree: 4)
    #expect(basis.count == 35)
    let coefficients = (0..<basis.count).map { cos(Double($0)) }
    let y = [0.4, -1.2, 0.7]
    func value(_ y: [Double]) -> Double {
      zip(basis.values(y), coefficients).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let (gradient, hessian) = basis.derivatives(y, coefficients: coefficients)
    for (own, other) in zip(gradient, Differences.gradient(at: y, of: value)) {
      #expect((own - other).magnitude < 1e-9)
    }
    for axis in 0..<3 {
      let row = Differences.gradient(at: y) {
        basis.derivatives($0, coefficients: coefficients).gradient[axis]
      }
      for other in 0..<3 { #expect((hessian[axis, other] - row[other]).magnitude < 1e-9) }
    }
  }
}
