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
  /// One per random term.
  let logSDMean: [Double]
  let logSDVariance: [Double]
  let summary: OptimizationSummary
}
