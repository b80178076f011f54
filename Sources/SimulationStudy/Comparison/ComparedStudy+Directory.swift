import Foundation

extension ComparedStudy {
  /// What a directory holds: an accepted baseline, or else the results of a study.
  /// - Throws: `StoreError`, of kind `missing` if it holds neither; `StudyError`;
  ///   `ComparisonError`.
  package init(directory: URL) throws {
    if FileManager.default.fileExists(atPath: BaselineFiles.header(in: directory).path) {
      self = try BaselineFiles.read(from: directory)
      return
    }
    let file = directory.appendingPathComponent(StudyStore.fileName)
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw StoreError(
        .missing,
        "There is nothing to compare in '\(directory.relativePath)': it has neither "
          + "\(StudyStore.fileName), which 'study run' writes, nor \(BaselineFiles.headerName), "
          + "which "
          + "'study baseline' writes.")
    }
    try self.init(StudyStore.openForReading(directory: directory))
  }

  /// - Throws: `StoreError`; `ComparisonError` if the store holds only a shard, or a study that has
  ///   not come to its end.
  package init(_ store: StudyStore) throws {
    let study = try store.study()
    let directory = store.directory.relativePath
    guard study.shard.isWhole else {
      throw ComparisonError(
        "'\(directory)' holds shard \(study.shard) of a study only; 'study merge' joins the shards."
      )
    }
    let fingerprints = try store.fingerprints()
    let scenarios = try study.scenarios.enumerated().map { position, sourced in
      let records = try store.records(of: study, scenario: position)
      let scenario = sourced.scenario
      let expected = scenario.replicates * scenario.methods.count
      guard scenario.precision != nil || records.count == expected else {
        throw ComparisonError(
          "The study in '\(directory)' has not come to its end: scenario '\(scenario.name)' has "
            + "\(records.count) of \(expected) fits. 'study run' goes on with it.")
      }
      return ComparedScenario(
        scenario, fingerprint: fingerprints[scenario.name], records: records)
    }
    self.init(
      name: directory, environment: study.environment,
      command: study.recipe.command(out: directory, programs: study.programs),
      programs: study.programs, scenarios: scenarios)
  }
}
