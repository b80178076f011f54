/// How (m, e) of the optimum respond to a change of the log joint density.
///
/// A change of e moves S, S moves v, and v moves e again, dv = -Q de. With E = diag(e) and
/// J = (I + 1/2 E Q)^-1 this gives (Giordano, Broderick & Jordan 2018)
///
///     P_eff = Lambda + A' J E A = P - 1/2 A'E (I + 1/2 Q E)^-1 Q E A
///
/// J = E^1/2 W^-1 E^-1/2 with W = I + 1/2 E^1/2 Q E^1/2: symmetric, no eigenvalue below one.
struct DenseLinearResponse {
  /// P_eff, d x d.
  let precision: DenseMatrix
  private let roots: [Double]
  private let factor: DenseCholesky

  /// Nil where the rates are not finite.
  init?(_ model: DenseGeneralModel, prior: DenseEffectPrior, gaussian: DenseGeneralGaussian) {
    roots = gaussian.rates.map { $0.squareRoot() }
    var system = gaussian.squaredKernel
    for row in 0..<model.rows {
      for column in 0..<model.rows { system[row, column] *= 0.5 * roots[row] * roots[column] }
      system[row, row] += 1
    }
    guard let factor = DenseCholesky(system) else { return nil }
    self.factor = factor
    precision = DenseMatrix.sum(
      factor.solveLower(model.design.scalingRows(by: roots)).gram(), prior.precision)
  }

  /// J x.
  func damped(_ vector: [Double]) -> [Double] {
    let solved = factor.solve(zip(vector, roots).map { $0 / $1 })
    return zip(roots, solved).map { $0 * $1 }
  }

  /// J E x.
  func rateChange(of predictorChange: [Double]) -> [Double] {
    let solved = factor.solve(zip(roots, predictorChange).map { $0 * $1 })
    return zip(roots, solved).map { $0 * $1 }
  }
}

extension DenseLinearResponse {
  /// What F lacks of log p(y | phi), estimated from two determinants that linear response has:
  ///
  ///     R = 1/6 (log|P| - log|P_eff|)
  ///
  /// To leading order 1/12 sum_ij e_i e_j K_ij^3, the first term of the expansion of
  /// log E_q exp(log p - log q) about the optimum. Where q is a product of blocks,
  /// 1/2 (log|P_block| - log|P|) restores the full Gaussian first.
  func evidenceRepair(
    _ model: DenseGeneralModel, prior: DenseEffectPrior, gaussian: DenseGeneralGaussian
  ) -> Double? {
    let precision = DenseGeneralGaussian.precision(model, prior, gaussian.rates)
    guard let full = DenseCholesky(precision)?.logDeterminant,
      let effective = DenseCholesky(self.precision)?.logDeterminant
    else { return nil }
    return 0.5 * (-gaussian.logDeterminant - full) + (full - effective) / 6
  }
}
