/// The verdict on one method: a headline on its intervals, then what lies behind it.
struct MethodVerdict {
  private let results: StudyResults
  private let method: String

  init(_ results: StudyResults, _ method: String) {
    self.results = results
    self.method = method
  }

  func blocks() -> [ReportBlock] {
    let judged = results.rows(method, .coverage).filter { $0.standing != nil }
    let items = [coverage(judged), bias, standardErrors, failures].compactMap { $0 }
    let headline = ReportBlock.paragraph(.strong("\(code: method): " + headline(judged)))
    return items.isEmpty ? [headline] : [headline, .bullets(items)]
  }

  // MARK: Intervals

  private func headline(_ judged: [JudgedRow]) -> RichText {
    guard let lowest = judged.min(by: Self.byValue) else {
      return results.rows(method, .coverage).isEmpty
        ? "run only where no truth is known." : "too few usable replicates for any coverage."
    }
    let intervals = "the \(Wording.level(results)) intervals"
    let below = judged.count { $0.standing == .below }
    if below == 0 {
      return judged.contains { $0.row.used < JudgedRow.fewReplicates }
        ? "no shortfall of \(intervals) is seen, nor could a small one be with so few replicates."
        : "\(intervals) hold."
    }
    return "\(intervals) fall short in \(ReportNumber.count(below)) of "
      + "\(ReportNumber.count(judged.count, "case")), at worst \(lowest.text)."
  }

  private func coverage(_ judged: [JudgedRow]) -> RichText? {
    guard let lowest = judged.min(by: Self.byValue), let highest = judged.max(by: Self.byValue)
    else { return nil }
    var text: RichText = "Coverage: \(lowest.text) (\(place(lowest)))"
    if judged.count > 1 { text += " to \(highest.text) (\(place(highest)))" }
    for standing in [Standing.below, .above] {
      let marked = judged.filter { $0.standing == standing }
      guard !marked.isEmpty else { continue }
      text += standing == .below ? ". Below nominal: " : ". Above nominal: "
      text += groups(marked, of: judged) { group in
        let worst = standing == .below ? group.min(by: Self.byValue) : group.max(by: Self.byValue)
        return worst.map { ($0, RichText($0.plainText)) }
      }
    }
    let missing = results.rows(method, .coverage).count - judged.count
    if missing > 0 {
      text += ". No number in \(ReportNumber.count(missing, "case"))"
    }
    return text + "."
  }

  // MARK: Bias

  private var bias: RichText? {
    let all = results.rows(method, .bias).compactMap { StandardizedBias(results, $0) }
    guard let largest = all.max(by: { abs($0.value) < abs($1.value) }) else { return nil }
    var text: RichText = "Bias: largest \(largest.text) empirical SE (\(place(largest.row)))"
    let marked = all.filter { $0.row.isMarked }
    guard !marked.isEmpty else { return text + ", none beyond Monte Carlo error." }
    text += ". Beyond Monte Carlo error: "
    text += groups(marked.map(\.row), of: all.map(\.row)) { group in
      let parameter = group.first?.parameter
      return marked.filter { $0.row.parameter == parameter }
        .max { abs($0.value) < abs($1.value) }
        .map { ($0.row, RichText($0.text)) }
    }
    return text + "."
  }

  // MARK: Standard errors

  private var standardErrors: RichText? {
    let rows = results.rows(method, .relativeErrorOfModelStandardError)
      .filter { $0.standing != nil }
    guard let lowest = rows.min(by: Self.byValue), let highest = rows.max(by: Self.byValue)
    else { return nil }
    var text: RichText = "Standard errors against the empirical ones: "
    text += "\(lowest.plainText) % (\(place(lowest)))"
    if rows.count > 1 { text += " to \(highest.plainText) % (\(place(highest)))" }
    let small = rows.count { $0.standing == .below }
    let large = rows.count { $0.standing == .above }
    if small + large == 0 { return text + ", none beyond Monte Carlo error." }
    let counts = [(small, "too small"), (large, "too large")].filter { $0.0 > 0 }
    text += ". Beyond Monte Carlo error: "
    text += Wording.list(
      counts.map { "\($1) in \(ReportNumber.count($0)) of \(ReportNumber.count(rows.count))" })
    return text + "."
  }

  // MARK: Failures

  private var failures: RichText? {
    let samples = results.samples.flatMap(\.methods).filter { $0.method == method }
    let failed = samples.reduce(0) { $0 + $1.failures.count }
    let attempted = samples.reduce(0) { $0 + $1.attempted }
    guard failed > 0 else { return nil }
    return RichText(
      "Failed: \(ReportNumber.count(failed)) of \(ReportNumber.count(attempted, "fit")) "
        + "(\(Wording.share(failed, of: attempted))).")
  }

  // MARK: Wording

  /// `Intercept` (5 of 6 scenarios, worst 0.412 in `few-groups`), the most frequent parameter first,
  /// those equally frequent in the model's order.
  /// - Parameters:
  ///   - marked: the rows to be named, of one or more parameters.
  ///   - all: the rows they were picked from.
  ///   - worst: the row of one parameter's that matters most, and its number as text.
  private func groups(
    _ marked: [JudgedRow], of all: [JudgedRow],
    worst: ([JudgedRow]) -> (row: JudgedRow, text: RichText)?
  ) -> RichText {
    let names = all.map(\.parameter).reduce(into: [String]()) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    let groups = names.map { name in marked.filter { $0.parameter == name } }
      .enumerated()
      .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
      .map(\.element)
      .filter { !$0.isEmpty }
    let shown = groups.prefix(Self.parametersShown).compactMap { group -> RichText? in
      guard let (row, text) = worst(group) else { return nil }
      if results.samples.count == 1 { return "\(code: row.parameter) (\(text))" }
      let scenarios = all.count { $0.parameter == row.parameter }
      return "\(code: row.parameter) (\(ReportNumber.count(group.count)) of "
        + "\(ReportNumber.count(scenarios, "scenario")), worst \(text) in \(code: row.scenario))"
    }
    let rest = groups.count - shown.count
    let others: [RichText] = rest > 0 ? [RichText(ReportNumber.count(rest, "other parameter"))] : []
    return Wording.list(shown + others)
  }

  private static let parametersShown = 6

  private func place(_ row: JudgedRow) -> RichText {
    results.samples.count == 1
      ? "\(code: row.parameter)" : "\(code: row.parameter) in \(code: row.scenario)"
  }

  private static func byValue(_ first: JudgedRow, _ second: JudgedRow) -> Bool {
    (first.value ?? 0) < (second.value ?? 0)
  }
}
