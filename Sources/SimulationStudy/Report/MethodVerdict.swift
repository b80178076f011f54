/// The verdict on one method: a headline on its intervals, then what lies behind it. Fixed effects
/// and log SDs are told apart throughout, for a method may do well on the ones and badly on the others.
struct MethodVerdict {
  private let results: StudyResults
  private let method: String

  init(_ results: StudyResults, _ method: String) {
    self.results = results
    self.method = method
  }

  func blocks() -> [ReportBlock] {
    let judged = results.rows(method, .coverage).filter { $0.standing != nil }
    let coverages = ParameterKind.allCases.compactMap { coverage(judged, $0) }
    let items =
      coverages + [missing, calibration, bias, standardErrors, failures].compactMap { $0 }
    let headline = ReportBlock.paragraph(.strong("\(code: method): " + headline(judged)))
    return items.isEmpty ? [headline] : [headline, .bullets(items)]
  }

  // MARK: Intervals

  private func headline(_ judged: [JudgedRow]) -> RichText {
    guard !judged.isEmpty else {
      return results.rows(method, .coverage).isEmpty
        ? "run only where no truth is known." : "too few usable replicates for any coverage."
    }
    var text: RichText = "the \(Wording.level(results)) intervals "
    var previousVerb = ""
    for kind in ParameterKind.allCases {
      let rows = judged.filter { $0.kind == kind }
      guard let (verb, object) = finding(kind, rows) else { continue }
      if !previousVerb.isEmpty { text += " and " }
      if verb != previousVerb { text += "\(verb) " }
      text += RichText(object)
      previousVerb = verb
    }
    return text + "."
  }

  /// What the intervals do, and for how many of one kind of parameters; nil if there are none.
  private func finding(
    _ kind: ParameterKind, _ rows: [JudgedRow]
  ) -> (verb: String, object: String)? {
    guard !rows.isEmpty else { return nil }
    let condition = Self.condition(rows)
    let below = rows.filter { $0.standing == .below }
    if let lowest = below.min(by: Self.byValue) {
      let share = "\(ReportNumber.count(below.count)) of \(kind.count(rows.count))"
      return ("fall short for", "\(share) (down to \(lowest.briefText))\(condition)")
    }
    // What few replicates do not show is not shown to be absent.
    let few = rows.contains { $0.row.used < JudgedRow.fewReplicates }
    let object =
      switch rows.count {
      case 1: "the \(kind.singular)"
      case 2: "both \(kind.plural)"
      default: "all \(kind.count(rows.count))"
      }
    return (few ? "show no shortfall for" : "hold for", object + condition)
  }

  /// Follows what was found, where a coverage is of those replicates alone that have an interval.
  private static func condition(_ rows: [JudgedRow]) -> String {
    let partial = rows.count(where: \.isConditional)
    if partial == 0 { return "" }
    let which = partial == rows.count ? "" : "for \(ReportNumber.count(partial)) of them "
    return ", \(which)given that there is an interval"
  }

  /// Range, median and marked cases of one kind of parameters; nil if the method has none.
  private func coverage(_ judged: [JudgedRow], _ kind: ParameterKind) -> RichText? {
    let rows = judged.filter { $0.kind == kind }.sorted(by: Self.byValue)
    guard let lowest = rows.first, let highest = rows.last else { return nil }
    var text: RichText = "Coverage of \(kind.plural): \(lowest.briefText)"
    if rows.count > 1 {
      let median = Moments.quantile(ofSorted: rows.compactMap(\.value), 0.5)
      text += " to \(highest.briefText), median \(lowest.brief(median))"
    }
    for standing in [Standing.below, .above] {
      if let list = marked(judged.filter { $0.kind == kind }, standing) {
        text += (standing == .below ? ". Below nominal: " : ". Above nominal: ") + list
      }
    }
    return text + "."
  }

  /// `Intercept` (5 of 6 scenarios, worst 0.412 in `few-groups`), the most frequent parameter
  /// first, those equally frequent in the model's order; nil if none is marked.
  private func marked(_ judged: [JudgedRow], _ standing: Standing) -> RichText? {
    let marked = judged.filter { $0.standing == standing }
    guard !marked.isEmpty else { return nil }
    let names = judged.map(\.parameter).reduce(into: [String]()) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    let groups = names.map { name in marked.filter { $0.parameter == name } }
      .enumerated()
      .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
      .map(\.element)
      .filter { !$0.isEmpty }
    let shown = groups.prefix(Self.parametersShown).compactMap { group -> RichText? in
      let worst = standing == .below ? group.min(by: Self.byValue) : group.max(by: Self.byValue)
      guard let worst else { return nil }
      if results.samples.count == 1 { return "\(code: worst.parameter) (\(worst.briefText))" }
      let scenarios = judged.count { $0.parameter == worst.parameter }
      return "\(code: worst.parameter) (\(ReportNumber.count(group.count)) of "
        + "\(ReportNumber.count(scenarios, "scenario")), worst \(worst.briefText) in "
        + "\(code: worst.scenario))"
    }
    let rest = groups.count - shown.count
    let others: [RichText] = rest > 0 ? [RichText(ReportNumber.count(rest, "other parameter"))] : []
    return Wording.list(shown + others)
  }

  private static let parametersShown = 6

  private var missing: RichText? {
    let rows = results.rows(method, .coverage)
    let missing = rows.count { $0.standing == nil }
    var sentences: [RichText] = []
    if missing > 0, missing < rows.count {
      sentences.append(
        "No coverage in \(ReportNumber.count(missing)) of "
          + "\(ReportNumber.count(rows.count, "case")).")
    }
    if let conditional = conditional(rows.filter(\.isConditional)) { sentences.append(conditional) }
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }

  /// What coverages say of which some replicates are left out for want of an interval.
  private func conditional(_ rows: [JudgedRow]) -> RichText? {
    guard let fewest = rows.min(by: { $0.row.used < $1.row.used }),
      let worst = rows.min(by: { ($0.shareThatHolds ?? 1) < ($1.shareThatHolds ?? 1) })
    else { return nil }
    return "In \(ReportNumber.count(rows.count, "case")) some replicates have no interval, and "
      + "the coverage is that of the others alone: \(ReportNumber.count(fewest.row.used)) of "
      + "\(ReportNumber.count(fewest.row.usable)) have one where the fewest do. With every missing "
      + "interval as a miss the lowest of these coverages is \(worst.brief(worst.shareThatHolds)) (\(place(worst)))."
  }

  private var calibration: RichText? { CalibrationVerdict(results, method).sentence }

  // MARK: Bias

  private var bias: RichText? {
    let all = Self.telling(results.rows(method, .bias)).compactMap {
      StandardizedBias(results, $0)
    }
    let clauses = ParameterKind.allCases.compactMap { kind -> RichText? in
      let biases = all.filter { $0.row.kind == kind }
      guard let largest = biases.max(by: { abs($0.value) < abs($1.value) }) else { return nil }
      let marked = biases.count { $0.row.isMarked }
      return "\(kind.plural) up to \(largest.text) empirical SE (\(place(largest.row))), "
        + beyond([(marked, "")], of: biases.count)
    }
    guard !clauses.isEmpty else { return nil }
    return "Bias: " + clauses.joined(separator: "; ") + "."
  }

  // MARK: Standard errors

  private var standardErrors: RichText? {
    let all = Self.telling(results.rows(method, .relativeErrorOfModelStandardError))
      .filter { $0.standing != nil }
    let clauses = ParameterKind.allCases.compactMap { kind -> RichText? in
      let rows = all.filter { $0.kind == kind }
      guard let lowest = rows.min(by: Self.byValue), let highest = rows.max(by: Self.byValue)
      else { return nil }
      var range: RichText = "\(kind.plural) \(lowest.plainText) % (\(place(lowest)))"
      if rows.count > 1 { range += " to \(highest.plainText) % (\(place(highest)))" }
      let counts = [
        (rows.count { $0.standing == .below }, " too small"),
        (rows.count { $0.standing == .above }, " too large"),
      ]
      return range + ", " + beyond(counts, of: rows.count)
    }
    guard !clauses.isEmpty else { return nil }
    return "Standard errors against the empirical ones: " + clauses.joined(separator: "; ") + "."
  }

  /// The rows of replicates enough for their extremes to be more than noise; all where none has as many.
  private static func telling(_ rows: [JudgedRow]) -> [JudgedRow] {
    let many = rows.filter { $0.row.used >= JudgedRow.fewReplicates }
    return many.isEmpty ? rows : many
  }

  /// `3 of 24 too small and 1 of 24 too large beyond Monte Carlo error`.
  private func beyond(_ counts: [(count: Int, what: String)], of whole: Int) -> RichText {
    let found = counts.filter { $0.count > 0 }.map {
      RichText("\(ReportNumber.count($0.count)) of \(ReportNumber.count(whole))\($0.what)")
    }
    return (found.isEmpty ? "none" : Wording.list(found)) + " beyond Monte Carlo error"
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

  private func place(_ row: JudgedRow) -> RichText {
    results.samples.count == 1
      ? "\(code: row.parameter)" : "\(code: row.parameter) in \(code: row.scenario)"
  }

  private static func byValue(_ first: JudgedRow, _ second: JudgedRow) -> Bool {
    (first.value ?? 0) < (second.value ?? 0)
  }
}

/// The two kinds of parameters of the model.
enum ParameterKind: CaseIterable, Sendable {
  case fixedEffect
  case logSD

  /// Log SDs are named `log_sd(NAME)` in every result.
  init(parameter: String) { self = parameter.hasPrefix("log_sd(") ? .logSD : .fixedEffect }

  var singular: String {
    switch self {
    case .fixedEffect: "fixed effect"
    case .logSD: "log SD"
    }
  }

  var plural: String { singular + "s" }

  /// `24 fixed effects`.
  func count(_ number: Int) -> String { ReportNumber.count(number, singular) }
}
