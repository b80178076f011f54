import Foundation
import GRDB
import Testing

@testable import SimulationStudy

@Suite struct FitChecksumTests {
  /// One bit in a number, another number, another text: named where it is read, and drawn again
  /// where the study is run.
  @Test(arguments: [
    "UPDATE fits SET iterations = iterations + 1 WHERE replicate = 3 AND method = 0",
    "UPDATE fits SET seconds = seconds + 1e-9 WHERE replicate = 3 AND method = 1",
    "UPDATE fits SET failed = 1 - failed WHERE replicate = 3 AND method = 0",
    "UPDATE checksums SET checksum = checksum + 1 WHERE replicate = 3",
    "UPDATE fits SET converged = 1 - converged WHERE replicate = 3 AND method = 1",
    """
    INSERT INTO texts (text) VALUES ('another');
    UPDATE fits SET reason = (SELECT MAX(id) FROM texts) WHERE replicate = 3 AND method = 0
    """,
  ])
  func whatHasChangedIsNamedAndDrawnAgain(damage: String) throws {
    let fixture = try StoreFixture()
    let scenarios = try StoreFixture.scenarios()
    try fixture.run(scenarios)
    let whole = try fixture.records().map(StudyStoreTests.text).sorted()
    try fixture.tamper(
      damage.replacing("WHERE replicate", with: "WHERE scenario = 1 AND replicate"))
    let joined = try StoreFixture()
    let readers: [() throws -> Void] = [
      { _ = try fixture.records() },
      {
        _ = try StudyMerge.merge(
          [fixture.directory], into: joined.directory, packageVersion: StoreFixture.version,
          allowingGaps: true)
      },
    ]
    for reader in readers {
      let error = StudyStoreTests.refusal(reader)
      #expect(error?.kind == .unusable)
      #expect(
        error?.description
          == "'\(fixture.file.relativePath)' is damaged: replicate 3 of scenario 'small' is not "
          + "what was recorded. The same 'study run' draws it again.")
    }
    let store = try StudyStore.openForWriting(directory: fixture.directory)
    let study = try store.register(
      scenarios, shard: .whole, recipe: StoreFixture.recipe, packageVersion: StoreFixture.version)
    #expect(study.damaged.map(\.scenario) == ["small"])
    #expect(study.damaged.map(\.replicates) == [[3]])
    store.close()
    #expect(try fixture.run(scenarios).doneBefore == 39)
    #expect(try fixture.records().map(StudyStoreTests.text).sorted() == whole)
  }

  /// Every single byte of the numbers in the file.
  @Test func anyByteOfANumberCounts() throws {
    let whole = try StoreFixture()
    let scenarios = try StoreFixture.scenarios(replicates: 3)
    try whole.run(scenarios)
    let bytes = try Data(contentsOf: whole.file)
    let stored = try DatabaseQueue(path: whole.file.path).read { db in
      try Data.fetchOne(
        db, sql: "SELECT numbers FROM fits WHERE scenario = 1 AND numbers IS NOT NULL LIMIT 1")
    }
    let numbers = try #require(stored)
    let place = try #require(bytes.firstRange(of: numbers))
    let fixture = try StoreFixture()
    for offset in place {
      var damaged = bytes
      damaged[offset] ^= 1 << UInt8(offset % 8)
      try damaged.write(to: fixture.file)
      let error = StudyStoreTests.refusal { _ = try fixture.records() }
      #expect(error?.description.contains("is not what was recorded") == true, "byte \(offset)")
    }
  }

  /// A store of a time before there were checksums is read, and gets them for what is new.
  @Test func anOlderStoreIsReadAndGoesOn() throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios(replicates: 5))
    try fixture.tamper("DROP TABLE checksums; PRAGMA user_version = 1")
    #expect(try fixture.records().count == 11)
    #expect(try fixture.run(StoreFixture.scenarios(replicates: 20)).doneBefore == 11)
    #expect(
      try fixture.records().map(StudyStoreTests.text).sorted()
        == StudyStoreTests.expected(try StoreFixture.scenarios(replicates: 20)))
    try fixture.tamper("UPDATE fits SET iterations = 0 WHERE scenario = 1 AND replicate = 19")
    #expect(
      StudyStoreTests.refusal { _ = try fixture.records() }?.description.contains("replicate 19")
        == true)
  }
}
