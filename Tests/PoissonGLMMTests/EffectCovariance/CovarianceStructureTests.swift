import Foundation
import Testing

@testable import PoissonGLMM

/// Sigma as a function of its hyperparameters, beside the oracle's.
@Suite struct CovarianceStructureTests {
  /// Hyperparameters of about one, different for every place.
  static func phi(_ count: Int, size: Double = 0.9) -> [Double] {
    (0..<count).map { size * sin(2.3 * Double($0) + 0.4) }
  }

  /// A symmetric positive definite matrix.
  static func secondMoments(_ order: Int) -> Matrix {
    var matrix = Matrix(order: order)
    for i in 0..<order {
      for j in 0..<order { matrix[i, j] = cos(1.7 * Double(i + j)) + (i == j ? 5 : 0) }
    }
    return matrix
  }

  @Test func hyperparametersAreCountedSetBySet() {
    let structure = CovarianceStructure(setSizes: [1, 3])
    #expect(structure.sets == [0..<1, 1..<4])
    #expect(structure.termCount == 4)
    #expect(structure.hyperparameterCount == 7)
    #expect(
      structure.hyperparameters == [
        .logSD(term: 0), .logSD(term: 1), .logSD(term: 2), .logSD(term: 3),
        .partialCorrelation(2, 1), .partialCorrelation(3, 1), .partialCorrelation(3, 2),
      ])
    let sds = structure.standardDeviations(at: [0, 1, 2, 3, 9, 9, 9])
    #expect(sds == [1, exp(1), exp(2), exp(3)])
  }

  /// Each set is a block of its own in the oracle.
  @Test(arguments: [[1], [2], [3], [4], [5], [1, 1], [2, 1], [1, 3, 2]])
  func agreesWithTheOracle(setSizes: [Int]) {
    let structure = CovarianceStructure(setSizes: setSizes)
    let phi = Self.phi(structure.hyperparameterCount)
    let precision = structure.precision(at: phi)
    var logDeterminant = 0.0
    for (set, (range, correlation)) in zip(
      structure.sets, zip(structure.hyperparameterRanges, structure.correlations(at: phi)))
    {
      let oracle = DenseBlockCovariance(phi[range], terms: set.count)
      logDeterminant += oracle.logDeterminant
      let expected = oracle.precision
      for a in 0..<structure.termCount {
        for b in set {
          let value = set.contains(a) ? expected[a - set.lowerBound, b - set.lowerBound] : 0
          #expect((precision[a, b] - value).magnitude < 1e-11 * (1 + value.magnitude))
        }
      }
      for (own, other) in zip(correlation.elements, oracle.correlation.elements) {
        #expect((own - other).magnitude < 1e-14)
      }
    }
    #expect((structure.logDeterminant(at: phi) - logDeterminant).magnitude < 1e-12)
  }

  @Test(arguments: [[1], [2], [3], [4], [1, 1], [1, 3, 2]])
  func gradientsAreThoseOfDifferences(setSizes: [Int]) {
    let structure = CovarianceStructure(setSizes: setSizes)
    let phi = Self.phi(structure.hyperparameterCount)
    let moments = Self.secondMoments(structure.termCount)
    let gradient = structure.gradient(at: phi, levels: 7, secondMoments: moments)
    let expected = Differences.gradient(at: phi) { phi in
      let precision = structure.precision(at: phi)
      let trace = zip(precision.elements, moments.elements).reduce(0) { $0 + $1.0 * $1.1 }
      return -3.5 * structure.logDeterminant(at: phi) - 0.5 * trace
    }
    for (own, other) in zip(gradient, expected) {
      #expect((own - other).magnitude < 1e-8 * (1 + other.magnitude))
    }
    // A prior of each kind.
    let logSDs = (0..<structure.termCount).map {
      LogSDPrior(LogSDPriorTests.priors[$0 % LogSDPriorTests.priors.count])
    }
    let prior = HyperparameterPrior(logSDs: logSDs, correlationShape: 1.5)
    let slopes = structure.logPriorGradient(at: phi, prior)
    let differences = Differences.gradient(at: phi) { structure.logPrior(at: $0, prior) }
    for (own, other) in zip(slopes, differences) { #expect((own - other).magnitude < 1e-10) }
  }

  @Test func priorsAreThoseOfTheOracle() {
    let structure = CovarianceStructure(setSizes: [3])
    let phi = Self.phi(6)
    let prior = HyperparameterPrior(
      logSDs: (0..<3).map { _ in .normal(sd: 1.4) }, correlationShape: 1.5)
    var expected = 0.0
    for s in phi.prefix(3) {
      expected -= 0.5 * s * s / 1.96 + log(1.4) + 0.5 * log(2 * Double.pi)
    }
    for (z, column) in zip(phi.dropFirst(3), DenseCorrelationPrior.columns(terms: 3)) {
      expected += DenseCorrelationPrior(column: column, terms: 3, shape: 1.5).logDensity(z)
    }
    #expect((structure.logPrior(at: phi, prior) - expected).magnitude < 1e-12)
  }

  /// Correlations near +-1 and tiny SDs leave finite numbers.
  @Test func extremesAreFinite() {
    let structure = CovarianceStructure(setSizes: [3])
    for phi in [[-30.0, 5, 0, 12, -12, 12], [-100, 0, 0, 0, 0, 0]] {
      #expect(structure.logDeterminant(at: phi).isFinite)
      let isFinite = structure.precision(at: phi).elements.allSatisfy { $0.isFinite }
      #expect(isFinite)
    }
    let prior = HyperparameterPrior(logSDs: (0..<3).map { _ in .normal(sd: 1) })
    #expect(structure.logPrior(at: [0, 0, 0, 800, -800, 0], prior).isFinite)
  }
}
