import PlatformEssentials

/// A picture of a fit, as an SVG file.
public struct FitPicture: Sendable, Equatable {
  /// What the file is called, without its extension.
  public let name: String
  /// What the picture shows.
  public let title: String
  /// The file.
  public let svg: String
  /// The picture as an element of a page whose style sheets have `styleSheet`.
  package let element: String
  /// The numbers that the picture shows, a row of titles first.
  public let numbers: [[String]]

  init(name: String, _ drawing: (document: SVGDocument, numbers: [[String]])) {
    self.name = name
    title = drawing.document.title
    svg = drawing.document.file
    element = drawing.document.element
    numbers = drawing.numbers
  }

  /// The colours of `element` on a dark page.
  package static let styleSheet = SVGDocument.darkStyle
}

extension PoissonMixedModel {
  /// Pictures of a fit: `rate-ratios`, `random-effects` (with several random terms
  /// `random-effects-1`, ... in the order of `randomNames`), `fitted`, `quantile-quantile`,
  /// `residuals` and `rootogram`. Those for which there are no numbers are left out.
  /// - Parameters:
  ///   - fit: a fit of this model, with `FitOptions.keepsRandomEffects`.
  ///   - residuals: those of `residuals(of:threads:)`.
  ///   - alpha: intervals hold a probability of 1 - alpha.
  ///   - width: how wide pictures are, in pixels; from 300 on there is room for what they tell.
  /// - Throws: `FitError` if the fit has not kept the random effects.
  public func pictures(
    of fit: PoissonMixedModelFit, residuals: [RowResidual], alpha: Double = 0.05,
    width: Double = 720
  ) throws(FitError) -> [FitPicture] {
    let width = max(width, 300)
    var pictures = [
      FitPicture(name: "rate-ratios", rateRatios(fit, alpha: alpha, width: width))
    ]
    let names = randomNames
    var next = 0
    for (index, factor) in fit.factors.enumerated() {
      for (term, termName) in factor.termNames.enumerated() {
        next += 1
        pictures.append(
          FitPicture(
            name: names.count == 1 ? "random-effects" : "random-effects-\(next)",
            try randomEffects(
              fit, factor: index, term: term, termName, alpha: alpha, width: width)))
      }
    }
    let plots = ResidualPlots(residuals: residuals.filter { $0.quantile.isFinite }, width: width)
    pictures.append(
      FitPicture(name: "fitted", FittedPlot(residuals: residuals, width: width).drawing))
    pictures.append(FitPicture(name: "quantile-quantile", plots.quantileQuantile))
    pictures.append(FitPicture(name: "residuals", plots.againstFitted))
    let frequencies = countFrequencies(of: fit)
    if !frequencies.isEmpty {
      pictures.append(
        FitPicture(name: "rootogram", RootogramPlot(bins: frequencies, width: width).drawing))
    }
    return pictures
  }

  /// All but the intercept, whose exponential is a rate and no ratio of rates.
  private func rateRatios(
    _ fit: PoissonMixedModelFit, alpha: Double, width: Double
  ) -> (SVGDocument, [[String]]) {
    let intercept = "Intercept"
    let effects = fit.fixedEffects.filter { $0.name != intercept || fit.fixedEffects.count == 1 }
    return IntervalPlot(
      title: "Rate ratios",
      axisTitle: "rate ratio with its \(Self.percent(alpha)) interval",
      entries: effects.map { effect in
        let interval = effect.marginal.interval(alpha: alpha)
        return IntervalPlot.Entry(
          name: effect.name, estimate: exp(effect.marginal.mean), lower: exp(interval.lower),
          upper: exp(interval.upper))
      }, isLogarithmic: true, reference: 1, width: width
    ).drawing
  }

  private func randomEffects(
    _ fit: PoissonMixedModelFit, factor: Int, term: Int, _ name: String, alpha: Double,
    width: Double
  ) throws(FitError) -> (SVGDocument, [[String]]) {
    let effects = fit.factors[factor]
    var entries: [IntervalPlot.Entry] = []
    for (group, label) in effects.groupLabels.enumerated() {
      let marginal = try fit.randomEffectMarginal(factor: factor, group: group, term: term)
      let interval = marginal.interval(alpha: alpha)
      entries.append(
        IntervalPlot.Entry(
          name: label, estimate: marginal.mean, lower: interval.lower, upper: interval.upper))
    }
    return IntervalPlot(
      title:
        "Random effects '\(name)' of \(effects.groupLabels.count) levels of '\(effects.factor)'",
      axisTitle:
        "difference from the mean, on the log scale, with its \(Self.percent(alpha)) interval",
      entries: entries.sorted { $0.estimate > $1.estimate }, isLogarithmic: false, reference: 0,
      width: width
    ).drawing
  }

  private static func percent(_ alpha: Double) -> String {
    String(printf: "%.4g %%", 100 * (1 - alpha))
  }
}
