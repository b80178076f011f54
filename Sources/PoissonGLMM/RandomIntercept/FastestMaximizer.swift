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
