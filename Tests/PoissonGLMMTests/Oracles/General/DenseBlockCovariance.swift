import Foundation

/// Sigma = D R D, D = diag(exp s), R = L L', of the q terms of one level, from the block's part of
/// phi: s_1..s_q, then z_ij row by row (i > j), the atanh of canonical partial correlations
/// (Lewandowski, Kurowicka & Joe 2009, as in Stan):
///
///     L_ij = tanh(z_ij) prod_{k<j} sech(z_ik),    L_ii = prod_{k<i} sech(z_ik)
///
/// Nothing constrains phi: every z gives a positive definite R.
struct DenseBlockCovariance {
  let logSDs: [Double]
  /// L, q x q, lower triangular.
  let factor: DenseMatrix

  /// - Parameter hyperparameters: the q log SDs, and the z's; without z's R is the identity.
  init(_ hyperparameters: ArraySlice<Double>, terms: Int) {
    logSDs = Array(hyperparameters.prefix(terms))
    factor = Self.correlationFactor(hyperparameters.dropFirst(terms), terms: terms)
  }

  static func correlationFactor(_ z: ArraySlice<Double>, terms: Int) -> DenseMatrix {
    guard !z.isEmpty else { return DenseMatrix(identity: terms) }
    var factor = DenseMatrix(rows: terms, columns: terms)
    var rest = z
    for i in 0..<terms {
      var left = 1.0
      for j in 0..<i {
        let z = rest.removeFirst()
        factor[i, j] = tanh(z) * left
        left /= cosh(z)
      }
      factor[i, i] = left
    }
    return factor
  }

  /// L^-1.
  static func inverse(ofFactor factor: DenseMatrix) -> DenseMatrix {
    var inverse = DenseMatrix(identity: factor.rows)
    for column in 0..<factor.rows {
      for row in 0..<factor.rows {
        for k in 0..<row { inverse[row, column] -= factor[row, k] * inverse[k, column] }
        inverse[row, column] /= factor[row, row]
      }
    }
    return inverse
  }

  /// Sigma^-1 = D^-1 L^-T L^-1 D^-1.
  var precision: DenseMatrix {
    var precision = Self.inverse(ofFactor: factor).gram()
    for i in logSDs.indices {
      for j in logSDs.indices { precision[i, j] *= exp(-logSDs[i] - logSDs[j]) }
    }
    return precision
  }

  /// log|Sigma| = 2 sum s + 2 sum log L_ii.
  var logDeterminant: Double {
    2 * logSDs.reduce(0, +) + 2 * factor.diagonal.reduce(0) { $0 + log($1) }
  }

  /// R.
  var correlation: DenseMatrix { factor.transposed.gram() }
}

/// The prior density of one z of a correlation matrix R ~ LKJ(eta) of q terms:
///
///     p(z_ij) = Gamma(a + 1/2) / (sqrt(pi) Gamma(a)) sech(z_ij)^(2a),   a = eta + (q - 2 - j) / 2
///
/// with j the 0-based column.
struct DenseCorrelationPrior {
  let power: Double

  init(column: Int, terms: Int, shape: Double) {
    power = shape + Double(terms - 2 - column) / 2
  }

  var logNormalizer: Double { lgamma(power + 0.5) - lgamma(power) - 0.5 * log(Double.pi) }

  func logDensity(_ z: Double) -> Double { logNormalizer - 2 * power * log(cosh(z)) }

  /// The columns j of z_ij, in the order of phi.
  static func columns(terms: Int) -> [Int] { (0..<terms).flatMap { 0..<$0 } }
}

extension DenseGeneralModel {
  /// Sigma_1..Sigma_K at phi.
  func covariances(at phi: [Double]) -> [DenseBlockCovariance] {
    zip(blocks, hyperparameterRanges).map { DenseBlockCovariance(phi[$1], terms: $0.terms.count) }
  }

  /// log p(phi): a normal for every log SD, LKJ for every correlation matrix.
  func logPrior(at phi: [Double]) -> Double {
    var sum = 0.0
    for (block, range) in zip(blocks, hyperparameterRanges) {
      let terms = block.terms.count
      for s in phi[range].prefix(terms) {
        let ratio = s / priors.logSDSD
        sum -= 0.5 * ratio * ratio + log(priors.logSDSD) + 0.5 * log(2 * Double.pi)
      }
      for (z, column) in zip(
        phi[range].dropFirst(terms), DenseCorrelationPrior.columns(terms: terms))
      {
        sum += DenseCorrelationPrior(column: column, terms: terms, shape: priors.correlationShape)
          .logDensity(z)
      }
    }
    return sum
  }
}
