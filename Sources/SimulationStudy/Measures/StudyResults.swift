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
  /// Two methods' estimates of the parameter on which methods differ most, for each method but the
  /// one that the others are held against.
  let leastAgreement: [PairedEstimates]
  /// The results on those replicates that all methods have, of the scenarios in which some have
  /// others than others have; one at most.
  let onCommonReplicates: [StudyResults]
  private let rowOfKey: [MeasureRow.Key: Int]
  private let truthOfScenario: [String: [String: Double]]

  /// - Throws: `StudyError` where records and scenarios do not fit together.
  init(scenarios: [ScenarioSummary], records: [ReplicateRecord]) throws(StudyError) {
    let samples = try StudySample.collect(records, scenarios: scenarios)
    let ofScenario = Dictionary(grouping: records, by: \.scenario)
    var extremes = Extremes()
    var common = CommonReplicates()
    for sample in samples {
      extremes.consider(sample)
      try common.add(sample.summary, ofScenario[sample.summary.name] ?? [])
    }
    self.init(
      samples, measures: MeasureTable.rows(samples), calibrations: CalibrationTable.rows(samples),
      extremes, common)
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
    var extremes = Extremes()
    var common = CommonReplicates()
    for scenario in scenarios {
      let records = try recordsOf(scenario)
      let own = try StudySample.collect(records, scenarios: [scenario])
      measures += MeasureTable.rows(own)
      calibrations += CalibrationTable.rows(own)
      for sample in own { extremes.consider(sample) }
      try common.add(scenario, records)
      samples += own.map(\.withoutColumns)
    }
    self.init(samples, measures: measures, calibrations: calibrations, extremes, common)
  }

  private init(
    _ samples: [ScenarioSample], measures: [MeasureRow], calibrations: [CalibrationRow],
    _ extremes: Extremes, _ common: CommonReplicates
  ) {
    worstIntervals = extremes.intervals
    leastAgreement = extremes.agreement
    onCommonReplicates =
      common.samples.isEmpty
      ? []
      : [
        StudyResults(
          common.samples, measures: common.measures, calibrations: [], Extremes(),
          CommonReplicates())
      ]
    self.samples = samples.map(\.withoutColumns)
    self.measures = measures
    self.calibrations = calibrations
    let summaries = samples.map(\.summary)
    timings = samples.flatMap { $0.methods.map(\.timing) }
    failures = samples.flatMap { $0.methods.flatMap(\.failures) }
    gates = GateCheck.evaluate(summaries.map { ($0.gates, $0.alpha) }, rows: measures)
    methods = MethodOrder.sorted(Array(Set(summaries.flatMap(\.methods))))
    truthOfScenario = Dictionary(
      summaries.map { ($0.name, $0.truth) }, uniquingKeysWith: { first, _ in first })
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

  /// Whether the coefficient is 0 in the scenario, or the check has nothing to find.
  func isTrueNull(_ parameter: String, in scenario: String) -> Bool {
    truthOfScenario[scenario]?[parameter] == 0
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

/// Keeps what is shown of one scenario alone, that in which it is worst, so that no other
/// scenario's columns stay in memory.
private struct Extremes {
  private var shortfall = -Double.infinity
  private var distance = 0.0
  private(set) var intervals: [RankedIntervals] = []
  private(set) var agreement: [PairedEstimates] = []

  mutating func consider(_ sample: ScenarioSample) {
    if let candidate = RankedIntervals.worst(of: sample), candidate.shortfall > shortfall {
      shortfall = candidate.shortfall
      intervals = candidate.panels
    }
    if let candidate = PairedEstimates.least(of: sample), candidate.distance > distance {
      distance = candidate.distance
      agreement = candidate.pairs
    }
  }
}
