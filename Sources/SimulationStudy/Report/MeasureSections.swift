/// The sections that answer one question each from the performance measures.
struct MeasureSections {
  let results: StudyResults

  /// Do the intervals hold the truth as often as they say?
  func coverage() -> ReportSection? {
    let table = ParameterTable(
      results: results,
      isListed: Self.isTruthKnown, showsTruth: false,
      methodColumns: [.init(title: "") { results.judged($0, $1, $2, .coverage)?.cell }],
      summary: { sample, method in
        span(
          results.rows(sample, method, .coverage).compactMap { row in
            row.value.map {
              Entry($0, row.plainText, row.standing)
            }
          })
      })
    let isConditional = results.methods.contains {
      results.rows($0, .coverage).contains(where: \.isConditional)
    }
    return section(
      "Coverage of the \(Wording.level(results)) intervals", table,
      note: "Share of replicates whose interval holds the truth (Monte Carlo standard error). "
        + "▼ ▲: below or above nominal by more than 3 Monte Carlo standard errors, those of an "
        + "exactly nominal coverage; a mark says that chance does not explain it, not that it is "
        + "large."
        + (isConditional
          ? " Replicates without an interval are left out; the verdict says how many." : ""))
  }

  /// Are the estimates right on average?
  func bias() -> ReportSection? {
    let table = ParameterTable(
      results: results,
      isListed: Self.isTruthKnown, showsTruth: true,
      methodColumns: [
        .init(title: "bias") { results.judged($0, $1, $2, .bias)?.cell },
        .init(title: "in SE", isDetail: true) { scenario, method, parameter in
          results.judged(scenario, method, parameter, .bias)
            .flatMap { StandardizedBias(results, $0) }.map { RichText($0.text) }
        },
      ],
      summary: { sample, method in
        let entries = results.rows(sample, method, .bias).compactMap { row in
          StandardizedBias(results, row).map { Entry($0.value, $0.text, row.standing) }
        }
        return span(entries, unit: " SE")
      })
    return section(
      "Bias of the estimates", table,
      note: "Mean estimate minus truth (Monte Carlo standard error)"
        + (table.hasDetails
          ? ", and the same in units of the empirical standard error. "
          : "; the picture has it in units of the empirical standard error. ")
        + "▼ ▲: more than 3 Monte Carlo standard errors from zero.")
  }

  /// Do the methods know how uncertain they are?
  func standardErrors() -> ReportSection? {
    let table = ParameterTable(
      results: results, isListed: { scenario, _ in scenario.replicates > 1 }, showsTruth: false,
      methodColumns: [
        .init(title: "model / empirical SE", isDetail: true) { scenario, method, parameter in
          modelAgainstEmpirical(scenario.name, method, parameter)
        },
        .init(title: "error, %") {
          results.judged($0, $1, $2, .relativeErrorOfModelStandardError)?.cell
        },
      ],
      summary: { sample, method in
        span(
          results.rows(sample, method, .relativeErrorOfModelStandardError).compactMap { row in
            row.value.map {
              Entry($0, row.plainText, row.standing)
            }
          }, unit: " %")
      })
    return section(
      "Standard errors", table,
      note: (table.hasDetails
        ? ""
        : "By how many percent the model SE differs from the empirical SE (Monte Carlo standard "
          + "error); both are in measures.csv. ")
        + "Model SE: root mean square of the standard errors a method reports. Empirical SE: "
        + "standard deviation of its estimates over the replicates. "
        + (table.hasDetails
          ? "Error: by how many percent the model SE is off (Monte Carlo standard error). " : "")
        + "▼ ▲: too small or too large by more than "
        + "3 Monte Carlo standard errors.")
  }

  /// What do the methods say where nobody knows the truth?
  func estimates() -> ReportSection? {
    let table = ParameterTable(
      results: results,
      isListed: { !Self.isTruthKnown($0, $1) }, showsTruth: false,
      methodColumns: [
        .init(title: "") { scenario, method, parameter in
          guard let row = results.row(scenario.name, method, parameter, .estimate) else {
            return nil
          }
          guard let value = row.estimate else { return RichText(JudgedRow.withoutNumber(row)) }
          return RichText(ReportNumber.withError(value, row.monteCarloStandardError))
        }
      ],
      summary: { sample, method in
        let rows = results.rows(sample, method, .estimate).filter { $0.value != nil }
        return RichText(ReportNumber.count(rows.count, "estimate"))
      }, summaryNote: "How many parameters of a scenario have an estimate.")
    return section(
      "Estimates without a known truth", table,
      note: "Mean over the replicates (Monte Carlo standard error, where there are 2 or more).")
  }

  private static func isTruthKnown(_ scenario: ScenarioSummary, _ parameter: String) -> Bool {
    scenario.kind == .calibration || scenario.truth[parameter] != nil
  }

  private func section(_ title: String, _ table: ParameterTable, note: String) -> ReportSection? {
    let blocks = table.blocks()
    if blocks.isEmpty { return nil }
    return ReportSection(title: RichText(title), blocks: blocks + [.paragraph(RichText(note))])
  }

  private func modelAgainstEmpirical(
    _ scenario: String, _ method: String, _ parameter: String
  ) -> RichText? {
    guard let model = results.row(scenario, method, parameter, .modelStandardError),
      let empirical = results.row(scenario, method, parameter, .empiricalStandardError)
    else { return nil }
    guard let modelValue = model.estimate, let empiricalValue = empirical.estimate else {
      return RichText(JudgedRow.withoutNumber(model))
    }
    // Both with the digits of the less certain, so that they can be compared.
    let error = empirical.monteCarloStandardError
    return RichText(
      ReportNumber.rounded(modelValue, error: error) + " / "
        + ReportNumber.rounded(empiricalValue, error: error))
  }

  /// A number of the summary: where it sorts, how it reads, and whether it is marked.
  private struct Entry {
    let value: Double
    let text: String
    let standing: Standing?

    init(_ value: Double, _ text: String, _ standing: Standing?) {
      self.value = value
      self.text = text
      self.standing = standing
    }
  }

  /// `0.41 to 0.96, 3 ▼`: the range over a scenario's parameters, and how many are marked.
  private func span(_ entries: [Entry], unit: String = "") -> RichText {
    guard let lowest = entries.min(by: { $0.value < $1.value }),
      let highest = entries.max(by: { $0.value < $1.value })
    else { return RichText(ReportNumber.absent) }
    var result = lowest.text + " to " + highest.text + unit
    for standing in [Standing.below, .above] {
      let marked = entries.count { $0.standing == standing }
      if marked > 0 { result += ", \(marked)\(standing.mark)" }
    }
    return RichText(result)
  }
}

/// Bias in units of the empirical standard error.
struct StandardizedBias {
  let row: JudgedRow
  let value: Double

  /// nil where the bias or the empirical standard error has no number.
  init?(_ results: StudyResults, _ bias: JudgedRow) {
    let key = bias.row
    let empirical = results.row(
      key.scenario, key.method, key.parameter, .empiricalStandardError)
    guard let value = bias.value, let error = empirical?.estimate, error > 0,
      (value / error).isFinite
    else { return nil }
    row = bias
    self.value = value / error
  }

  /// With the digits that its Monte Carlo standard error supports: close to sqrt((1 + d^2 / 2) / n), that of a
  /// standardized mean d of normal estimates, whose SD is estimated too.
  var text: String {
    ReportNumber.rounded(
      value, error: ((1 + value * value / 2) / Double(max(1, row.row.used))).squareRoot())
  }
}
