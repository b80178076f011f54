/// Everything a report says of a study, computed once: the one model behind all its renderings.
struct StudyResults: Sendable {
  let samples: [ScenarioSample]
  let measures: [MeasureRow]
  let calibrations: [CalibrationRow]
  let timings: [TimingRow]
  let failures: [FailureRow]
  let gates: [GateResult]
  /// Every method of the study, in the order in which reports and pictures show them.
  let methods: [String]
  /// Intervals of the scenario whose coverage falls farthest short, parameter by parameter.
  let worstIntervals: [RankedIntervals]
  private let rowOfKey: [MeasureRow.Key: Int]

  /// - Throws: `StudyError` where records and scenarios do not fit together.
  init(scenarios: [ScenarioSummary], records: [ReplicateRecord]) throws(StudyError) {
    let samples = try StudySample.collect(records, scenarios: scenarios)
    var worst = WorstIntervals()
    for sample in samples { worst.consider(sample) }
    self.init(
      samples, measures: MeasureTable.rows(samples), calibrations: CalibrationTable.rows(samples),
      worst)
  }

  /// - Parameter recordsOf: gives the records of one scenario; only one scenario's are in memory at
  ///   a time.
  /// - Throws: what `recordsOf` throws; `StudyError` where records and scenarios do not fit
  ///   together.
  init(
    scenarios: [ScenarioSummary], recordsOf: (ScenarioSummary) throws -> [ReplicateRecord]
  ) throws {
    // Names that are not unique are found before anything is read.
    _ = try StudySample.collect([], scenarios: scenarios)
    var samples: [ScenarioSample] = []
    var measures: [MeasureRow] = []
    var calibrations: [CalibrationRow] = []
    var worst = WorstIntervals()
    for scenario in scenarios {
      let own = try StudySample.collect(try recordsOf(scenario), scenarios: [scenario])
      measures += MeasureTable.rows(own)
      calibrations += CalibrationTable.rows(own)
      for sample in own { worst.consider(sample) }
      samples += own.map(\.withoutColumns)
    }
    self.init(samples, measures: measures, calibrations: calibrations, worst)
  }

  private init(
    _ samples: [ScenarioSample], measures: [MeasureRow], calibrations: [CalibrationRow],
    _ worst: WorstIntervals
  ) {
    worstIntervals = worst.panels
    self.samples = samples.map(\.withoutColumns)
    self.measures = measures
    self.calibrations = calibrations
    let summaries = samples.map(\.summary)
    timings = samples.flatMap { $0.methods.map(\.timing) }
    failures = samples.flatMap { $0.methods.flatMap(\.failures) }
    gates = GateCheck.evaluate(summaries.map { ($0.gates, $0.alpha) }, rows: measures)
    methods = MethodOrder.sorted(Array(Set(summaries.flatMap(\.methods))))
    rowOfKey = Dictionary(
      measures.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  var scenarios: [ScenarioSummary] { samples.map(\.summary) }

  /// The titles that its scenarios give the study, each once: more than one where studies were put
  /// together.
  var titles: [StudyTitle] {
    scenarios.compactMap(\.study).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

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

  /// Of these the rows that can be judged, of replicates enough for their extremes to be more than
  /// noise; all that can be judged where none has as many.
  func telling(_ method: String, _ measure: PerformanceMeasure) -> [JudgedRow] {
    let judged = rows(method, measure).filter { $0.standing != nil }
    let many = judged.filter { $0.row.used >= JudgedRow.fewReplicates }
    return many.isEmpty ? judged : many
  }
}

/// Keeps the intervals of the worst scenario seen so far, so that no others stay in memory.
private struct WorstIntervals {
  private var shortfall = -Double.infinity
  private(set) var panels: [RankedIntervals] = []

  mutating func consider(_ sample: ScenarioSample) {
    guard let candidate = RankedIntervals.worst(of: sample), candidate.shortfall > shortfall else {
      return
    }
    shortfall = candidate.shortfall
    panels = candidate.panels
  }
}
