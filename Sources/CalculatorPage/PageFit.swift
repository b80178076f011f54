import CalculatorAPI
import PlatformEssentials
import PoissonGLMM

/// A fit that the page asks for, with all that is told of it.
struct PageFit {
  let answer: FittedAnswer

  init(
    _ request: PageRequest, guess: DataGuess, formula: String, settings: FitSettings,
    limits: RequestLimits
  ) throws {
    let savedName = request.savedName(hasOwnHeader: guess.hasOwnHeader)
    let prepared = try PreparedFit(
      formula: formula, data: .text(guess.bytes, name: savedName), settings: settings)
    try limits.require(prepared.frame)
    let report = try prepared.report(keepsRandomEffects: true)
    let residuals = try report.model.residuals(of: report.fit, threads: settings.threads)
    try FitLimit.check()
    let pictures = try report.model.pictures(
      of: report.fit, residuals: residuals, alpha: settings.alpha, width: request.width ?? 720)
    try FitLimit.check()
    let ratios = try report.fit.medianRateRatios(of: report.model, alpha: settings.alpha)
    let command = RepeatingCommand(
      data: savedName, formula: formula, settings: settings, na: request.na ?? [])
    let spreadsheet = SpreadsheetFormula(report, settings: settings)
    let output = report.output
    var answer = FittedAnswer(
      title: Self.title(output), facts: Self.facts(report),
      sentences: [
        EffectWords(report).sentence,
        GroupWords(report: report, medianRateRatios: ratios).sentence,
      ].compactMap { $0 },
      warnings: Self.warnings(report), sections: Self.sections(output, pictures), takeaways: [],
      command: command.text, spreadsheet: spreadsheet)
    answer.takeaways = try Self.takeaways(
      answer, report: report, pictures: pictures, data: guess, name: savedName)
    self.answer = answer
  }

  /// The warnings of the fit, and what its checks say that matters for reading it.
  private static func warnings(_ report: FitReport) -> [String] {
    let output = report.output
    let notable = output.priorSensitivity.prefix(output.fixedEffects.count).filter(\.isNotable)
    let prior =
      notable.isEmpty
      ? []
      : [
        "The prior matters for \(PlainWords.list(notable.map(\.name))): twice its weight would "
          + "move \(notable.count == 1 ? "this estimate" : "these estimates") by a quarter of the "
          + "standard error or more."
      ]
    return report.warnings.map(PageFault.onPage) + output.checks.filter(\.matters).map(\.sentence)
      + prior
  }

  private static func title(_ output: FitOutput) -> String {
    let groups = output.factors.map { "\(PlainWords.levels($0.levels)) of \($0.name)" }
    return "\(output.observations) rows"
      + (groups.isEmpty ? ", without groups" : " in " + PlainWords.list(groups))
  }

  private static func facts(_ report: FitReport) -> [[String]] {
    let output = report.output
    let dropped = output.droppedRows
    return [
      ["formula", output.formula],
      [
        "rows",
        "\(output.observations)"
          + (dropped > 0 ? ", and \(dropped) with a missing value left out" : ""),
      ],
      ["counts", output.family.phrase],
      ["approximation", output.approximation.rawValue],
      ["intervals", "hold a probability of \(PlainWords.level(output.alpha))"],
      [
        "optimization",
        output.optimization.converged
          ? "converged" : "NOT converged (\(output.optimization.stopReason.rawValue))",
      ],
      ["program", "glmm-poisson \(packageVersion)"],
    ]
  }

  private static func sections(
    _ output: FitOutput, _ pictures: [FitPicture]
  ) -> [AnswerSection] {
    let tables = AnswerTables(output: output)
    func drawn(_ names: String...) -> [AnswerPicture] {
      pictures.filter { names.contains($0.name) }.map(AnswerPicture.init)
    }
    let effects = pictures.filter { $0.name.hasPrefix("random-effects") }.map(AnswerPicture.init)
    var sections = [
      AnswerSection(
        title: output.family == .poisson ? "The table of GLMM_POISSON" : "The estimates",
        notes: [
          "Effects go by their names. The standard deviation of random effects is here the "
            + "exponential of the mean of its logarithm, as the function defines it."
        ],
        tables: [tables.documented]
          + (output.factors.isEmpty ? [] : [tables.variances]) + [tables.criteria])
    ]
    if !output.familyRows.isEmpty {
      sections.append(
        AnswerSection(
          title: "Scatter of the counts", notes: output.familyNotes, tables: [tables.family]))
    }
    if !tables.rateRatios.rows.isEmpty {
      sections.append(
        AnswerSection(
          title: "Rate ratios", tables: [tables.rateRatios], pictures: drawn("rate-ratios")))
    }
    if !output.factors.isEmpty {
      sections += [
        AnswerSection(
          title: "Differences between groups",
          notes: [
            "Estimates are posterior medians, of the logarithm of the expected count."
          ], tables: tables.standardDeviations + tables.correlations),
        AnswerSection(title: "Each group", pictures: effects),
      ]
    }
    return sections + [
      AnswerSection(
        title: "Fitted against observed",
        notes: ["Where the model holds, the dark line of means keeps to the dashed one."],
        pictures: drawn("fitted")),
      AnswerSection(
        title: "Residual check", notes: output.checks.map(\.sentence),
        pictures: drawn("quantile-quantile", "residuals", "rootogram")),
    ]
  }

  private static func takeaways(
    _ answer: FittedAnswer, report: FitReport, pictures: [FitPicture], data: DataGuess,
    name: String
  ) throws -> [Takeaway] {
    let csv = "text/csv;charset=utf-8"
    var files = [
      Takeaway(
        name: "report.html", label: "Report, one HTML file", mediaType: "text/html;charset=utf-8",
        text: HTMLReport(answer, pictures: pictures).text),
      Takeaway(
        name: "results.csv", label: "Estimates, CSV", mediaType: csv, text: report.output.csv),
      Takeaway(
        name: "results.json", label: "All results, JSON", mediaType: "application/json",
        text: try report.output.json),
    ]
    if !report.output.factors.isEmpty {
      files.append(
        Takeaway(
          name: "random-effects.csv", label: "Effect of each group, CSV", mediaType: csv,
          text: try report.output.randomEffectsCSV(report.fit)))
    }
    files += pictures.map {
      Takeaway(
        name: "\($0.name).svg", label: "Picture: \($0.title), SVG", mediaType: "image/svg+xml",
        text: $0.svg)
    }
    if let cells = answer.spreadsheet.cells {
      files.append(
        Takeaway(
          name: "cells.csv", label: "Cells of the spreadsheet formula, CSV", mediaType: csv,
          text: cells))
    }
    files.append(
      Takeaway(
        name: name, label: "The data as they were read, for the command",
        mediaType: csv, text: String(decoding: data.bytes, as: UTF8.self)))
    return files
  }
}
