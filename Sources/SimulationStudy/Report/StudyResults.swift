/// Everything a report says of a study, computed once: the one model behind all its renderings.
struct StudyResults: Sendable {
  let samples: [ScenarioSample]
  let measures: [MeasureRow]
  let timings: [TimingRow]
  let failures: [FailureRow]
  let gates: [GateResult]
  /// Every method of the study, in the order of first appearance.
  let methods: [String]
  private let rowOfKey: [MeasureRow.Key: Int]

  /// - Throws: `ReportError` where records and scenarios do not fit together.
  init(scenarios: [ScenarioSummary], records: [ReplicateRecord]) throws(ReportError) {
    samples = try StudySample.collect(records, scenarios: scenarios)
    measures = MeasureTable.rows(samples)
    timings = samples.flatMap { $0.methods.map(\.timing) }
    failures = samples.flatMap { $0.methods.flatMap(\.failures) }
    gates = GateCheck.evaluate(gates: scenarios.flatMap(\.gates), rows: measures)
    methods = scenarios.flatMap(\.methods).reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    rowOfKey = Dictionary(
      measures.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  var scenarios: [ScenarioSummary] { samples.map(\.summary) }

  func row(
    _ scenario: String, _ method: String, _ parameter: String, _ measure: PerformanceMeasure
  ) -> MeasureRow? {
    let key = MeasureRow.Key(
      scenario: scenario, method: method, parameter: parameter, measure: measure)
    return rowOfKey[key].map { measures[$0] }
  }

  func judged(
    _ scenario: ScenarioSummary, _ method: String, _ parameter: String,
    _ measure: PerformanceMeasure
  ) -> JudgedRow? {
    row(scenario.name, method, parameter, measure).map {
      JudgedRow(row: $0, alpha: scenario.alpha)
    }
  }

  /// The rows of one scenario, method and measure.
  func rows(
    _ sample: ScenarioSample, _ method: String, _ measure: PerformanceMeasure
  ) -> [JudgedRow] {
    sample.parameters.compactMap { judged(sample.summary, method, $0, measure) }
  }

  /// The rows of one method and measure over all scenarios.
  func rows(_ method: String, _ measure: PerformanceMeasure) -> [JudgedRow] {
    samples.flatMap { rows($0, method, measure) }
  }
}

/// Where a number stands against the value it should have.
enum Standing: Sendable, Equatable {
  case below
  case consistent
  case above

  /// How many standard errors away a number must be to be marked. Chance alone goes that far in
  /// one of 370 numbers.
  static let threshold = 3.0
  /// Two-sided normal tail probability of `threshold`.
  static let chance = 0.0027

  init(_ value: Double, against target: Double, standardError: Double) {
    let distance = value - target
    if abs(distance) <= Self.threshold * standardError {
      self = .consistent
    } else {
      self = distance < 0 ? .below : .above
    }
  }

  /// Follows a marked number in tables.
  var mark: String {
    switch self {
    case .below: " ▼"
    case .consistent: ""
    case .above: " ▲"
    }
  }
}

/// A measure's row with what is needed to judge it.
struct JudgedRow: Sendable {
  let row: MeasureRow
  let alpha: Double

  var scenario: String { row.scenario }
  var parameter: String { row.parameter }

  /// Below this the normal approximation behind "3 standard errors" is poor for a coverage near
  /// 0.95: fewer than 2 intervals are expected to miss.
  static let fewReplicates = 40

  /// nil where the row has no number.
  var value: Double? { row.estimate }

  /// The standard error a coverage has if it is exactly nominal. The one estimated from the
  /// replicates is zero where all of few intervals hold the truth, and would mark them.
  var nominalError: Double {
    (alpha * (1 - alpha) / Double(max(1, row.used))).squareRoot()
  }

  /// Coverage against 1 - alpha, all other measures against 0; nil where there is no number or no
  /// error to judge it by.
  var standing: Standing? {
    guard let value = row.estimate else { return nil }
    switch row.measure {
    case .coverage, .biasEliminatedCoverage:
      return Standing(value, against: 1 - alpha, standardError: nominalError)
    default:
      return row.monteCarloStandardError.map { Standing(value, against: 0, standardError: $0) }
    }
  }

  var isMarked: Bool { standing == .below || standing == .above }

  /// Decimals the number's error supports. Coverages take those of a nominal one, so that all of a
  /// scenario have equally many, also where the estimated error is zero.
  private var decimals: Int? {
    ReportNumber.decimals(
      supportedBy: row.measure == .coverage ? nominalError : row.monteCarloStandardError)
  }

  /// `0.947`, without its error.
  var plainText: String {
    guard let value = row.estimate else { return Self.withoutNumber(row) }
    return ReportNumber.rounded(value, decimals: decimals)
  }

  /// `0.947 (0.007)`.
  var text: String {
    guard let error = row.monteCarloStandardError else { return plainText }
    return plainText + " (" + ReportNumber.rounded(error, decimals: decimals) + ")"
  }

  /// `0.947 (0.007) ▼`.
  var cell: RichText { RichText(text + (standing?.mark ?? "")) }

  /// Says why a cell holds no number.
  static func withoutNumber(_ row: MeasureRow) -> String {
    row.used < 2 ? "\(ReportNumber.absent) (\(row.used) used)" : ReportNumber.absent
  }
}
