import PoissonGLMM

/// What `--variances` reports.
extension FitOutput {
  /// The tables of intraclass correlations and of R^2.
  var varianceSections: [FitOutputSection] {
    guard let summary = variances else { return [] }
    func cells(_ name: String, _ quantity: VarianceSummary.Quantity) -> [String] {
      [name] + [quantity.median, quantity.lower, quantity.upper].map(NumberText.significant)
    }
    let header = ["", "median"] + bounds
    let shares =
      [cells("marginal R2", summary.marginalR2)]
      + (summary.factors.isEmpty ? [] : [cells("conditional R2", summary.conditionalR2)])
    let title =
      "Shares of variance, with an observation-level variance ln(1 + 1/mean) = "
      + NumberText.significant(summary.observationVariance)
    let factors = summary.factors.map { factor in
      FitOutputSection(
        title: "Variance between levels of \(factor.name)",
        table: FitOutputTable(
          header: header,
          rows: [
            cells("variance of the linear predictor", factor.variance),
            cells("median rate ratio", factor.medianRateRatio),
            cells("ICC, linear predictor", factor.latentICC),
            cells("ICC, counts", factor.countICC),
          ]))
    }
    return factors
      + [FitOutputSection(title: title, table: FitOutputTable(header: header, rows: shares))]
  }
}
