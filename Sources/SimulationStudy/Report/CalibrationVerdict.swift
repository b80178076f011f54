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
      return calibrated("all \(ReportNumber.count(rows.count)) curves are within their bands")
    }
    return "not calibrated: \(ReportNumber.count(outside.count)) of "
      + "\(ReportNumber.count(rows.count, "curve")) outside their bands"
  }

  /// The same as a sentence.
  var sentence: RichText? {
    headline.map { (isTentative ? "In the calibration " : "The posteriors are ") + $0 + "." }
  }

  /// Whether nothing is wrong that could have been seen, with replicates too few to see much.
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
    return Wording.list(
      names.map { name in
        if isOfOneScenario { return .code(name) }
        let count = faulty.count { $0.parameter == name }
        let all = rows.count { $0.parameter == name }
        return
          "\(code: name) (\(ReportNumber.count(count)) of \(ReportNumber.count(all, "scenario")))"
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
