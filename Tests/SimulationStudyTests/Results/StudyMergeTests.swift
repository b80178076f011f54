import Foundation
import Testing

@testable import SimulationStudy

@Suite struct StudyMergeTests {
  /// Shards of the study of `StoreFixture`.
  private func shards(_ names: [String], replicates: Int = 20) throws -> [StoreFixture] {
    try names.map { name in
      let fixture = try StoreFixture()
      try fixture.run(
        StoreFixture.scenarios(replicates: replicates), shard: try #require(Shard(name)))
      return fixture
    }
  }

  private func merge(
    _ parts: [StoreFixture], into out: StoreFixture, version: String = StoreFixture.version,
    allowingGaps: Bool = false
  ) throws(StoreError) -> [String] {
    try StudyMerge.merge(
      parts.map(\.directory), into: out.directory, packageVersion: version,
      allowingGaps: allowingGaps)
  }

  private func complaint(
    _ parts: [StoreFixture], into out: StoreFixture? = nil, version: String = StoreFixture.version
  ) throws -> String {
    let out = try out ?? StoreFixture()
    let before = try FileManager.default.contentsOfDirectory(atPath: out.directory.path)
    let error = #expect(throws: StoreError.self) {
      try merge(parts, into: out, version: version)
    }
    #expect(error?.kind == .unusable)
    // Nothing is left behind.
    #expect(try FileManager.default.contentsOfDirectory(atPath: out.directory.path) == before)
    return error?.description ?? ""
  }

  /// Results without the time they took; texts, because NaN is not equal to itself.
  private func texts(_ fixture: StoreFixture) throws -> [String] {
    try fixture.records().map { "\($0.scenario) \($0.method) \($0.replicate) \($0.outcome)" }
  }

  @Test(arguments: [["1/1"], ["2/2", "1/2"], ["3/5", "1/5", "5/5", "2/5", "4/5"]])
  func shardsJoinedAreTheWhole(names: [String]) throws {
    let whole = try StoreFixture()
    try whole.run(StoreFixture.scenarios())
    let (parts, out) = (try shards(names), try StoreFixture())
    #expect(try merge(parts, into: out).isEmpty)
    #expect(try texts(out) == texts(whole))
    // Seconds are those of the shards, to the bit.
    let seconds = try parts.flatMap { try $0.records().map(\.seconds) }.sorted()
    #expect(try out.records().map(\.seconds).sorted() == seconds)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: out.directory.path)
        == [StudyStore.fileName])
    // It can be gone on with as if it had been one run.
    let progress = try out.run(StoreFixture.scenarios(replicates: 30))
    #expect((progress.doneBefore, progress.done) == (41, 61))
  }

  @Test func studiesOfDifferentScenariosAreJoined() throws {
    let scenarios = try StoreFixture.scenarios()
    let parts = [try StoreFixture(), try StoreFixture()]
    try parts[0].run([scenarios[1]])
    try parts[1].run([scenarios[0]])
    let out = try StoreFixture()
    #expect(try merge(parts, into: out).isEmpty)
    #expect(try Set(texts(out)).count == 41)
    #expect(try out.records().first?.scenario == "given")
  }

  @Test func gapsAreSaidAndMayBeAllowed() throws {
    let parts = try shards(["1/3", "3/3"])
    #expect(
      try complaint(parts).hasPrefix(
        "Scenario 'small' lacks 7 of its 20 replicates (1, 4, 7, 10, 13, ...); they belong to "
          + "shard "
          + "2/3 and perhaps others."))
    let out = try StoreFixture()
    let gaps = try merge(parts, into: out, allowingGaps: true)
    #expect(gaps.count == 1)
    #expect(try out.run(StoreFixture.scenarios()).doneBefore == 27)
    // The scenario with one replicate has it in the first shard.
    #expect(
      try complaint([parts[1]]).hasSuffix(
        "1 more scenarios have gaps. --incomplete joins what there is."))
    // One shard was asked for more replicates than the other.
    let uneven = try shards(["1/2"], replicates: 20) + shards(["2/2"], replicates: 24)
    #expect(
      try complaint(uneven).contains(
        "lacks 2 of its 24 replicates (20, 22); they belong to shard 1/2."))
  }

  @Test func overlapsAreRefused() throws {
    let parts = try shards(["1/2", "2/2", "2/2"])
    #expect(
      try complaint(parts).hasPrefix(
        "Replicate 1 of scenario 'small' is in '\(parts[2].directory.relativePath)' as well as in "
          + "'\(parts[1].directory.relativePath)'"))
    let whole = try shards(["1/1"])
    #expect(try complaint([parts[0], whole[0]]).hasPrefix("Replicate 0 of scenario 'small'"))
  }

  @Test func whatDoesNotBelongTogetherIsRefused() throws {
    let first = try shards(["1/2"])
    let other = try StoreFixture()
    try other.run(
      StoreFixture.scenarios { $0.replacing("groups: 8", with: "groups: 9") },
      shard: try #require(Shard("2/2")))
    #expect(
      try complaint(first + [other]).hasPrefix(
        "Scenario 'small' is not the same in '\(other.directory.relativePath)' and in "
          + "'\(first[0].directory.relativePath)': data.groups is 9 in the one and 8 in the "
          + "other."))
    #expect(try complaint(first, version: "7").contains("glmm-poisson 0.0.1, and this is 7."))
    try other.tamper("PRAGMA user_version = 3")
    #expect(try complaint(first + [other]).contains("has schema version 3"))
    let missing = #expect(throws: StoreError.self) {
      try merge(first + [StoreFixture()], into: StoreFixture())
    }
    #expect(missing?.kind == .missing)
  }

  /// A store may be replaced by one that has all it has, and by no other.
  @Test func noResultIsOverwritten() throws {
    let parts = try shards(["1/1"])
    let contained = try StoreFixture()
    try contained.run(StoreFixture.scenarios(replicates: 3))
    // A journal of the old store must not be applied to the new one.
    try Data("an old journal".utf8).write(
      to: contained.directory.appending(path: "results.sqlite-wal"))
    #expect(try merge(parts, into: contained).isEmpty)
    #expect(try contained.records().count == 41)

    let more = try StoreFixture()
    try more.run(StoreFixture.scenarios(replicates: 21))
    let other = try StoreFixture()
    try other.run(StoreFixture.scenarios { $0.replacing("groups: 8", with: "groups: 9") })
    for (out, replicate, count) in [(more, 20, 43), (other, 0, 41)] {
      // Scenarios that the latest run has not asked for are results too.
      try out.run([try StoreFixture.scenarios()[1]])
      #expect(
        try complaint(parts, into: out).contains(
          "in none of the directories to join, such as replicate \(replicate) of scenario 'small'.")
      )
      try out.tamper("UPDATE scenarios SET position = id WHERE position IS NULL")
      #expect(try out.records().count == count)
    }
  }

  @Test func whatAKilledMergeLeftIsRemoved() throws {
    let (parts, out) = (try shards(["1/1"]), try StoreFixture())
    for suffix in ["", "-wal", "-journal"] {
      try Data("half a file".utf8).write(
        to: out.directory.appending(path: "results.sqlite.merging" + suffix))
    }
    #expect(try merge(parts, into: out).isEmpty)
    #expect(try out.records().count == 41)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: out.directory.path)
        == [StudyStore.fileName])
  }

  @Test func aSetOfReplicatesKnowsItsGaps() {
    var set = ReplicateSet(capacity: 130)
    #expect(Array(set.missing(below: 3)) == [0, 1, 2])
    for replicate in 0..<130 where ![5, 63, 64, 129].contains(replicate) {
      let isNew = set.insert(replicate)
      #expect(isNew)
    }
    let refused = [4, 130, -1].map { set.insert($0) }
    #expect(refused == [false, false, false])
    #expect(set.count == 126)
    #expect(Array(set.missing(below: 1000)) == [5, 63, 64, 129])
    #expect(Array(set.missing(below: 64)) == [5, 63])
  }

  @Test func machinesAreCombined() {
    let first = Fixture.environment
    let second = RunEnvironment(
      packageVersion: "0.1.0", swiftVersion: "6.3", gslVersion: "2.8", processor: "Other CPU",
      cores: 64, operatingSystem: "Test OS", workers: 1)
    #expect(RunEnvironment.combining([first, first]) == first)
    #expect(
      RunEnvironment.combining([first, second])
        == RunEnvironment(
          packageVersion: "0.1.0", swiftVersion: "6.3", gslVersion: "2.7.1, 2.8",
          processor: "Test CPU, Other CPU", cores: 64, operatingSystem: "Test OS", workers: 2))
    #expect(RunEnvironment.combining([]) == nil)
  }
}
