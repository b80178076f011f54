/// The verdict on one method in words: a headline on its intervals, which says both directions,
/// then what else is wrong, and where. The numbers stand in `VerdictTable`.
struct MethodVerdict {
  private let results: StudyResults
  private let method: String

  init(_ results: StudyResults, _ method: String) {
    self.results = results
    self.method = method
  }

  func blocks() -> [ReportBlock] {
    let judged = results.telling(method, .coverage)
    let headline = ReportBlock.paragraph(.strong("\(code: method): " + headline(judged)))
    let sentences = [
      places(judged), errors, unvaried, tests, CalibrationVerdict(results, method).sentence,
      missing,
      failures,
    ].compactMap { $0 }
    return sentences.isEmpty
      ? [headline] : [headline, .paragraph(sentences.joined(separator: " "))]
  }

  // MARK: Intervals

  private func headline(_ judged: [JudgedRow]) -> RichText {
    guard !judged.isEmpty else {
      return results.rows(method, .coverage).isEmpty
        ? "run only where no truth is known." : "too few usable replicates for any coverage."
    }
    let rarely = cases(judged, .below)
    let often = cases(judged, .above)
    let text: RichText = "the \(Wording.level(results)) intervals "
    if rarely.isEmpty, often.isEmpty {
      return text + "show no departure from their level in " + unmarked(judged) + "."
    }
    var findings: [RichText] = []
    if !rarely.isEmpty { findings.append("too rarely for " + RichText.list(rarely)) }
    if !often.isEmpty { findings.append("too often for " + RichText.list(often)) }
    var finding = text + "cover the truth " + findings.joined(separator: ", ")
    if rarely.isEmpty { finding += ", too rarely for none" }
    let others = judged.filter { row in
      !judged.contains { $0.kind == row.kind && $0.isMarked }
    }
    if !others.isEmpty { finding += "; no departure in " + unmarked(others) }
    return finding + "."
  }

  /// `11 of 48 fixed effects (down to 0.906)` for each kind of parameters of which some are marked.
  private func cases(_ judged: [JudgedRow], _ standing: Standing) -> [RichText] {
    ParameterKind.allCases.compactMap { kind in
      let rows = judged.filter { $0.kind == kind }
      let marked = rows.filter { $0.standing == standing }
      guard let worst = Self.worst(marked, standing) else { return nil }
      let reach = marked.count == 1 ? "" : standing == .below ? "down to " : "up to "
      return RichText(
        "\(NumberText.count(marked.count)) of \(kind.count(rows.count)) "
          + "(\(reach)\(worst.briefText))"
      ) + Self.condition(rows)
    }
  }

  /// Follows a finding where coverages are of the replicates with an interval alone.
  private static func condition(_ rows: [JudgedRow]) -> RichText {
    let partial = rows.count(where: \.isConditional)
    if partial == 0 { return .empty }
    let which: RichText = partial == rows.count ? "" : "for \(NumberText.count(partial)) of them "
    return ", " + which + "given that there is an interval"
  }

  /// `9 fixed effects and 2 log SDs (with n = 60 one below 0.08 can go unseen)`: what was not seen,
  /// and how much the fewest replicates could not show.
  private func unmarked(_ rows: [JudgedRow]) -> RichText {
    let kinds = ParameterKind.allCases.compactMap { kind -> RichText? in
      let count = rows.count { $0.kind == kind }
      return count == 0 ? nil : RichText(kind.count(count))
    }
    guard let fewest = rows.min(by: { $0.row.used < $1.row.used }) else { return .empty }
    return RichText.list(kinds) + Self.condition(rows)
      + " (with n = \(NumberText.count(fewest.row.used)) one below \(fewest.visibleDeparture) "
      + "can go unseen)"
  }

  private static func worst(_ rows: [JudgedRow], _ standing: Standing) -> JudgedRow? {
    standing == .below ? rows.min(by: byValue) : rows.max(by: byValue)
  }

  private static func byValue(_ first: JudgedRow, _ second: JudgedRow) -> Bool {
    (first.value ?? 0) < (second.value ?? 0)
  }

  /// Which parameters, and in which scenarios.
  private func places(_ judged: [JudgedRow]) -> RichText? {
    let sentences = [Standing.below, .above].compactMap { standing -> RichText? in
      guard let places = MarkedPlaces(results, judged, standing).text else { return nil }
      return (standing == .below ? "Too rarely: " : "Too often: ") + places + "."
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }

  // MARK: Standard errors, estimates and tests

  /// One sentence on the standard errors and one on the estimates, or one on both if nothing is
  /// wrong.
  private var errors: RichText? {
    let errors = results.telling(method, .relativeErrorOfModelStandardError)
    let biases = results.telling(method, .bias).filter { StandardizedBias(results, $0) != nil }
    let wrong = [Standing.below, .above].compactMap { standing -> RichText? in
      let kinds = Self.quantities(errors) { $0.standing == standing }
      return kinds.isEmpty
        ? nil : (standing == .below ? "too small for " : "too large for ") + RichText.list(kinds)
    }
    let biased = ParameterKind.allCases.compactMap { kind -> RichText? in
      let rows = biases.filter { $0.kind == kind }
      guard let quantity = Self.quantity(rows.count(where: \.isMarked), of: rows.count, kind) else {
        return nil
      }
      let sizes = rows.filter(\.isMarked).compactMap { StandardizedBias(results, $0) }
      let largest = sizes.max { abs($0.value) < abs($1.value) }
      return quantity
        + (largest.map { " (by \(sizes.count == 1 ? "" : "up to ")\($0.text) SE)" } ?? "")
    }
    var names: [String] = []
    if !errors.isEmpty, wrong.isEmpty { names.append("standard errors") }
    if !biases.isEmpty, biased.isEmpty { names.append("estimates") }
    var sentences: [RichText] = []
    if !wrong.isEmpty {
      sentences.append("Standard errors are " + wrong.joined(separator: ", ") + ".")
    }
    if !biased.isEmpty {
      sentences.append("Estimates are biased for " + RichText.list(biased) + ".")
    }
    if !names.isEmpty {
      let subject = names.joined(separator: " and ")
      sentences.append("\(subject.prefix(1).uppercased() + subject.dropFirst()) show no departure.")
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }

  /// Estimates that do not depend on the data, of which bias and standard errors say nothing; nil
  /// if there are none.
  private var unvaried: RichText? {
    let rows = results.rows(method, .empiricalStandardError).filter { $0.value == 0 }
    guard let fewest = rows.map(\.row.used).min(), let most = rows.map(\.row.used).max() else {
      return nil
    }
    let places = rows.prefix(Self.placesShown).map(place)
    let rest = rows.count - places.count
    let others: [RichText] = rest > 0 ? ["\(NumberText.count(rest)) more"] : []
    return
      "Gave the same estimate in all \(Wording.range(fewest, most)) data sets, which leaves no "
      + "error to judge it by: "
      + RichText.list(places + others) + "."
  }

  private static let placesShown = 6

  private static func quantities(
    _ rows: [JudgedRow], _ isMeant: (JudgedRow) -> Bool
  ) -> [RichText] {
    ParameterKind.allCases.compactMap { kind in
      let own = rows.filter { $0.kind == kind }
      return quantity(own.count(where: isMeant), of: own.count, kind)
    }
  }

  /// `most fixed effects`; nil for none.
  private static func quantity(_ count: Int, of whole: Int, _ kind: ParameterKind) -> RichText? {
    if count == 0 { return nil }
    if count == whole { return RichText(kind.all(whole)) }
    if count == 1 { return RichText("one \(kind.singular)") }
    return RichText((2 * count > whole ? "most " : "some ") + kind.plural)
  }

  /// Whether true nulls are rejected as often as they should; nil where there are none.
  private var tests: RichText? {
    let nulls = results.telling(method, .rejectionRate)
    guard !nulls.isEmpty else { return nil }
    let findings = [Standing.above, .below].compactMap { standing -> RichText? in
      let marked = nulls.filter { $0.standing == standing }
      guard let worst = Self.worst(marked, standing) else { return nil }
      let share = "\(NumberText.count(marked.count)) of \(NumberText.count(nulls.count))"
      return standing == .above
        ? "too often in \(share) cases (up to \(worst.briefText))"
        : "too rarely in \(share) (down to \(worst.briefText))"
    }
    let level = Wording.testLevel(results)
    return findings.isEmpty
      ? "Tests reject true nulls at their level of \(level)."
      : "Tests at \(level) reject true nulls " + RichText.list(findings) + "."
  }

  // MARK: What is missing

  private var missing: RichText? {
    let rows = results.rows(method, .coverage)
    let missing = rows.count { $0.standing == nil }
    var sentences: [RichText] = []
    if missing > 0, missing < rows.count {
      sentences.append(
        "No coverage in \(NumberText.count(missing)) of "
          + "\(NumberText.count(rows.count, "case")).")
    }
    if let conditional = conditional(rows.filter(\.isConditional)) { sentences.append(conditional) }
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }

  /// A sentence on coverages from which replicates without an interval are left out.
  private func conditional(_ rows: [JudgedRow]) -> RichText? {
    guard let fewest = rows.min(by: { $0.row.used < $1.row.used }),
      let worst = rows.min(by: { ($0.shareThatCovers ?? 1) < ($1.shareThatCovers ?? 1) })
    else { return nil }
    return "In \(NumberText.count(rows.count, "case")) some replicates have no interval, and "
      + "the coverage is that of the others alone: \(NumberText.count(fewest.row.used)) of "
      + "\(NumberText.count(fewest.row.usable)) have one where the fewest do. With every missing "
      + "interval as a miss the lowest of these coverages is \(worst.brief(worst.shareThatCovers)) "
      + "(\(place(worst)))."
  }

  private func place(_ row: JudgedRow) -> RichText {
    results.samples.count == 1
      ? "\(code: row.parameter)" : "\(code: row.parameter) in \(code: row.scenario)"
  }

  private var failures: RichText? {
    let samples = results.samples.flatMap(\.methods).filter { $0.method == method }
    let failed = samples.reduce(0) { $0 + $1.failures.count }
    let attempted = samples.reduce(0) { $0 + $1.attempted }
    guard failed > 0 else { return nil }
    return RichText(
      "Failed: \(NumberText.count(failed)) of \(NumberText.count(attempted, "fit")) "
        + "(\(Wording.share(failed, of: attempted))).")
  }
}

/// Methods whose estimates are the same but for a small part of their spread: nothing more is to be
/// learnt from the second.
enum MethodAgreement {
  /// Mean estimates that differ by at most this much of their empirical SE are taken for the same.
  static let closeBias = 0.05
  /// Standard errors that differ by at most this share are.
  static let closeError = 0.05

  /// One sentence for each group of methods that agree; nil if none do.
  static func text(_ results: StudyResults) -> RichText? {
    var groups: [[String]] = []
    for method in results.methods {
      let index = groups.firstIndex { $0.allSatisfy { agree(results, $0, method) } }
      if let index { groups[index].append(method) } else { groups.append([method]) }
    }
    let sentences = groups.filter { $0.count > 1 }.map { group -> RichText in
      RichText.list(group.map { .code($0) })
        + " give the same estimates on average, within "
        + "\(NumberText.exact(closeBias)) of their empirical SE"
        + (haveEqualErrors(results, group)
          ? ", and the same standard errors, within \(NumberText.percent(closeError)) %." : ".")
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }

  /// Whether the estimates agree in every case that both methods have.
  private static func agree(_ results: StudyResults, _ first: String, _ second: String) -> Bool {
    let differences = results.telling(first, .bias).compactMap { row -> Double? in
      guard let other = results.row(row.scenario, second, row.parameter, .bias)?.estimate,
        let own = row.value,
        let spread = results.row(row.scenario, first, row.parameter, .empiricalStandardError)?
          .estimate, spread > 0
      else { return nil }
      return abs(own - other) / spread
    }
    return !differences.isEmpty && differences.allSatisfy { $0 <= closeBias }
  }

  private static func haveEqualErrors(_ results: StudyResults, _ group: [String]) -> Bool {
    results.telling(group[0], .relativeErrorOfModelStandardError).allSatisfy { row in
      let errors = group.compactMap {
        results.row(row.scenario, $0, row.parameter, .modelStandardError)?.estimate
      }
      guard let least = errors.min(), let most = errors.max(), least > 0 else { return false }
      return most / least - 1 <= closeError
    }
  }
}
