extension PoissonMixedModel {
  /// The fastest maximizer for this model.
  ///
  /// The one for random intercepts expands (x - W)' S (x - W) in powers of x. These cancel almost
  /// entirely where only the prior tells the effects of some columns apart, so such designs are
  /// left to the general one.
  func boundMaximizer(_ options: FitOptions) -> any BoundMaximizer {
    if dependentColumns.isEmpty, let fastest = InterceptMaximizer(self, options: options) {
      return fastest
    }
    return NewtonMaximizer(self, options: options)
  }
}
