/// The sections that answer one question each from the performance measures.
struct MeasureSections {
  let results: StudyResults

  /// Do the intervals cover the truth as often as they say?
  func coverage() -> ReportSection? {
    let table = ParameterTable(
      results: results,
      isListed: Self.isTruthKnown, showsTruth: false,
      methodColumns: [.init(title: "") { results.judged($0, $1, $2, .coverage)?.cell }],
      summary: { sample, method in
        CaseRange(entries: results.rows(sample, method, .coverage).compactMap(CaseRange.Entry.init))
          .text()
      })
    let isConditional = results.methods.contains {
      results.rows($0, .coverage).contains(where: \.isConditional)
    }
    return section(
      "Coverage of the \(Wording.level(results)) intervals", table,
      note: "Share of replicates whose interval covers the truth (Monte Carlo standard error). "
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
          StandardizedBias(results, row).map(CaseRange.Entry.init)
        }
        return CaseRange(entries: entries).text(unit: " SE")
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
      results: results,
      isListed: { scenario, parameter in
        scenario.replicates > 1 && ParameterKind(parameter: parameter) != .check
      }, showsTruth: false,
      methodColumns: [
        .init(title: "model / empirical SE", isDetail: true) { scenario, method, parameter in
          modelAgainstEmpirical(scenario.name, method, parameter)
        },
        .init(title: "error, %") {
          results.judged($0, $1, $2, .relativeErrorOfModelStandardError)?.cell
        },
      ],
      summary: { sample, method in
        CaseRange(
          entries: results.rows(sample, method, .relativeErrorOfModelStandardError)
            .compactMap(CaseRange.Entry.init)
        ).text(unit: " %")
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
      isListed: { !Self.isTruthKnown($0, $1) && ParameterKind(parameter: $1) != .check },
      showsTruth: false,
      methodColumns: [
        .init(title: "") { scenario, method, parameter in
          guard let row = results.row(scenario.name, method, parameter, .estimate) else {
            return nil
          }
          guard let value = row.estimate else { return RichText(JudgedRow.withoutNumber(row)) }
          return RichText(NumberText.withError(value, row.monteCarloStandardError))
        }
      ],
      summary: { sample, method in
        let rows = results.rows(sample, method, .estimate).filter { $0.value != nil }
        return RichText(NumberText.count(rows.count, "estimate"))
      }, summaryNote: "How many parameters of a scenario have an estimate.")
    return section(
      "Estimates without a known truth", table,
      note: "Mean over the replicates (Monte Carlo standard error, where there are 2 or more).")
  }

  private static func isTruthKnown(_ scenario: ScenarioSummary, _ parameter: String) -> Bool {
    scenario.kind == .calibration
      || scenario.truth[parameter] != nil && ParameterKind(parameter: parameter) != .check
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
      NumberText.rounded(modelValue, error: error) + " / "
        + NumberText.rounded(empiricalValue, error: error))
  }
}

/// How often is a true null rejected, and how often is an effect found that is there?
enum TestSection {
  /// nil for a study without tests.
  static func section(_ results: StudyResults) -> ReportSection? {
    let nulls = table(results, ofNulls: true).blocks()
    let power = table(results, ofNulls: false).blocks()
    var blocks: [ReportBlock] = []
    if !nulls.isEmpty {
      blocks.append(.paragraph("\(strong: "How often is a true null rejected?")"))
      blocks += nulls
      blocks.append(
        .paragraph(
          "Type I error: share of replicates with p at most \(Wording.testLevel(results)) for a "
            + "coefficient that is 0 "
            + "(Monte Carlo standard error). ▲ ▼: more or less often than the level by more than 3 "
            + "Monte Carlo standard "
            + "errors, those of an exactly nominal test."))
    }
    if !power.isEmpty {
      let note: RichText =
        "Power: share of replicates with p at most \(Wording.testLevel(results)) for a coefficient "
        + "that is not 0 (Monte Carlo standard error). A method that rejects true nulls too often "
        + "has its power for nothing."
      blocks.append(
        .folded(
          summary: "Power: how often is an effect found that is there?", power + [.paragraph(note)])
      )
    }
    if blocks.isEmpty { return nil }
    return ReportSection(title: "Tests at the \(Wording.testLevel(results)) level", blocks: blocks)
  }

  private static func table(_ results: StudyResults, ofNulls: Bool) -> ParameterTable {
    func isListed(_ scenario: ScenarioSummary, _ parameter: String) -> Bool {
      let isCheck = ParameterKind(parameter: parameter) == .check
      guard let truth = scenario.truth[parameter] ?? (isCheck ? .nan : nil),
        (truth == 0) == ofNulls
      else { return false }
      // Whether there is an intercept at all is nobody's question.
      if !ofNulls, parameter == DataGeneratingMechanism.interceptName { return false }
      return scenario.methods.contains {
        results.row(scenario.name, $0, parameter, .rejectionRate) != nil
      }
    }
    return ParameterTable(
      results: results, isListed: isListed, showsTruth: !ofNulls,
      methodColumns: [.init(title: "") { results.judged($0, $1, $2, .rejectionRate)?.cell }],
      summary: { sample, method in
        let rows = results.rows(sample, method, .rejectionRate)
          .filter { isListed(sample.summary, $0.parameter) }
        return CaseRange(entries: rows.compactMap(CaseRange.Entry.init)).text()
      })
  }
}
