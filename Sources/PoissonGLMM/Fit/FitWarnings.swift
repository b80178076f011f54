extension PoissonMixedModel {
  /// The warnings without those that standardizing the fixed columns removes: about their scales,
  /// and about columns that only seemed dependent because their values differ little beside their
  /// mean.
  func warnings(standardizedAs standardized: PoissonMixedModel) -> [String] {
    let left = standardized.dependentColumns
    let gone =
      scaleWarnings
      + dependentColumns.filter { !left.contains($0) }.map(DesignDiagnostics.dependenceWarning)
    return warnings.filter { !gone.contains($0) }
  }

  /// A warning where counts are so large that rounding errors show in the logs of densities: these
  /// are sums of y log(mu) and log y!, each about as large as the latter, which cancel.
  var roundingWarnings: [String] {
    let error = 8 * 0x1p-52 * data.sumLogFactorials
    guard error > Self.shownRoundingError else { return [] }
    return [
      "Counts are so large that the evidence bound, the log evidence and the log-likelihood have "
        + "rounding errors, of up to about \(DesignDiagnostics.brief(error)): smaller differences "
        + "of them say nothing. Effects and their intervals are not touched."
    ]
  }

  /// Far below the differences by which models are told apart.
  private static var shownRoundingError: Double { 0.01 }

  /// Warnings about what `corrected` has to leave uncorrected.
  func correctionWarnings(_ approximation: Approximation) -> [String] {
    guard approximation == .corrected, design == nil, !factors.isEmpty else { return [] }
    if randomNames.count > IntegratedFit.maximumLatticeDimensions {
      return [
        "With more than \(IntegratedFit.maximumLatticeDimensions) random terms the posterior of "
          + "their log standard deviations is that of integrated: on sparse counts its means may "
          + "be 0.3 SD too low."
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

extension PoissonMixedModelFit {
  static func convergenceWarnings(_ optimization: OptimizationSummary) -> [String] {
    if optimization.converged { return [] }
    let iterations = optimization.iterations
    return [
      "The fit has not converged (\(optimization.stopReason.rawValue) after \(iterations) "
        + "iteration\(iterations == 1 ? "" : "s")): its numbers are not to be trusted."
    ]
  }
}
