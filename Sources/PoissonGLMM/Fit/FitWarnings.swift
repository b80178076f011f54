extension PoissonMixedModel {
  /// What a user should know about the data before trusting a fit with these options.
  public func warnings(for options: FitOptions) -> [String] {
    (options.standardizes ? standardizedWarnings : warnings)
      + correctionWarnings(options.approximation)
  }

  /// Without what standardizing the fixed columns does away with: their scales, and dependence that
  /// only looked like it, of a column whose values differ little beside their mean.
  private var standardizedWarnings: [String] {
    let left = PoissonMixedModel(self, standardizedBy: Standardization(self)).dependentColumns
    let gone =
      scaleWarnings
      + dependentColumns.filter { !left.contains($0) }.map(DesignDiagnostics.dependenceWarning)
    return warnings.filter { !gone.contains($0) }
  }

  /// What `corrected` has to leave uncorrected.
  private func correctionWarnings(_ approximation: Approximation) -> [String] {
    guard approximation == .corrected else { return [] }
    if componentNames.count > IntegratedFit.mostLatticeDimensions {
      return [
        "With more than \(IntegratedFit.mostLatticeDimensions) random terms the posterior of their "
          + "log "
          + "standard deviations is that of integrated: on sparse counts its means may be 0.3 SD "
          + "too low."
      ]
    }
    return data.hasEvents
      ? []
      : [
        "Without any event the correction of the standard deviations' posterior is left out, and "
          + "intervals may be off by a third of an SD."
      ]
  }
}
