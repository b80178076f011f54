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
    text += "\(ReportNumber.count(scenarios.count, "scenario")), "
    let replicates = results.samples.map(\.plannedReplicates)
    text += RichText(
      Wording.range(replicates.min() ?? 0, replicates.max() ?? 0)
        + (replicates.max() == 1 ? " data set" : " data sets")
        + (scenarios.count > 1 ? " each" : ""))
    text += ", \(ReportNumber.count(results.methods.count, "method")): "
    text += Wording.list(results.methods.map { .code($0) })
    text += ". \(ReportNumber.count(attempted, "fit")), "
    let failed = results.failures.count
    text += RichText(
      failed == 0
        ? (attempted == 1 ? "which did not fail." : "none of which failed.")
        : attempted == 1
          ? "which failed."
          : "of which \(ReportNumber.count(failed)) failed "
            + "(\(Wording.share(failed, of: attempted)))."
    )
    let planned = results.samples.reduce(0) {
      $0 + $1.plannedReplicates * $1.methods.count
    }
    if attempted < planned {
      text += " \(strong: "The study is incomplete:") "
      text += "\(ReportNumber.count(planned)) fits were planned."
    }
    let departing = scenarios.count { $0.departsFromModel }
    if departing > 0 {
      text +=
        scenarios.count == 1 ? " The" : " In \(ReportNumber.count(departing)) of the scenarios the"
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
        : "\(strong: "All \(ReportNumber.count(count)) gates pass:")")
        + " the methods do what is expected of them here, which is not that all of them are right."
    }
    let named = open.prefix(3).map { result -> RichText in
      "\(code: result.gate.measure.rawValue) of \(code: result.gate.parameter) by "
        + "\(code: result.gate.method) in \(code: result.gate.scenario)"
    }
    let rest = open.count - named.count
    let others: [RichText] = rest > 0 ? ["\(ReportNumber.count(rest)) more"] : []
    let headline: RichText =
      "\(ReportNumber.count(open.count)) of \(ReportNumber.count(count, "gate")) "
      + (open.count == 1 ? "does not pass:" : "do not pass:")
    return "\(strong: headline) " + Wording.list(named + others) + "."
  }

  // MARK: How sure

  private var certainty: RichText? {
    let coverages = results.methods.flatMap { results.telling($0, .coverage) }
    guard let widest = coverages.max(by: { $0.nominalError < $1.nominalError }) else { return nil }
    var text: RichText = "\(strong: "How sure:") "
    text += "the Monte Carlo standard error of a nominal coverage is "
    text += RichText(
      ReportNumber.alone(widest.nominalError, error: widest.nominalError) + " with "
        + ReportNumber.count(widest.row.used, "replicate"))
    if coverages.contains(where: { $0.nominalError < widest.nominalError }) {
      text += ", the fewest of all cases"
    }
    text += "; a departure below \(widest.visibleDeparture) may go unmarked"
    if Standing.threshold * widest.nominalError >= widest.alpha {
      text += ", and intervals that are too wide do, even if they always hold the truth"
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
    return "Of the \(ReportNumber.count(all)) numbers judged ("
      + Wording.list(counts.map { RichText($0.1) }) + "), chance alone would mark "
      + (byChance < 0.1 ? "fewer than 0.1." : "about \(ReportNumber.fixed(byChance, decimals: 1)).")
  }

  /// What the verdict says nothing of, because too few replicates speak for it.
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
      "Cases of fewer than \(ReportNumber.count(JudgedRow.fewReplicates)) replicates stand in the "
      + "tables only."
  }
}
