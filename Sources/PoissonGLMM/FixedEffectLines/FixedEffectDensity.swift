/// log p(y, b | s) as a function of the fixed effects b, random effects integrated out.
protocol FixedEffectDensity: AnyObject {
  /// The log density at b with its gradient and Hessian.
  /// - Parameters:
  ///   - fixedEffects: b, p numbers.
  ///   - logSDs: s, one number for each random term.
  func expanded(at fixedEffects: [Double], logSDs: [Double]) -> EvidenceExpansion

  /// The log density alone, which may cost less.
  func value(at fixedEffects: [Double], logSDs: [Double]) -> Double
}

extension QuadratureEvidence: FixedEffectDensity {
  func expanded(at fixedEffects: [Double], logSDs: [Double]) -> EvidenceExpansion {
    expansion(fixedEffects: fixedEffects, logSDs: logSDs)
  }

  func value(at fixedEffects: [Double], logSDs: [Double]) -> Double {
    expansion(fixedEffects: fixedEffects, logSDs: logSDs).logJoint
  }
}
