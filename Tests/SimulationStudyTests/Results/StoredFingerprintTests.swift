import Foundation
import Testing

@testable import SimulationStudy

/// What becomes of results when the simulator draws other data than before: here a store is made to
/// say that its results are of such.
@Suite struct StoredFingerprintTests {
  private static let other = "0123456789abcdef"

  private func own() throws -> DataFingerprint {
    try #require(DataFingerprint(try StoreFixture.scenarios()[0].scenario))
  }

  private func stored(_ fixture: StoreFixture) throws -> [String: DataFingerprint] {
    try StudyStore.openForReading(directory: fixture.directory).fingerprints()
  }

  /// Makes the results of scenario `small` those of another simulator.
  private func estrange(_ fixture: StoreFixture) throws {
    let drawn = try own()
    try fixture.tamper(
      "UPDATE study SET value = replace(value, '\(drawn)', '\(Self.other)') WHERE key = "
        + "'fingerprints'"
    )
    #expect(try stored(fixture)["small"]?.description == Self.other)
  }

  private func forget(_ fixture: StoreFixture) throws {
    try fixture.tamper("DELETE FROM study WHERE key = 'fingerprints'")
  }

  private func refusal(_ body: () throws -> Void) -> StoreError? {
    let error = #expect(throws: StoreError.self) { try body() }
    #expect(error?.kind == .unusable)
    return error
  }

  @Test func aStudyKnowsItsData() throws {
    let (fixture, shard) = (try StoreFixture(), try StoreFixture())
    try fixture.run(StoreFixture.scenarios(replicates: 3))
    let stored = try stored(fixture)
    #expect(try stored["small"] == own())
    #expect(Set(stored.keys) == ["small", "given"])
    // A shard without the first replicate has the same.
    try shard.run(StoreFixture.scenarios(), shard: try #require(Shard("2/2")))
    #expect(try self.stored(shard) == stored)
    try fixture.run(StoreFixture.scenarios())
    #expect(try self.stored(fixture) == stored)
  }

  @Test func resultsOfOtherDataAreNotGoneOnWith() throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios(replicates: 3))
    try estrange(fixture)
    let drawn = try own()
    let error = refusal { try fixture.run(StoreFixture.scenarios()) }
    #expect(
      error?.description
        == "The simulated data of scenario 'small' have changed since the results in "
        + "'\(fixture.directory.relativePath)' were recorded: the first data set has the "
        + "fingerprint "
        + "\(drawn) and had \(Self.other). Choose another --out, or start anew with --fresh.")
    // The refusal has changed nothing, and the scenario that is the same goes on.
    #expect(try stored(fixture)["small"]?.description == Self.other)
    #expect(try fixture.run([StoreFixture.scenarios()[1]]).doneBefore == 1)
    #expect(try stored(fixture)["small"]?.description == Self.other)
    try StudyStore.startAnew(directory: fixture.directory)
    #expect(try fixture.run(StoreFixture.scenarios()).doneBefore == 0)
    #expect(try stored(fixture)["small"] == own())
  }

  /// Today's fingerprint would vouch for data that it is not of.
  @Test func oldResultsGetNoFingerprintAfterwards() throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios(replicates: 3))
    try forget(fixture)
    #expect(try fixture.run(StoreFixture.scenarios()).doneBefore == 7)
    #expect(try stored(fixture).isEmpty)
  }

  @Test func aScenarioWithoutResultsTakesWhatIsDrawnNow() throws {
    let fixture = try StoreFixture()
    let store = try StudyStore.openForWriting(directory: fixture.directory)
    _ = try store.register(
      StoreFixture.scenarios(), shard: .whole, recipe: StoreFixture.recipe,
      packageVersion: StoreFixture.version,
      fingerprints: ["small": try #require(DataFingerprint(Self.other))])
    store.close()
    #expect(try stored(fixture).mapValues(\.description) == ["small": Self.other])
    #expect(try fixture.run(StoreFixture.scenarios()).doneBefore == 0)
    #expect(try stored(fixture)["small"] == own())
  }

  @Test func aBaselineKnowsItsDataToo() throws {
    let (fixture, folder) = (try StoreFixture(), try StoreFixture())
    try fixture.run(StoreFixture.scenarios())
    let study = try ComparedStudy(directory: fixture.directory)
    #expect(try study.scenarios[0].fingerprint == own())
    try BaselineFiles.write(study, to: folder.directory)
    let read = try ComparedStudy(directory: folder.directory)
    #expect(read.scenarios.map(\.fingerprint) == study.scenarios.map(\.fingerprint))
    // One of a study that has none is read as it always was.
    try forget(fixture)
    try BaselineFiles.write(ComparedStudy(directory: fixture.directory), to: folder.directory)
    #expect(
      try ComparedStudy(directory: folder.directory).scenarios.allSatisfy { $0.fingerprint == nil })
  }

  private func shards() throws -> [StoreFixture] {
    try ["1/2", "2/2"].map { name in
      let fixture = try StoreFixture()
      try fixture.run(StoreFixture.scenarios(), shard: try #require(Shard(name)))
      return fixture
    }
  }

  private func merge(_ parts: [StoreFixture], into out: StoreFixture) throws {
    _ = try StudyMerge.merge(
      parts.map(\.directory), into: out.directory, packageVersion: StoreFixture.version,
      allowingGaps: false)
  }

  @Test func shardsOfOtherDataAreNotJoined() throws {
    let (parts, out) = (try shards(), try StoreFixture())
    try merge(parts, into: out)
    #expect(try stored(out) == stored(parts[0]))
    try estrange(parts[1])
    let drawn = try own()
    let error = refusal { try merge(parts, into: StoreFixture()) }
    #expect(
      error?.description
        == "The simulated data of scenario 'small' are not the same in "
        + "'\(parts[1].directory.relativePath)' and in '\(parts[0].directory.relativePath)': the "
        + "first data set has the fingerprint \(Self.other) in the one and \(drawn) in the other. "
        + "Run one "
        + "of them again with --fresh.")
    // What is joined from a shard that does not know does not know either.
    try forget(parts[1])
    try merge(parts, into: out)
    #expect(try stored(out).isEmpty)
  }

  /// Shards of another simulator keep their own fingerprint, whatever the program that joins them
  /// draws.
  @Test func aJoinedStudyHasTheFingerprintOfItsShards() throws {
    let (parts, out) = (try shards(), try StoreFixture())
    for part in parts { try estrange(part) }
    try merge(parts, into: out)
    #expect(try stored(out)["small"]?.description == Self.other)
    // Results of other data are not replaced by these.
    let old = try StoreFixture()
    try old.run(StoreFixture.scenarios())
    let error = refusal { try merge(parts, into: old) }
    #expect(error?.description.contains("has results that are in none of the directories") == true)
    #expect(try stored(old)["small"] == own())
  }
}
