/// Decides when a scenario has been replicated enough: when in all rows of `measures.csv` with the
/// target's measure the Monte Carlo standard error is at most the target's.
///
/// The rule looks at the first 200 replicates, the first 300, 400, ..., beyond 20,000 at steps of a
/// hundredth, and once more at the last. It thus depends on the replicates' numbers alone, and not
/// on the order in which they come or on interruptions.
package struct StoppingRule: Sendable {
  private static let firstCheck = 200
  private static let minimumStep = 100

  private let summary: ScenarioSummary
  private let target: PrecisionTarget
  private var columns: [MethodColumns]
  /// How many of the replicates 0, 1, ... the columns have.
  private var count = 0
  private var nextCheck: Int
  /// Records of replicates that came before their turn.
  private var early: [Int: [ReplicateRecord]] = [:]
  /// At the latest check; nil where a method or parameter had no number.
  private var largestError: Double?

  /// The number of replicates that is enough; nil as long as that is not known.
  private(set) var stop: Int?

  /// nil for a scenario without a precision.
  init?(_ summary: ScenarioSummary) {
    guard let target = summary.precision else { return nil }
    self.summary = summary
    self.target = target
    columns = summary.methods.map { MethodColumns(summary, method: $0) }
    nextCheck = min(Self.firstCheck, summary.replicates)
  }

  /// Takes the records of one replicate, one for each method in the scenario's order; replicates
  /// may come in any order.
  mutating func add(_ records: [ReplicateRecord], ofReplicate replicate: Int) {
    guard stop == nil, replicate >= count, records.count == columns.count else { return }
    early[replicate] = records
    while stop == nil, let next = early.removeValue(forKey: count) {
      for (method, record) in next.enumerated() {
        // A record that no report accepts is for the report to refuse.
        do { try columns[method].append(record) } catch { continue }
      }
      count += 1
      if count == nextCheck { check() }
    }
    if stop != nil { early = [:] }
  }

  /// The same for the records of many replicates, ordered by replicate and method.
  mutating func add(_ records: [ReplicateRecord]) {
    let methods = columns.count
    for start in stride(from: 0, to: records.count, by: methods) where stop == nil {
      add(
        Array(records[start..<min(start + methods, records.count)]),
        ofReplicate: records[start].replicate)
    }
  }

  var outcome: StoppingOutcome {
    if let stop { return .precise(replicates: stop) }
    return count < summary.replicates ? .running : .exhausted(largestError: largestError)
  }

  private mutating func check() {
    largestError = currentError()
    if let largestError, largestError <= target.monteCarloStandardError { stop = count }
    let hundredth = count / 100 / Self.minimumStep * Self.minimumStep
    nextCheck = min(count + max(Self.minimumStep, hundredth), summary.replicates)
  }

  /// The largest Monte Carlo standard error of any method and parameter; nil where one has none.
  private func currentError() -> Double? {
    let sample = ScenarioSample(
      summary, columns: columns,
      timings: summary.methods.map {
        TimingRow(scenario: summary.name, method: $0, records: [])
      })
    // What a method never says needs no replicates: its fits succeed, and none has such a number.
    let rows = MeasureTable.rows([sample], measures: [target.measure])
      .filter { $0.used > 0 || $0.attempted == $0.failed }
    guard !rows.isEmpty else { return nil }
    let errors = rows.compactMap(error)
    return errors.count == rows.count ? errors.max() : nil
  }

  /// Where all intervals cover the truth, or none, the estimated error is 0, whatever their number.
  /// Then the error with one replicate of the other kind counts.
  private func error(_ row: MeasureRow) -> Double? {
    guard let error = row.monteCarloStandardError else { return nil }
    guard error == 0, target.measure.isProportion, row.used > 0 else { return error }
    let share = 1 / Double(row.used)
    return (share * (1 - share) / Double(row.used)).squareRoot()
  }
}
