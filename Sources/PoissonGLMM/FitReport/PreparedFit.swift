/// A model whose data, formula and questions have been found sound, before the time for a fit is
/// spent.
package struct PreparedFit {
  package let frame: ModelFrame
  package let model: PoissonMixedModel
  /// What a user should know before the fit: of columns that are probably not meant as they stand.
  package let earlyWarnings: [String]
  private let formula: Formula
  private let dataName: String
  private let settings: FitSettings
  private let questions: FitQuestions

  /// - Throws: `FormulaError`, `CSVError` or `ModelError` for the first thing that is amiss.
  package init(formula text: String, data: FitData, settings: FitSettings) throws {
    formula = try data.formula(text, settings)
    frame = try data.frame(formula, settings)
    model = try frame.model(priors: settings.priors, family: settings.family)
    questions = try FitQuestions(settings, frame)
    earlyWarnings = frame.columnWarnings + settings.idlePriors(of: model)
    dataName = data.name
    self.settings = settings
  }

  /// Fits the model, checks it and answers the questions. Where levels are without events two more
  /// fits say how much of their effects is the prior's.
  /// - Parameter keepsRandomEffects: whether the fit is to predict, to be saved, or to tell the
  ///   intervals of its random effects.
  package func report(keepsRandomEffects: Bool) throws(FitError) -> FitReport {
    var options = settings.options(keepsRandomEffects: keepsRandomEffects)
    options.combinations = questions.combinations
    let clock = ContinuousClock()
    let start = clock.now
    let fit = try model.fit(options)
    var output = FitOutput(
      formula: formula, dataName: dataName, droppedRows: frame.droppedRows, model: model, fit: fit,
      options: options, alpha: settings.alpha, seconds: (clock.now - start) / .seconds(1))
    try FitLimit.check()
    let sizes = try EventlessSizes(model, columns: frame.fixed, fit: fit, options: options)
    output.warnings =
      output.warnings.map { sizes.sentences[$0] ?? $0 } + settings.idlePriors(of: model)
    output.references = settings.references
    output.checks = model.checks(of: fit, threads: options.threads, rowName: frame.location)
    try FitLimit.check()
    output.derived = try questions.answers(fit, alpha: settings.alpha)
    if settings.variances {
      output.variances = try fit.varianceSummary(of: model, alpha: settings.alpha)
    }
    try FitLimit.check()
    return FitReport(
      frame: frame, model: model, fit: fit, output: output, earlyWarnings: earlyWarnings,
      references: settings.references)
  }
}

/// A fit with all that is reported of it.
package struct FitReport {
  package let frame: ModelFrame
  package let model: PoissonMixedModel
  package let fit: PoissonMixedModelFit
  package let output: FitOutput
  package let earlyWarnings: [String]
  fileprivate let references: [String: String]

  /// All warnings: those before the fit, and what it added.
  package var warnings: [String] { earlyWarnings + lateWarnings }

  /// The warnings that were not there before the fit.
  package var lateWarnings: [String] {
    output.warnings.filter { !earlyWarnings.contains($0) }
  }

  /// The fit in a form that a file holds.
  /// - Throws: `FitError` if it has not kept the random effects.
  package func saved() throws(FitError) -> SavedFit {
    try SavedFit(fit, model: model, frame: frame, references: references)
  }
}
