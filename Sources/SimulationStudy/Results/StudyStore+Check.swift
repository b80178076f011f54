extension StudyStore {
  /// The most scenarios that are looked at.
  private static let mostChecked = 8

  /// Fits one recorded replicate again, the first of each of the first scenarios that have any, to
  /// see whether this program on this machine gives the numbers that are recorded. Other programs
  /// are not asked: their versions are compared.
  /// - Returns: the first replicate that comes out differently in any bit, or nil.
  /// - Throws: `StoreError`.
  public func firstDifference(
    from study: RegisteredStudy
  ) throws(StoreError) -> (scenario: String, replicate: Int)? {
    let stored = try self.study()
    let runner = StudyRunner(study.scenarios)
    let begun = study.scenarios.indices.filter { !study.recorded[$0].positions.isEmpty }
    for index in begun.prefix(Self.mostChecked) {
      let scenario = study.scenarios[index]
      let position = study.recorded[index].positions[0].lowerBound
      let replicate = study.shard.replicate(at: position)
      let old = try records(of: stored, scenario: index, replicate: replicate)
      let own = scenario.withOwnMethodsOnly
      let names = Set(own.methods.map(\.name))
      let new = runner.records(of: replicate, scenario: own)
      let isSame = zip(old.filter { names.contains($0.method) }, new).allSatisfy {
        ReplayedReplicate(stored: $0, refitted: $1).differences == 0
      }
      if !isSame { return (scenario.name, replicate) }
    }
    return nil
  }
}
