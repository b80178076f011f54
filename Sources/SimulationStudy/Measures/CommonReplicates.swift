/// Gathers the replicates that every method has a usable result of, from scenarios in which some
/// methods have others than others have: there a method's own replicates are other data too.
struct CommonReplicates {
  private(set) var samples: [ScenarioSample] = []
  private(set) var measures: [MeasureRow] = []

  /// - Parameter records: those of the scenario.
  /// - Throws: `StudyError` where records and scenario do not fit together.
  mutating func add(
    _ scenario: ScenarioSummary, _ records: [ReplicateRecord]
  ) throws(StudyError) {
    guard scenario.methods.count > 1 else { return }
    var usable = scenario.methods.map { _ in Set<Int>() }
    for record in records {
      guard case .usable = record.usability,
        let method = scenario.methods.firstIndex(of: record.method)
      else { continue }
      usable[method].insert(record.replicate)
    }
    // A method that has nothing at all, such as one that was not run, would leave nothing.
    let sets = usable.filter { !$0.isEmpty }
    guard let first = sets.first, sets.contains(where: { $0 != first }) else { return }
    let common = sets.dropFirst().reduce(first) { $0.intersection($1) }
    guard !common.isEmpty else { return }
    let found = try StudySample.collect(
      records.filter { common.contains($0.replicate) }, scenarios: [scenario])
    measures += MeasureTable.rows(found)
    samples += found.map(\.withoutColumns)
  }
}
