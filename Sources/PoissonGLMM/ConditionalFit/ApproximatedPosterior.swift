/// What every approximation gives.
struct ApproximatedPosterior {
  /// In the fixed effects that are reported.
  let posterior: Posterior
  let evidenceLowerBound: Double
  let logEvidence: Double?
  let optimization: OptimizationSummary
  /// What had to be left out.
  let warnings: [String]
  /// How far the means are from the optimum's, about, in posterior SDs; nil where that is only
  /// known to be little, of a fit that has converged, or not to be.
  var distance: Double?

  /// The same with the means of the fixed effects moved.
  func moved(by shift: [Double]) -> ApproximatedPosterior {
    ApproximatedPosterior(
      posterior: posterior.moved(by: shift), evidenceLowerBound: evidenceLowerBound,
      logEvidence: logEvidence, optimization: optimization, warnings: warnings)
  }
}
