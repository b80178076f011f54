/// The verdict on one method: intervals, bias, standard errors, failures.
struct MethodVerdict {
  private let results: StudyResults
  private let method: String

  init(_ results: StudyResults, _ method: String) {
    self.results = results
    self.method = method
  }

  func paragraph() -> RichText {
    [intervals, bias, standardErrors, failures].compactMap { $0 }.joined(separator: " ")
  }

  // MARK: Intervals

  private var intervals: RichText {
    let rows = results.rows(method, .coverage)
    let judged = rows.filter { $0.standing != nil }
    guard let lowest = extreme(judged, smallest: true),
      let highest = extreme(judged, smallest: false)
    else {
      return rows.isEmpty
        ? "\(code: method) was run where no truth is known."
        : "\(code: method) has fewer than 2 usable replicates, hence no coverage."
    }
    let below = judged.filter { $0.standing == .below }
    let above = judged.filter { $0.standing == .above }
    var text: RichText = .strong("\(code: method): " + headline(below, of: judged, lowest))
    text += " "
    if below.isEmpty {
      text += "Coverage runs from \(withError(lowest)) for \(name(lowest)) to "
      text += "\(withError(highest)) for \(name(highest))."
    } else {
      text += "Below nominal: " + byParameter(below, of: judged, smallest: true) + "."
      if below.count < judged.count {
        text += " The other \(ReportNumber.count(judged.count - below.count)) "
        text += "are nominal\(above.isEmpty ? "" : " or above") within Monte Carlo error."
      }
    }
    if !above.isEmpty {
      text += " Above nominal: " + byParameter(above, of: judged, smallest: false) + "."
    }
    let missing = rows.count - judged.count
    if missing > 0 {
      text += " \(ReportNumber.count(missing, "coverage")) could not be computed."
    }
    return text
  }

  private func headline(
    _ below: [JudgedRow], of judged: [JudgedRow], _ lowest: JudgedRow
  ) -> RichText {
    let intervals = "the \(Wording.level(results)) intervals"
    if below.isEmpty { return "\(intervals) hold." }
    return "\(intervals) fall short in \(ReportNumber.count(below.count)) of "
      + "\(ReportNumber.count(judged.count, "coverage")), at worst \(withError(lowest))."
  }

  /// `Intercept` (5 of 6 scenarios, down to 0.412), the most frequent first.
  private func byParameter(
    _ marked: [JudgedRow], of judged: [JudgedRow], smallest: Bool
  ) -> RichText {
    let names = judged.map(\.parameter).reduce(into: [String]()) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    let groups = names.map { name in marked.filter { $0.parameter == name } }
      .filter { !$0.isEmpty }
      .enumerated()
      .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
      .map(\.element)
    let shown = groups.prefix(Self.parametersShown).compactMap { group -> RichText? in
      guard let worst = extreme(group, smallest: smallest) else { return nil }
      let all = judged.count { $0.parameter == worst.parameter }
      if results.samples.count == 1 { return "\(code: worst.parameter) (\(withError(worst)))" }
      let reach = group.count == 1 ? "" : smallest ? "down to " : "up to "
      return
        "\(code: worst.parameter) (\(ReportNumber.count(group.count)) of \(ReportNumber.count(all, "scenario")), "
        + "\(reach)\(value(worst)) in \(code: worst.scenario))"
    }
    let rest = groups.count - shown.count
    let others: [RichText] = rest > 0 ? ["\(ReportNumber.count(rest, "other parameter"))"] : []
    return Wording.list(shown + others)
  }

  private static let parametersShown = 6

  // MARK: Bias

  private var bias: RichText? {
    let all = results.rows(method, .bias).compactMap { StandardizedBias(results, $0) }
    guard !all.isEmpty else { return nil }
    let kinds: [(String, [StandardizedBias])] = [
      ("fixed effects", all.filter { !$0.row.isLogSD }), ("log SDs", all.filter { $0.row.isLogSD }),
    ]
    let largest = kinds.compactMap { kind, biases -> RichText? in
      guard let worst = biases.max(by: { abs($0.value) < abs($1.value) }) else { return nil }
      return "\(worst.text) empirical SE among the \(kind) (\(name(worst.row)))"
    }
    let marked = all.count { $0.row.standing == .below || $0.row.standing == .above }
    let significance: RichText =
      marked == 0
      ? "no bias is beyond Monte Carlo error"
      : "\(ReportNumber.count(marked)) of \(ReportNumber.count(all.count)) are beyond Monte Carlo error"
    return "Largest bias: " + Wording.list(largest) + "; " + significance + "."
  }

  // MARK: Standard errors

  private var standardErrors: RichText? {
    let rows = results.rows(method, .relativeErrorOfModelStandardError)
    guard let lowest = extreme(rows, smallest: true), let highest = extreme(rows, smallest: false)
    else { return nil }
    if rows.count == 1 {
      return "Its standard error is \(off(lowest)) against the empirical one."
    }
    return "Its standard errors are between \(off(lowest)) (\(name(lowest))) and \(off(highest)) "
      + "(\(name(highest))) against the empirical ones."
  }

  private func off(_ row: JudgedRow) -> RichText {
    guard let value = row.value else { return RichText(ReportNumber.absent) }
    let size = ReportNumber.rounded(abs(value), error: row.row.monteCarloStandardError)
    return RichText("\(size) % too \(value < 0 ? "small" : "large")")
  }

  // MARK: Failures

  private var failures: RichText? {
    let samples = results.samples.flatMap(\.methods).filter { $0.method == method }
    let failed = samples.reduce(0) { $0 + $1.failures.count }
    let attempted = samples.reduce(0) { $0 + $1.attempted }
    guard failed > 0 else { return nil }
    return RichText(
      "\(ReportNumber.count(failed)) of \(ReportNumber.count(attempted, "fit")) failed "
        + "(\(Wording.share(failed, of: attempted))).")
  }

  // MARK: Wording

  private func extreme(_ rows: [JudgedRow], smallest: Bool) -> JudgedRow? {
    let numbered = rows.filter { $0.value != nil }
    let key = { (row: JudgedRow) in row.value ?? 0 }
    return smallest
      ? numbered.min { key($0) < key($1) } : numbered.max { key($0) < key($1) }
  }

  private func withError(_ row: JudgedRow) -> RichText {
    guard let value = row.value else { return RichText(ReportNumber.absent) }
    return RichText(
      ReportNumber.withError(
        value, row.row.monteCarloStandardError, fallbackError: row.nominalError))
  }

  private func value(_ row: JudgedRow) -> RichText {
    guard let value = row.value else { return RichText(ReportNumber.absent) }
    return RichText(
      ReportNumber.rounded(
        value,
        error: row.row.monteCarloStandardError.flatMap { $0 > 0 ? $0 : nil } ?? row.nominalError))
  }

  private func name(_ row: JudgedRow) -> RichText {
    results.samples.count == 1
      ? "\(code: row.parameter)" : "\(code: row.parameter) in \(code: row.scenario)"
  }
}
