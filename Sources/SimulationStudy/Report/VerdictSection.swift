/// The verdict: what was studied, what holds, what does not, and how sure. Every clause follows
/// from the numbers.
struct VerdictSection {
  let results: StudyResults

  func section() -> ReportSection {
    var blocks: [ReportBlock] = [.paragraph(subject)]
    if let skipped = ProgramSections.verdict(results) { blocks.append(.paragraph(skipped)) }
    if let gates = gateSentence { blocks.append(.paragraph(gates)) }
    if results.measures.contains(where: { $0.measure == .coverage }) {
      blocks += results.methods.flatMap { MethodVerdict(results, $0).blocks() }
      blocks += DepartureVerdict.blocks(results)
      if let agreement = MethodAgreement.text(results) { blocks.append(.paragraph(agreement)) }
      if let table = VerdictTable.table(results) {
        blocks += [.table(table), .paragraph(VerdictTable.note)]
      }
    } else if !results.scenarios.contains(where: { $0.measures.contains(.coverage) }) {
      blocks.append(
        .paragraph("Coverage is not among the measures that were asked for: see the tables."))
    } else if results.scenarios.contains(where: { $0.kind == .calibration }) {
      blocks.append(
        .paragraph("No fit can be used: nothing is said on whether the methods are right."))
    } else {
      blocks.append(
        .paragraph(
          "The truth is not known: the report gives what the methods say, and nothing on whether "
            + "it is "
            + "right."))
    }
    if let certainty { blocks.append(.paragraph(certainty)) }
    return ReportSection(title: "Verdict", blocks: blocks)
  }

  // MARK: What was studied

  private var subject: RichText {
    let scenarios = results.scenarios
    let attempted = results.samples.flatMap(\.methods).reduce(0) { $0 + $1.attempted }
    var text = results.titles.map { "\(strong: RichText($0.question)) " }.joined(separator: .empty)
    text += "\(NumberText.count(scenarios.count, "scenario")), "
    let replicates = results.samples.map(\.plannedReplicates)
    text += RichText(
      Wording.range(replicates.min() ?? 0, replicates.max() ?? 0)
        + (replicates.max() == 1 ? " data set" : " data sets")
        + (scenarios.count > 1 ? " each" : ""))
    text += ", \(NumberText.count(results.methods.count, "method")): "
    text += RichText.list(results.methods.map { .code($0) })
    text += ". \(NumberText.count(attempted, "fit")), "
    let failed = results.failures.count
    text += RichText(
      failed == 0
        ? (attempted == 1 ? "which did not fail." : "none of which failed.")
        : attempted == 1
          ? "which failed."
          : "of which \(NumberText.count(failed)) failed "
            + "(\(Wording.share(failed, of: attempted)))."
    )
    let planned = results.samples.reduce(0) {
      $0 + $1.plannedReplicates * $1.methods.count
    }
    if attempted < planned {
      text += " \(strong: "The study is incomplete:") "
      text += "\(NumberText.count(planned)) fits were planned."
    }
    let departing = scenarios.count { $0.departsFromModel }
    if departing > 0 {
      text +=
        scenarios.count == 1 ? " The" : " In \(NumberText.count(departing)) of the scenarios the"
      text +=
        " data depart from the model that is fitted: what falls short there may be the departure's "
      text += "doing and not the method's."
    }
    if let stopping = StoppingWording.summary(results.samples) { text += " " + stopping }
    return text
  }

  private var gateSentence: RichText? {
    let count = results.gates.count
    guard count > 0 else { return nil }
    let open = results.gates.filter { !$0.passed }
    if open.isEmpty {
      return
        (count == 1
        ? "\(strong: "The gate passes:")"
        : "\(strong: "All \(NumberText.count(count)) gates pass:")")
        + " the methods do what is expected of them here, which is not that all of them are right."
    }
    let named = open.prefix(3).map { result -> RichText in
      "\(code: result.gate.measure.rawValue) of \(code: result.gate.parameter) by "
        + "\(code: result.gate.method) in \(code: result.gate.scenario)"
    }
    let rest = open.count - named.count
    let others: [RichText] = rest > 0 ? ["\(NumberText.count(rest)) more"] : []
    let headline: RichText =
      "\(NumberText.count(open.count)) of \(NumberText.count(count, "gate")) "
      + (open.count == 1 ? "does not pass:" : "do not pass:")
    return "\(strong: headline) " + RichText.list(named + others) + "."
  }

  // MARK: How sure

  private var certainty: RichText? {
    let coverages = results.methods.flatMap { results.telling($0, .coverage) }
    guard let widest = coverages.max(by: { $0.nominalError < $1.nominalError }) else { return nil }
    var text: RichText = "\(strong: "How sure:") "
    text += "the Monte Carlo standard error of a nominal coverage is "
    text += RichText(
      NumberText.alone(widest.nominalError, error: widest.nominalError) + " with "
        + NumberText.count(widest.row.used, "replicate"))
    if coverages.contains(where: { $0.nominalError < widest.nominalError }) {
      text += ", the fewest of all cases"
    }
    text += "; a departure below \(widest.visibleDeparture) may go unmarked"
    if Standing.threshold * widest.nominalError >= widest.alpha {
      text += ", and intervals that are too wide do, even if they always cover the truth"
    }
    text += ". " + chance
    if widest.row.used < JudgedRow.fewReplicates {
      text += " With so few replicates the standard errors themselves are rough."
    } else if let ignored {
      text += " " + ignored
    }
    return text
  }

  /// How much of everything judged would be marked if nothing were wrong.
  private var chance: RichText {
    let measures: [(PerformanceMeasure, String)] = [
      (.coverage, "coverages"), (.bias, "biases"),
      (.relativeErrorOfModelStandardError, "standard errors"),
      (.rejectionRate, "rejections of true nulls"),
    ]
    let counts = measures.map { measure, name in
      (results.methods.reduce(0) { $0 + results.telling($1, measure).count }, name)
    }.filter { $0.0 > 0 }
    let all = counts.reduce(0) { $0 + $1.0 }
    let byChance = Double(all) * Standing.chance
    return "Of the \(NumberText.count(all)) numbers judged ("
      + RichText.list(counts.map { RichText($0.1) }) + "), chance alone would mark "
      + (byChance < 0.1 ? "fewer than 0.1." : "about \(NumberText.fixed(byChance, decimals: 1)).")
  }

  /// What the verdict leaves out because of too few replicates.
  private var ignored: RichText? {
    let few = results.samples.filter { sample in
      results.methods.contains { method in
        results.rows(sample, method, .coverage).contains {
          $0.standing != nil && $0.row.used < JudgedRow.fewReplicates
        }
      }
    }
    guard !few.isEmpty else { return nil }
    return
      "Cases of fewer than \(NumberText.count(JudgedRow.fewReplicates)) replicates stand in the "
      + "tables only."
  }
}

/// The numbers behind the verdict: for each method and kind of parameters the range of what is
/// judged, and how much of it is marked.
enum VerdictTable {
  /// nil where nothing is judged.
  static func table(_ results: StudyResults) -> ReportTable? {
    let hasTests = results.methods.contains { !results.telling($0, .rejectionRate).isEmpty }
    var columns: [ReportTable.Column] = [
      .left("Method"), .left("Cases"), .right("Coverage"), .right("Bias, SE"),
      .right("Error of SE, %"),
    ]
    if hasTests { columns.append(.right("Rejects true nulls")) }
    let rows = results.methods.flatMap { method in
      ParameterKind.allCases.compactMap { row(results, method, $0, hasTests: hasTests) }
    }
    return rows.isEmpty ? nil : ReportTable(columns: columns, rows: rows)
  }

  private static func row(
    _ results: StudyResults, _ method: String, _ kind: ParameterKind, hasTests: Bool
  ) -> [RichText]? {
    func rows(_ measure: PerformanceMeasure) -> [JudgedRow] {
      results.telling(method, measure).filter { $0.kind == kind }
    }
    func range(_ measure: PerformanceMeasure) -> RichText {
      CaseRange(entries: rows(measure).compactMap(CaseRange.Entry.init)).text()
    }
    let biases = rows(.bias)
    let count = max(rows(.coverage).count, biases.count)
    if count == 0 { return nil }
    let cells: [RichText] = [
      .code(method), RichText(kind.count(count)), range(.coverage),
      CaseRange(
        entries: biases.compactMap { StandardizedBias(results, $0) }.map(CaseRange.Entry.init)
      ).text(),
      range(.relativeErrorOfModelStandardError),
    ]
    let nulls = rows(.rejectionRate)
    return hasTests ? cells + [nulls.isEmpty ? .empty : range(.rejectionRate)] : cells
  }

  static let note: RichText =
    "From the lowest to the highest case (a parameter in a scenario), and how many are marked: ▼ "
    + "below, ▲ above what they should be by more than 3 Monte Carlo standard errors. Bias is in "
    + "units of the empirical standard error."
}

/// Where data depart from the model that is fitted: what each departure breaks, scenario by
/// scenario.
enum DepartureVerdict {
  /// nil where no data depart.
  static func blocks(_ results: StudyResults) -> [ReportBlock] {
    let departing = results.samples.filter(\.summary.departsFromModel)
    guard !departing.isEmpty, let method = best(results, departing) else { return [] }
    return [
      .paragraph("\(strong: "What each departure breaks"), even under \(code: method):"),
      .bullets(departing.map { item(results, $0, method) }),
    ]
  }

  /// The method with the fewest intervals that fall short; of several the last, which builds on
  /// those before it.
  private static func best(_ results: StudyResults, _ samples: [ScenarioSample]) -> String? {
    let judged = results.methods.filter { !results.rows($0, .coverage).isEmpty }
    return judged.reversed().min { first, second in
      let counts = [first, second].map { method in
        samples.reduce(0) { count, sample in
          count + results.rows(sample, method, .coverage).count { $0.standing == .below }
        }
      }
      return counts[0] < counts[1]
    }
  }

  private static func item(
    _ results: StudyResults, _ sample: ScenarioSample, _ method: String
  ) -> RichText {
    let coverages = results.rows(sample, method, .coverage)
    let short = coverages.filter { $0.standing == .below }
    let biases = results.rows(sample, method, .bias).filter(\.isMarked)
      .compactMap { StandardizedBias(results, $0) }
    var findings: [RichText] = []
    if !short.isEmpty {
      let list = short.map { row -> RichText in "\(code: row.parameter) (\(row.briefText))" }
      findings.append("intervals cover the truth too rarely for " + RichText.list(list))
    }
    if !biases.isEmpty {
      let list = biases.map { bias -> RichText in "\(code: bias.row.parameter) (by \(bias.text) SE)"
      }
      findings.append("estimates are biased for " + RichText.list(list))
    }
    let summary = sample.summary
    var text: RichText = "\(code: summary.name)"
    if !summary.description.isEmpty { text += " (\(brief(summary.description)))" }
    if findings.isEmpty { return text + ": nothing that shows." }
    let broken = Set(short.map(\.parameter)).union(biases.map(\.row.parameter))
    let whole = coverages.map(\.parameter).filter { !broken.contains($0) }
    return text + ": " + findings.joined(separator: "; ")
      + (whole.isEmpty
        ? "." : "; nothing shows for " + RichText.list(whole.map { .code($0) }) + ".")
  }

  /// The beginning of a description that is no name any more: it is repeated for each scenario.
  private static func brief(_ description: String) -> String {
    description.utf8.count <= 200 ? description : description.prefix(197) + "..."
  }
}
