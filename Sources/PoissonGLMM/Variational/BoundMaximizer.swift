/// A maximizer of the evidence bound over Gaussians q(b, u).
protocol BoundMaximizer: AnyObject {
  /// Runs to the optimum over q(b, u) and q(s), or to the reason why not.
  func maximize() throws(FitError) -> VariationalOptimum

  /// Maximizes the bound on log p(y | s) at held log SDs, from a snapshot (by default from where
  /// the last fit ended).
  /// - Throws: `FitError` if the bound is not finite there.
  func maximize(holding logSDs: [Double], from start: DoubleStorage?) throws(FitError)
    -> HeldOptimum

  /// The covariances by linear response at the held log SDs of the last fit; nil if they could not
  /// be found.
  func linearResponse() -> LinearResponse.Covariance?

  /// What is needed to start again from the current point.
  func snapshot() -> DoubleStorage
}

extension PoissonMixedModel {
  /// The fastest maximizer there is for this model.
  ///
  /// That for random intercepts expands (x - W)' S (x - W) in powers of x, which cancel to nothing
  /// where only the prior tells the effects of some columns apart: these are left to the general
  /// one.
  func boundMaximizer(_ options: FitOptions) -> any BoundMaximizer {
    if dependentColumns.isEmpty, let fastest = InterceptMaximizer(self, options: options) {
      return fastest
    }
    return NewtonMaximizer(self, options: options)
  }
}

extension FitError {
  static let noFiniteStart = FitError(
    "No finite starting point was found: the expected counts overflow; "
      + "check the scale of the offset and of the columns.")

  static func singularDesign(dependentColumns: [String]) -> FitError {
    let names = dependentColumns.map { "'\($0)'" }.joined(separator: ", ")
    let which = names.isEmpty ? "Some columns" : "The columns before and including \(names)"
    return FitError(
      "\(which) cannot be told apart in double precision at counts of this size: "
        + "drop a column or rescale.")
  }
}
