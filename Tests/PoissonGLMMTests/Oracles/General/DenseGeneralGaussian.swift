import Foundation

/// What q(theta) is held against: N(0, Lambda^-1), or, with phi random, E log N(0, Lambda^-1).
struct DenseEffectPrior {
  /// Lambda, or its expectation, d x d.
  var precision: DenseMatrix
  /// 1/2 log|Lambda|, or its expectation.
  var halfLogDeterminant: Double
  /// t: the log joint density is taken with t'theta added to it.
  var tilt: [Double]
}

/// A Gaussian approximation q(theta) = N(m, S), and its bound F.
///
/// S is given by one number a row: S^-1 = A' diag(eps) A + Lambda, of which only the blocks that q
/// allows are kept: one block for a full Gaussian, d of them for mean-field. At the optimum eps is
/// e, the rates that q expects.
struct DenseGeneralGaussian {
  let mean: [Double]
  /// eps.
  let weights: [Double]
  /// v_i = a_i' S a_i.
  let predictorVariances: [Double]
  /// e_i = exp(o_i + a_i'm + v_i / 2).
  let rates: [Double]
  /// Q = sum of K_B * K_B elementwise over the blocks B of S, K_B = A_B S_B A_B', n x n.
  let squaredKernel: DenseMatrix
  /// log|S|.
  let logDeterminant: Double
  /// F: a lower bound on log p(y | phi), with all constants.
  let bound: Double
  private let blocks: [Range<Int>]
  private let factors: [DenseCholesky]

  /// Nil where S^-1 is not positive definite, or F not finite.
  ///
  ///     F = sum_i [y_i eta_i - e_i - log y_i!] + 1/2 log|Lambda| - 1/2 (m'Lambda m + tr Lambda S)
  ///         + d/2 + 1/2 log|S| + t'm
  ///
  /// with tr Lambda S = d - sum_i eps_i v_i, which follows from the form of S.
  init?(
    _ model: DenseGeneralModel, prior: DenseEffectPrior, blocks: [Range<Int>], mean: [Double],
    weights: [Double]
  ) {
    let precision = Self.precision(model, prior, weights)
    var factors: [DenseCholesky] = []
    var variances = [Double](repeating: 0, count: model.rows)
    var squares = DenseMatrix(rows: model.rows, columns: model.rows)
    for block in blocks {
      guard let factor = DenseCholesky(precision.block(block)) else { return nil }
      factors.append(factor)
      // K_B = B'B with B = L^-1 A_B'.
      let kernel = factor.solveLower(model.design.columns(block).transposed).gram()
      for row in 0..<model.rows { variances[row] += kernel[row, row] }
      for index in kernel.elements.indices {
        squares.elements[index] += kernel.elements[index] * kernel.elements[index]
      }
    }
    self.mean = mean
    self.weights = weights
    self.blocks = blocks
    self.factors = factors
    predictorVariances = variances
    squaredKernel = squares
    logDeterminant = -factors.reduce(0) { $0 + $1.logDeterminant }

    let predictors = zip(model.offset, model.design.times(mean)).map(+)
    rates = zip(predictors, variances).map { exp($0 + $1 / 2) }
    var bound = prior.halfLogDeterminant + 0.5 * logDeterminant
    for row in 0..<model.rows {
      bound += model.counts[row] * predictors[row] - rates[row] - lgamma(model.counts[row] + 1)
      bound += 0.5 * weights[row] * variances[row]
    }
    let priorProduct = prior.precision.times(mean)
    for index in mean.indices {
      bound += mean[index] * (prior.tilt[index] - 0.5 * priorProduct[index])
    }
    guard bound.isFinite else { return nil }
    self.bound = bound
  }

  /// P = A' diag(w) A + Lambda.
  static func precision(_ model: DenseGeneralModel, _ prior: DenseEffectPrior, _ weights: [Double])
    -> DenseMatrix
  {
    DenseMatrix.sum(
      model.design.scalingRows(by: weights.map { $0.squareRoot() }).gram(), prior.precision)
  }

  /// S, d x d.
  var covariance: DenseMatrix {
    var covariance = DenseMatrix(rows: mean.count, columns: mean.count)
    for (block, factor) in zip(blocks, factors) {
      let inverse = factor.inverse()
      for row in block {
        for column in block {
          covariance[row, column] = inverse[row - block.lowerBound, column - block.lowerBound]
        }
      }
    }
    return covariance
  }
}
