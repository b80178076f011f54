import Foundation

extension DenseGeneralModel {
  /// The model with one fixed effect held: its column, times the value, joins the offset.
  func holdingFixedEffect(_ column: Int, at value: Double) -> DenseGeneralModel {
    let fixed = (0..<fixedCount).filter { $0 != column }.map { kept in
      (0..<rows).map { design[$0, kept] }
    }
    return DenseGeneralModel(
      counts: counts, offset: (0..<rows).map { offset[$0] + value * design[$0, column] },
      fixed: fixed, blocks: blocks, priors: priors)
  }

  /// The log density of a fixed effect given phi, but for a constant, where a normal will not do:
  ///
  ///     log p(b_c = v | phi, y) = F(v) + R(v) + log N(v; 0, fixedEffectSD^2) + constant
  ///
  /// with F and R of the model that holds b_c at v.
  func logDensity(ofFixedEffect column: Int, at value: Double, phi: [Double]) -> Double? {
    let surface = DensePhiSurface(holdingFixedEffect(column, at: value))
    guard let point = surface.maximize(at: phi), point.optimum.isConverged,
      let repair = surface.response(at: point)?.repair
    else { return nil }
    let ratio = value / priors.fixedEffectSD
    return point.gaussian.bound + repair - 0.5 * ratio * ratio
      - log(priors.fixedEffectSD * (2 * Double.pi).squareRoot())
  }
}
