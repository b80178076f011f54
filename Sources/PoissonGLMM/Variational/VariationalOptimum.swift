/// Where a maximizer of the evidence bound ended.
struct VariationalOptimum {
  /// p
  let fixedMean: [Double]
  /// p x p, row-major.
  let fixedCovariance: [Double]
  /// G q, group-major.
  let randomMean: [Double]
  /// G q, group-major.
  let randomVariance: [Double]
  /// One per variance component.
  let logSDs: [LogSDPosterior]
  let bound: Double
  let summary: OptimizationSummary
  /// Pivots that rounding error had taken to zero at the optimum.
  let pivotsRaised: Int
}
