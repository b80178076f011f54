import Foundation

/// log p(y | b, phi) of a model with one factor and b held, by trapezoid sums over each level's own
/// effects: exact to rounding while the posterior of an effect is not much narrower than a fifth of
/// its prior.
enum ExactGroupLikelihood {
  /// - Parameter model: no fixed effects, one block.
  static func logLikelihood(_ model: DenseGeneralModel, at phi: [Double]) -> Double {
    let block = model.blocks[0]
    let covariance = model.covariances(at: phi)[0]
    let rowsOfLevel = Dictionary(grouping: 0..<model.rows) { block.codes[$0] }
    return rowsOfLevel.values.reduce(0) { sum, rows in
      sum + logIntegral(model, block, covariance, rows: rows)
    }
  }

  /// The effects are u = D L w with w ~ N(0, I_q): points .1 apart, up to 9 on both sides.
  private static func logIntegral(
    _ model: DenseGeneralModel, _ block: DenseGeneralModel.Block,
    _ covariance: DenseBlockCovariance, rows: [Int]
  ) -> Double {
    let step = 0.1
    let q = block.terms.count
    // D L, scaled rows of L.
    let root = covariance.factor.scalingRows(by: covariance.logSDs.map { exp($0) })
    var densities: [Double] = []
    func visit(_ w: [Double]) {
      guard w.count == q else {
        for node in -90...90 { visit(w + [Double(node) * step]) }
        return
      }
      let effects = root.times(w)
      var density = w.reduce(0) { $0 - 0.5 * $1 * $1 }
      for row in rows {
        let predictor = (0..<q).reduce(model.offset[row]) {
          $0 + block.terms[$1][row] * effects[$1]
        }
        density += model.counts[row] * predictor - exp(predictor) - lgamma(model.counts[row] + 1)
      }
      densities.append(density)
    }
    visit([])
    let highest = densities.max() ?? 0
    let total = densities.reduce(0) { $0 + exp($1 - highest) }
    return highest + log(total) + Double(q) * log(step / (2 * Double.pi).squareRoot())
  }
}
