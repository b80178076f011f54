import Foundation

/// What R still lacks along each group's own effects, for the factor with the most levels: there
/// small errors add up. Terms of a level count together, whether correlated or in blocks of their
/// own.
///
/// Under q the predictors of a group's rows are eta_i + a_i't + (what is independent of t), with
/// t ~ N(0, I_q) the group's standardized effects, a_i = L^-1 Cov(u_j, eta_i), Cov(u_j) = L L'. Of
/// the group's log likelihood q matches all but
///
///     h(t) = -sum_i e_i [exp(a_i't - |a_i|^2 / 2) - 1 - a_i't - ((a_i't)^2 - |a_i|^2) / 2]
///
/// so that log E exp(h(t)) belongs to the evidence. Of it R counts l(K), K_ij = a_i'a_j, already:
/// with one term -1/6 log(1 - 1/2 (sum e a^3)^2 / (1 + 1/2 sum e a^4)).
struct DenseOwnEffectRepair {
  /// sum_j [log E exp(h_j) - l_j].
  let value: Double

  init?(_ model: DenseGeneralModel, gaussian: DenseGeneralGaussian) {
    guard
      let index = model.blocks.indices.max(by: {
        model.blocks[$0].levels < model.blocks[$1].levels
      })
    else { return nil }
    let codes = model.blocks[index].codes
    let ranges = model.blocks.indices.filter { model.blocks[$0].codes == codes }
      .map(model.levelRanges)
    let covariance = gaussian.covariance
    // Cov(eta, theta) = A S.
    let predictorCovariance = model.design.times(covariance)
    let rowsOfLevel = Dictionary(grouping: 0..<model.rows) { codes[$0] }
    var sum = 0.0
    for (level, rows) in rowsOfLevel {
      let own = ranges.flatMap { $0[level] }
      guard let factor = DenseCholesky(covariance.submatrix(own, columns: own)) else {
        return nil
      }
      let directions = factor.solveLower(
        predictorCovariance.submatrix(rows, columns: own).transposed)
      let rates = rows.map { gaussian.rates[$0] }
      guard let counted = DenseClusterRepair.repair(kernel: directions.gram(), rates: rates) else {
        return nil
      }
      sum += Self.logExpectation(directions.transposed, rates) - counted
    }
    value = sum
  }

  /// log E exp(h(t)) by the trapezoid rule on a grid of t.
  /// - Parameter directions: a_i, row by row.
  static func logExpectation(_ directions: DenseMatrix, _ rates: [Double]) -> Double {
    let q = directions.columns
    // For t -> -infinity h grows as t'Wt / 2, W = sum e a a', whose eigenvalues are below one.
    let growth =
      SymmetricEigenvalues(
        directions.scalingRows(by: rates.map { $0.squareRoot() }).gram()
      ).values.max() ?? 0
    let step = 0.25
    let reach = Int((9 / (1 - growth).squareRoot() / step).rounded(.up))
    var total = 0.0
    func visit(_ t: [Double]) {
      guard t.count == q else {
        for node in -reach...reach { visit(t + [Double(node) * step]) }
        return
      }
      var logDensity = t.reduce(0) { $0 - 0.5 * $1 * $1 }
      for row in rates.indices {
        var (product, square) = (0.0, 0.0)
        for column in 0..<q {
          product += directions[row, column] * t[column]
          square += directions[row, column] * directions[row, column]
        }
        logDensity -=
          rates[row]
          * (exp(product - square / 2) - 1 - product - (product * product - square) / 2)
      }
      total += exp(logDensity)
    }
    visit([])
    return log(total) + Double(q) * log(step / (2 * Double.pi).squareRoot())
  }
}
