/// The fit of a model with several grouping factors or correlated terms.
struct GeneralFit {
  init(_ design: DesignData, priors: Priors, options: FitOptions) throws(FitError) {
    throw FitError("Several grouping factors and correlated terms cannot be fitted.")
  }

  /// - Parameter effectMatrix: M, p x p, where the fixed effects to be reported are M b.
  func approximated(_ effectMatrix: Matrix?) throws(FitError) -> ApproximatedPosterior {
    throw FitError("Several grouping factors and correlated terms cannot be fitted.")
  }
}
