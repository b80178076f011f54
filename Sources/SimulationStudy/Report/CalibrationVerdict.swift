/// What the calibrations of a study say of one method. It is calibrated where no curve leaves its band; what is
/// wrong with the others is named by `CalibrationShape.faults`.
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

  /// `calibrated`, or what is not right; nil for a method without a posterior distribution in any calibration.
  var headline: RichText? {
    guard !rows.isEmpty else { return nil }
    let outside = rows.filter { $0.isInside == false }
    let all: RichText =
      rows.count == 1
      ? "the one curve is" : "all \(ReportNumber.count(rows.count)) curves are"
    if outside.isEmpty {
      return rows.contains { $0.used < Self.fewReplicates }
        ? "\(all) within their bands, which with so few replicates shows little"
        : "calibrated: \(all) within their bands"
    }
    return "not calibrated: \(ReportNumber.count(outside.count)) of "
      + "\(ReportNumber.count(rows.count, "curve")) outside their bands"
  }

  /// One sentence for each fault, the most frequent first.
  var faults: RichText {
    let counted = CalibrationShape.Fault.allCases.map { fault in
      (fault, rows.filter { $0.faults.contains(fault) })
    }
    let found = counted.enumerated().filter { !$1.1.isEmpty }
      .sorted { ($1.element.1.count, $0.offset) < ($0.element.1.count, $1.offset) }
    return found.map { _, entry -> RichText in
      let (fault, rows) = entry
      let named = rows.prefix(Self.namesShown).map { row -> RichText in
        isOfOneScenario
          ? "\(code: row.parameter)" : "\(code: row.parameter) in \(code: row.scenario)"
      }
      let rest = rows.count - named.count
      let others: [RichText] = rest > 0 ? ["\(ReportNumber.count(rest)) more"] : []
      return "\(fault.wording) for \(ReportNumber.count(rows.count)): "
        + Wording.list(named + others) + "."
    }.joined(separator: " ")
  }

  private static let namesShown = 6
}

extension CalibrationShape.Fault {
  /// The beginning of a sentence.
  fileprivate var wording: String {
    switch self {
    case .tooNarrow: "Intervals too narrow"
    case .tooWide: "Intervals too wide"
    case .tooLow: "Estimates too low"
    case .tooHigh: "Estimates too high"
    case .otherShape: "Neither shifted nor of the wrong width, but of another shape"
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
