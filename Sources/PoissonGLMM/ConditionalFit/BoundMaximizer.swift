/// A maximizer of the evidence bound over Gaussians q(b, u).
protocol BoundMaximizer: AnyObject {
  /// Maximizes the bound over q(b, u) and q(s). The summary says whether the optimum was reached.
  /// - Throws: `FitError` if there is no finite starting point, or if columns cannot be told apart
  ///   in double precision.
  func maximize() throws(FitError) -> VariationalOptimum

  /// Maximizes the bound on log p(y | s) at given log SDs, from a snapshot (by default from where
  /// the last fit ended).
  /// - Throws: `FitError` if the bound is not finite there.
  func maximize(at logSDs: [Double], from start: DoubleStorage?) throws(FitError)
    -> ConditionalOptimum

  /// The covariances by linear response at the log SDs that the last fit was given; nil if they
  /// could not be found.
  func linearResponse() -> LinearResponse.Covariance?

  /// A copy of the numbers that a later fit needs to start from the current point.
  func snapshot() -> DoubleStorage
}

/// Where a maximizer of the evidence bound ended.
struct VariationalOptimum {
  let posterior: GaussianPosterior
  let summary: OptimizationSummary
}

/// The Gaussian q(b, u | s) that maximizes the bound F(s) on log p(y | s) at one value of the log
/// SDs.
struct ConditionalOptimum {
  /// F(s)
  let bound: Double
  /// d F / d s_k = w_k T_k - G: q.
  let gradient: [Double]
  /// An estimate of d^2 F / d s_k^2, with the rates held fixed: q.
  let curvature: [Double]
  var posterior: GaussianPosterior
  let iterations: Int
  /// The length of the shortest step, in posterior SDs: about the fit's distance from the optimum.
  let lastStep: Double
}

extension FitError {
  static let noFiniteStart = FitError(
    "No finite starting point was found: the expected counts overflow; "
      + "check the scale of the offset and of the columns.")

  static func boundNotFinite(at logSDs: [Double]) -> FitError {
    FitError(
      "The evidence bound is not finite at log standard deviations \(logSDs): the expected counts "
        + "overflow; check the scale of the offset and of the columns.")
  }

  static func singularDesign(dependentColumns: [String]) -> FitError {
    let names = dependentColumns.map { "'\($0)'" }.joined(separator: ", ")
    let which = names.isEmpty ? "Some columns" : "The columns before and including \(names)"
    return FitError(
      "\(which) cannot be told apart in double precision at counts of this size: "
        + "drop a column or rescale.")
  }
}
