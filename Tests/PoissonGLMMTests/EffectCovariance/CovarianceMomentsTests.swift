import Foundation
import Testing

@testable import PoissonGLMM

/// Expectations under independent normals of the hyperparameters, beside sums over grids of points.
@Suite struct CovarianceMomentsTests {
  /// E R^-1 and E log|R| from the oracle's points for every z; log SDs in closed form.
  @Test(arguments: 1...3)
  func expectationsAreThoseOfAGrid(terms q: Int) {
    let structure = CovarianceStructure(setSizes: [q])
    let means = CovarianceStructureTests.phi(structure.hyperparameterCount)
    let variances = means.indices.map { 0.08 + 0.05 * Double($0) }
    let moments = CovarianceMoments(structure, means: means, variances: variances)
    var inverse = DenseMatrix(rows: q, columns: q)
    var logDeterminant = 2 * means.prefix(q).reduce(0, +)
    NormalExpectation.forEach(
      means: Array(means.dropFirst(q)), sds: variances.dropFirst(q).map { $0.squareRoot() }
    ) { z, weight in
      let factor = DenseBlockCovariance.correlationFactor(z[...], terms: q)
      inverse = DenseMatrix.sum(
        inverse, DenseBlockCovariance.inverse(ofFactor: factor).gram(), times: weight)
      logDeterminant += 2 * weight * factor.diagonal.reduce(0) { $0 + log($1) }
    }
    for a in 0..<q {
      for b in 0..<q {
        let spread = a == b ? 2 * variances[a] : 0.5 * (variances[a] + variances[b])
        let expected = inverse[a, b] * exp(-means[a] - means[b] + spread)
        #expect((moments.precision[a, b] - expected).magnitude < 1e-9 * (1 + expected.magnitude))
      }
    }
    // The error of the oracle's points, which are .75 SDs apart.
    #expect((moments.logDeterminant - logDeterminant).magnitude < 1e-8)
  }

  /// Sets of one and two terms, written out.
  @Test func twoTermsAreWrittenOut() {
    let (m, r) = ([0.2, -0.4, 0.7], [0.1, 0.3, 0.2])
    let moments = CovarianceMoments(
      CovarianceStructure(setSizes: [2]), means: m, variances: r)
    let (c, h) = ((1 + exp(2 * r[2]) * cosh(2 * m[2])) / 2, exp(2 * r[2]) * sinh(2 * m[2]) / 2)
    let precision = moments.precision
    #expect((precision[0, 0] - c * exp(-2 * m[0] + 2 * r[0])).magnitude < 1e-12)
    #expect((precision[0, 1] + h * exp(-m[0] - m[1] + (r[0] + r[1]) / 2)).magnitude < 1e-12)
    #expect((precision[1, 1] - c * exp(-2 * m[1] + 2 * r[1])).magnitude < 1e-12)
  }

  @Test(arguments: [[1], [2], [3], [4], [5], [1, 1, 2]])
  func gradientsAreThoseOfDifferences(setSizes: [Int]) {
    let structure = CovarianceStructure(setSizes: setSizes)
    let layout = HyperparameterLayout([structure, CovarianceStructure(setSizes: [1])])
    let h = layout.count
    let point =
      CovarianceStructureTests.phi(h, size: 0.6) + (0..<h).map { -2 + 0.9 * cos(Double($0)) }
    let priors = [structure.termCount, 1].map { terms in
      HyperparameterPrior(
        logSDs: (0..<terms).map { _ in .normal(sd: 1.3) }, correlationShape: 1.6)
    }
    let second = [
      CovarianceStructureTests.secondMoments(structure.termCount), Matrix(diagonal: [3]),
    ]
    func moments(_ point: [Double]) -> HyperparameterMoments {
      layout.moments(means: Array(point[..<h]), variances: point[h...].map(exp))
    }
    let gradient = moments(point).gradient(levels: [9, 4], secondMoments: second, priors)
    let expected = Differences.gradient(at: point) { point in
      let moments = moments(point)
      var sum = moments.logPriorAndEntropy(priors)
      for (index, levels) in [9.0, 4].enumerated() {
        sum -= 0.5 * levels * moments.logDeterminants[index]
        sum -=
          0.5
          * zip(moments.precisions[index].elements, second[index].elements)
          .reduce(0) { $0 + $1.0 * $1.1 }
      }
      return sum
    }
    for (own, other) in zip(gradient.means + gradient.logVariances, expected) {
      #expect((own - other).magnitude < 1e-8 * (1 + other.magnitude))
    }
  }

  /// Against a trapezoid sum with a tenth of the distance.
  @Test(arguments: [0.0, 0.3, -2, 15], [0.01, 0.3, 1, 3, 10])
  func logCoshIsExact(mean: Double, sd: Double) {
    let moments = LogCoshMoments(mean: mean, variance: sd * sd)
    var (value, slope, curvature) = (0.0, 0.0, 0.0)
    let step = 0.01 / max(1, sd / 2)
    for index in -Int(9 / step)...Int(9 / step) {
      let x = step * Double(index)
      let weight = step * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      let z = mean + sd * x
      value += weight * LogCoshMoments.logCosh(z)
      slope += weight * tanh(z)
      curvature += weight * (1 - tanh(z) * tanh(z))
    }
    #expect((moments.value - value).magnitude < 1e-10 * (1 + value))
    #expect((moments.slope - slope).magnitude < 1e-10)
    #expect((moments.curvature - curvature).magnitude < 1e-10)
  }

  /// With no variance expectations are the values.
  @Test func knownHyperparametersHaveNoSpread() {
    let structure = CovarianceStructure(setSizes: [3])
    let phi = CovarianceStructureTests.phi(6)
    let moments = CovarianceMoments(structure, means: phi, variances: phi.map { _ in 1e-14 })
    for (a, b) in zip(moments.precision.elements, structure.precision(at: phi).elements) {
      #expect((a - b).magnitude < 1e-10 * (1 + b.magnitude))
    }
    #expect((moments.logDeterminant - structure.logDeterminant(at: phi)).magnitude < 1e-10)
  }

  /// Four correlated terms, moments and gradient: far below a millisecond.
  @Test func fourTermsAreCheap() {
    let structure = CovarianceStructure(setSizes: [4])
    let means = CovarianceStructureTests.phi(10)
    let second = CovarianceStructureTests.secondMoments(4)
    let clock = ContinuousClock()
    var sum = 0.0
    let times = (0..<20).map { _ in
      clock.measure {
        let moments = CovarianceMoments(
          structure, means: means, variances: means.map { _ in 0.2 })
        sum += moments.gradient(levels: 9, secondMoments: second).means[0]
      }
    }
    #expect(sum.isFinite)
    #expect((times.min() ?? .zero) < .milliseconds(1))
  }
}
