/// What every approximation gives.
struct ApproximatedPosterior {
  /// In the fixed effects that are reported.
  let posterior: Posterior
  let evidenceLowerBound: Double
  let logEvidence: Double?
  let optimization: OptimizationSummary
  /// What had to be left out.
  let warnings: [String]
}
