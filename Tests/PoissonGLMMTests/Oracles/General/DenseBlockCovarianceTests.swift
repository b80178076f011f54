import Foundation
import Testing

/// The covariance of correlated terms and its prior.
@Suite struct DenseBlockCovarianceTests {
  /// Two terms: R = [[1, rho], [rho, 1]] with rho = tanh z, and p(rho) ~ (1 - rho^2)^(eta - 1).
  @Test func twoTermsAreWrittenOut() {
    let (s, z) = ([0.3, -0.7], 0.4)
    let covariance = DenseBlockCovariance([s[0], s[1], z], terms: 2)
    let rho = tanh(z)
    #expect((covariance.correlation[1, 0] - rho).magnitude < 1e-15)
    let determinant = exp(2 * s[0] + 2 * s[1]) * (1 - rho * rho)
    #expect((covariance.logDeterminant - log(determinant)).magnitude < 1e-14)
    let precision = covariance.precision
    #expect((precision[0, 0] - exp(2 * s[1]) / determinant).magnitude < 1e-13)
    #expect((precision[0, 1] + rho * exp(s[0] + s[1]) / determinant).magnitude < 1e-13)
  }

  /// For every number of terms Sigma Sigma^-1 = I and log|Sigma| is that of a decomposition.
  @Test(arguments: 1...5)
  func precisionAndDeterminantBelongTogether(terms: Int) throws {
    let count = terms + terms * (terms - 1) / 2
    let phi = (0..<count).map { 0.9 * sin(2.3 * Double($0 + terms)) }
    let covariance = DenseBlockCovariance(phi[...], terms: terms)
    var sigma = covariance.correlation
    for i in 0..<terms {
      #expect((sigma[i, i] - 1).magnitude < 1e-14)
      for j in 0..<terms { sigma[i, j] *= exp(phi[i] + phi[j]) }
    }
    let factor = try #require(DenseCholesky(sigma))
    #expect((factor.logDeterminant - covariance.logDeterminant).magnitude < 1e-12)
    let inverse = factor.inverse()
    for (first, second) in zip(inverse.elements, covariance.precision.elements) {
      #expect((first - second).magnitude < 1e-10 * (1 + second.magnitude))
    }
  }

  /// Each p(z) integrates to one: a trapezoid sum, exact to rounding for a function that decays on
  /// both sides. With eta = 2 and two terms the SD of z is .57.
  @Test func theDensitiesOfCorrelationsAreNormalized() {
    for terms in 2...4 {
      for column in Set(DenseCorrelationPrior.columns(terms: terms)) {
        let prior = DenseCorrelationPrior(column: column, terms: terms, shape: 2)
        let step = 0.02
        let nodes = (-750...750).map { Double($0) * step }
        let total = nodes.reduce(0) { $0 + step * exp(prior.logDensity($1)) }
        #expect((total - 1).magnitude < 1e-10)
        if terms == 2 {
          let variance = nodes.reduce(0) { $0 + step * $1 * $1 * exp(prior.logDensity($1)) }
          #expect((variance.squareRoot() - 0.57).magnitude < 0.005)
        }
      }
    }
  }

  /// Three terms: the product of the densities of z is |R|^(eta - 1) on correlation matrices, up to
  /// its constant, times the Jacobian of z -> R taken by differences.
  @Test func threeTermsHaveTheDensityOfLKJ() throws {
    let shape = 1.7
    func correlations(_ z: [Double]) -> [Double] {
      let factor = DenseBlockCovariance.correlationFactor(z[...], terms: 3)
      let matrix = factor.transposed.gram()
      return [matrix[1, 0], matrix[2, 0], matrix[2, 1]]
    }
    let constants = [[0.0, 0, 0], [0.5, -0.3, 0.8], [-1.1, 0.2, 0.4]].map { z in
      var jacobian = DenseMatrix(rows: 3, columns: 3)
      for row in 0..<3 {
        jacobian.elements.replaceSubrange(
          (3 * row)..<(3 * row + 3),
          with: Differences.gradient(at: z) { correlations($0)[row] })
      }
      let logJacobian = 0.5 * (DenseCholesky(jacobian.gram())?.logDeterminant ?? .nan)
      let factor = DenseBlockCovariance.correlationFactor(z[...], terms: 3)
      let logR = 2 * factor.diagonal.reduce(0) { $0 + log($1) }
      let own = zip(z, DenseCorrelationPrior.columns(terms: 3)).reduce(0.0) { sum, pair in
        sum + DenseCorrelationPrior(column: pair.1, terms: 3, shape: shape).logDensity(pair.0)
      }
      return own - (shape - 1) * logR - logJacobian
    }
    #expect((constants[1] - constants[0]).magnitude < 1e-9)
    #expect((constants[2] - constants[0]).magnitude < 1e-9)
  }
}
