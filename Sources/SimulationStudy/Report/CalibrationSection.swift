/// Is the whole posterior right, where the truth is drawn from the prior?
enum CalibrationSection {
  /// nil for a study without a calibration.
  static func section(_ results: StudyResults) -> ReportSection? {
    let rows = results.calibrations
    guard !rows.isEmpty else { return nil }
    var blocks: [ReportBlock] = [.paragraph(question)]
    blocks.append(.bullets(results.methods.compactMap { verdict(results, $0) }))
    blocks += table(results).blocks()
    blocks.append(.paragraph(rule(rows)))
    if let loss = loss(rows) { blocks.append(.paragraph(loss)) }
    return ReportSection(title: "Calibration", blocks: blocks)
  }

  private static let question: RichText =
    "Each data set had true parameters of its own, drawn from the priors that the methods fit "
    + "with. If a posterior is right, its probability u below the true value is uniform from 0 to "
    + "1 over the data sets. (The tables on bias and standard errors are of estimates less these "
    + "true values.)"

  private static func verdict(_ results: StudyResults, _ method: String) -> RichText? {
    guard results.calibrations.contains(where: { $0.method == method }) else { return nil }
    let verdict = CalibrationVerdict(results, method)
    guard let headline = verdict.headline else {
      return "\(code: method): no posterior distribution, or too few usable replicates."
    }
    let text: RichText = "\(strong: "\(code: method): " + headline + ".")"
    return verdict.faults.spans.isEmpty ? text : text + " " + verdict.faults
  }

  private static func table(_ results: StudyResults) -> ParameterTable {
    func row(_ scenario: ScenarioSummary, _ method: String, _ parameter: String) -> CalibrationRow?
    {
      results.calibrations.first {
        $0.scenario == scenario.name && $0.method == method && $0.parameter == parameter
      }
    }
    return ParameterTable(
      results: results, isListed: { scenario, _ in scenario.kind == .calibration },
      showsTruth: false,
      methodColumns: [
        .init(title: "ECDF p") { row($0, $1, $2).map(ecdfCell) },
        .init(title: "χ² p") {
          row($0, $1, $2).map { RichText(probability($0.chiSquared?.pValue)) }
        },
      ],
      summary: { sample, method in
        let own = results.calibrations.filter {
          $0.scenario == sample.summary.name && $0.method == method
        }
        let outside = own.count { $0.isInside == false }
        return "\(NumberText.count(outside)) of \(NumberText.count(own.count)) outside"
      }, summaryNote: "How many of a scenario's parameters leave their band.")
  }

  private static func ecdfCell(_ row: CalibrationRow) -> RichText {
    guard let test = row.ecdf else {
      return RichText(NumberText.absent + " (\(row.used) used)")
    }
    let text = probability(test.pValue)
    if row.faults.isEmpty { return RichText(text) }
    return .strong(RichText("\(text), " + row.faults.map(\.brief).joined(separator: ", ")))
  }

  /// Below 10^-9 the p value is only a bound.
  private static func probability(_ value: Double?) -> String {
    guard let value else { return NumberText.absent }
    return value < 1e-9 ? "< 1e-9" : NumberText.significant(value, digits: 2)
  }

  /// By which rule curves were judged.
  private static func rule(_ rows: [CalibrationRow]) -> RichText {
    let used = rows.filter { $0.used > 0 }.map(\.used)
    let scenarios = Set(rows.map(\.scenario)).count
    let chance = 1 - CalibrationTable.familyLevel
    let level = NumberText.percent(CalibrationTable.familyLevel)
    let byChance = NumberText.significant(chance * Double(scenarios), digits: 2)
    return
      "ECDF: the empirical distribution function of u at up to 99 points, in a band that it stays "
      + "within at all of them together (Säilynoja, Bürkner & Vehtari 2022) with the probability "
      + "\(level) % for all parameters of a scenario together (Bonferroni), from "
      + "\(Wording.range(used.min() ?? 0, used.max() ?? 0)) values of u. A method that is right "
      + "leaves one of its bands in at most \(NumberText.percent(chance)) % of scenarios by "
      + "chance, which in \(NumberText.count(scenarios, "scenario")) is at most \(byChance). What "
      + "has left its band is called too narrow or too wide if the second moment of u is more than "
      + "3 standard errors from that of a uniform variable, too low or too high if the first is. "
      + "The p values are of one curve each; χ² is a second opinion, of "
      + "\(String(ChiSquaredUniformityTest.defaultBins)) bins, and does not enter. All figures are "
      + "in \(code: "calibration.csv")."
  }

  /// How failed fits may have biased it; nil if none failed.
  private static func loss(_ rows: [CalibrationRow]) -> RichText? {
    let lost = rows.filter { $0.used < $0.attempted }
    guard let most = lost.max(by: { $0.attempted - $0.used < $1.attempted - $1.used }) else {
      return nil
    }
    return
      "Replicates that failed are missing here, up to "
      + "\(NumberText.count(most.attempted - most.used)) of "
      + "\(NumberText.count(most.attempted)): if some parameters make failures likelier, the "
      + "rest is no longer drawn from the priors."
  }
}

/// What the calibrations of a study say of one method. It is calibrated where no curve leaves its
/// band; what is wrong with the others is named by `CalibrationShape.faults`.
struct CalibrationVerdict {
  private let method: String
  private let rows: [CalibrationRow]
  private let isOfOneScenario: Bool

  /// Below this many replicates a posterior has to be badly wrong for its curve to leave the band.
  static let fewReplicates = 200

  init(_ results: StudyResults, _ method: String) {
    self.method = method
    rows = results.calibrations.filter { $0.method == method && $0.isInside != nil }
    isOfOneScenario = Set(results.calibrations.map(\.scenario)).count == 1
  }

  /// `calibrated`, or what is not right; nil for a method without a posterior distribution in any
  /// calibration.
  var headline: RichText? {
    guard !rows.isEmpty else { return nil }
    let outside = rows.filter { $0.isInside == false }
    if rows.count == 1 {
      return outside.isEmpty
        ? calibrated("its curve is within its band")
        : "not calibrated: its curve is outside its band"
    }
    if outside.isEmpty {
      return calibrated("all \(NumberText.count(rows.count)) curves are within their bands")
    }
    return "not calibrated: \(NumberText.count(outside.count)) of "
      + "\(NumberText.count(rows.count, "curve")) outside their bands"
  }

  /// The same as a sentence.
  var sentence: RichText? {
    headline.map { (isTentative ? "In the calibration " : "The posteriors are ") + $0 + "." }
  }

  /// Whether nothing wrong was seen, with too few replicates to see much.
  private var isTentative: Bool {
    rows.allSatisfy { $0.isInside == true } && rows.contains { $0.used < Self.fewReplicates }
  }

  private func calibrated(_ finding: RichText) -> RichText {
    isTentative
      ? finding + ", which with so few replicates shows little" : "calibrated: " + finding
  }

  /// One sentence for each fault, the most frequent first.
  var faults: RichText {
    let counted = CalibrationShape.Fault.allCases.map { fault in
      (fault: fault, rows: rows.filter { $0.faults.contains(fault) })
    }
    return counted.enumerated().filter { !$1.rows.isEmpty }
      .sorted { ($1.element.rows.count, $0.offset) < ($0.element.rows.count, $1.offset) }
      .map { _, entry in "\(entry.fault.wording): " + parameters(entry.rows) + "." }
      .joined(separator: " ")
  }

  /// `x1` (2 of 3 scenarios), in the order of the rows.
  private func parameters(_ faulty: [CalibrationRow]) -> RichText {
    if faulty.count == rows.count, rows.count > 1 { return "all" }
    let names = faulty.map(\.parameter).reduce(into: [String]()) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    return RichText.list(
      names.map { name in
        if isOfOneScenario { return .code(name) }
        let count = faulty.count { $0.parameter == name }
        let all = rows.count { $0.parameter == name }
        return
          "\(code: name) (\(NumberText.count(count)) of \(NumberText.count(all, "scenario")))"
      })
  }
}

extension CalibrationShape.Fault {
  /// The beginning of a sentence.
  fileprivate var wording: String {
    switch self {
    case .tooNarrow: "Intervals too narrow"
    case .tooWide: "Intervals too wide"
    case .tooLow: "Estimates too low"
    case .tooHigh: "Estimates too high"
    case .otherShape: "Neither shifted nor of another width, but of another shape"
    }
  }

  /// In a cell of a table.
  var brief: String {
    switch self {
    case .tooNarrow: "too narrow"
    case .tooWide: "too wide"
    case .tooLow: "too low"
    case .tooHigh: "too high"
    case .otherShape: "another shape"
    }
  }
}
