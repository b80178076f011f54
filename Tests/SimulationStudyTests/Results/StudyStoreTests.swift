import Foundation
import GRDB
import Testing

@testable import SimulationStudy

@Suite struct StudyStoreTests {
  /// What `Moody` gives, without a store in between. NaN is not equal to itself: compared are
  /// texts.
  static func expected(_ scenarios: [SourcedScenario]) -> [String] {
    let runner = StudyRunner(scenarios.map(\.scenario), estimator: { Moody(name: $1.name) })
    return runner.records(workers: 1).map(text).sorted()
  }

  static func text(_ record: ReplicateRecord) -> String {
    "\(record.scenario) \(record.method) \(record.replicate) \(record.outcome)"
  }

  @Test func recordsComeBackAsTheyWere() throws {
    let fixture = try StoreFixture()
    let scenarios = try StoreFixture.scenarios()
    let progress = try fixture.run(scenarios)
    let records = try fixture.records()
    #expect(records.map(Self.text).sorted() == Self.expected(scenarios))
    #expect(records.allSatisfy { $0.seconds > 0 })
    let failed = records.count { if case .failed = $0.usability { true } else { false } }
    // Otherwise the test would show nothing of failures.
    #expect(failed > 3 && failed < records.count)
    #expect(progress == StudyProgress(done: 41, failed: failed, total: 41))
    // Nothing but the store stays: no journals.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path)
        == [StudyStore.fileName])
  }

  @Test func onlyWhatIsMissingIsRun() throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios(replicates: 5))
    let before = try fixture.records()
    let progress = try fixture.run(StoreFixture.scenarios(replicates: 20))
    #expect((progress.doneBefore, progress.done, progress.total) == (11, 41, 41))
    let after = try fixture.records()
    #expect(after.map(Self.text).sorted() == Self.expected(try StoreFixture.scenarios()))
    // Those of the first run were not run again: they have the seconds they had.
    let kept = Dictionary(uniqueKeysWithValues: after.map { (Self.text($0), $0.seconds) })
    #expect(before.allSatisfy { kept[Self.text($0)] == $0.seconds })
    // A third time there is nothing to do, and the number of failures is still known.
    let third = try fixture.run(StoreFixture.scenarios(replicates: 20))
    #expect((third.doneBefore, third.done, third.total) == (41, 41, 41))
    #expect(third.failed == progress.failed)
  }

  @Test func fewerReplicatesAreAViewOfThose() throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios(replicates: 20))
    let progress = try fixture.run(StoreFixture.scenarios(replicates: 5))
    #expect((progress.doneBefore, progress.total) == (11, 11))
    #expect(
      try fixture.records().map(Self.text).sorted()
        == Self.expected(try StoreFixture.scenarios(replicates: 5)))
    #expect(try fixture.run(StoreFixture.scenarios(replicates: 20)).doneBefore == 41)
  }

  @Test func scenariosThatAreNotAskedForStay() throws {
    let fixture = try StoreFixture()
    let scenarios = try StoreFixture.scenarios()
    try fixture.run(scenarios)
    try fixture.run([scenarios[1]])
    #expect(try Set(fixture.records().map(\.scenario)) == ["given"])
    #expect(try fixture.run(scenarios.reversed()).doneBefore == 41)
    #expect(try fixture.records().first?.scenario == "given")
  }

  /// Its report would be replaced by that of another.
  @Test func anotherStudyIsRefusedWithTheNamesOfBoth() throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios())
    let other = try [
      StoreFixture.scenarios { $0.replacing("name: small", with: "name: large") }[0]
    ]
    let error = try #require(Self.refusal { try fixture.run(other) })
    #expect(error.kind == .unusable)
    #expect(
      error.description
        == "The directory '\(fixture.directory.relativePath)' holds another study, of 'small', "
        + "'given', and 'large' is asked for. Choose another --out, or start anew with --fresh.")
    #expect(try fixture.run(StoreFixture.scenarios()).doneBefore == 41)
    // One that has a scenario in common goes on with it.
    #expect(try fixture.run(other + [StoreFixture.scenarios()[1]]).doneBefore == 1)
  }

  @Test func whatDoesNotChangeResultsMayChange() throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios())
    let edited = try StoreFixture.scenarios {
      $0.replacing("two levels", with: "2 levels").replacing("[0.9, 1]", with: "[0.8, 1]")
        .replacing("name: small", with: "# a comment\nname: small")
    }
    #expect(try fixture.run(edited).doneBefore == 41)
    let store = try StudyStore.openForReading(directory: fixture.directory)
    let scenario = try #require(try store.study().scenarios.first?.scenario)
    #expect(scenario.description == "2 levels of covariates")
    #expect(scenario.gates.map(\.lower) == [0.8])
  }

  static func refusal(_ body: () throws -> Void) -> StoreError? {
    do {
      try body()
      return nil
    } catch {
      return error as? StoreError
    }
  }

  @Test func aScenarioThatHasChangedIsRefusedWithItsKeys() throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios())
    let edited = try StoreFixture.scenarios {
      $0.replacing("groups: 8", with: "groups: 9").replacing("seed: 20261122", with: "seed: 3")
    }
    let error = try #require(Self.refusal { try fixture.run(edited) })
    #expect(error.kind == .unusable)
    #expect(
      error.description.hasPrefix(
        "Scenario 'small' has changed since the results in '\(fixture.directory.relativePath)' "
          + "were "
          + "recorded: seed is 3 and was 20261122, data.groups is 9 and was 8."))
    #expect(error.description.contains("--fresh"))
    // The refusal has changed nothing.
    #expect(try fixture.run(StoreFixture.scenarios()).doneBefore == 41)
    try StudyStore.remove(directory: fixture.directory)
    #expect(try fixture.run(edited).doneBefore == 0)
  }

  /// A study that was stopped before its first result may be changed freely.
  @Test func aScenarioWithoutResultsMayChange() throws {
    let fixture = try StoreFixture()
    let store = try StudyStore.openForWriting(directory: fixture.directory)
    _ = try store.register(
      StoreFixture.scenarios(), shard: .whole, recipe: StoreFixture.recipe, packageVersion: "9")
    store.close()
    let edited = try StoreFixture.scenarios { $0.replacing("groups: 8", with: "groups: 9") }
    #expect(try fixture.run(edited).doneBefore == 0)
  }

  @Test func anotherVersionAndAnotherShardAreRefused() throws {
    let fixture = try StoreFixture()
    let shard = try #require(Shard("2/3"))
    try fixture.run(StoreFixture.scenarios(), shard: shard)
    #expect(try fixture.run(StoreFixture.scenarios(), shard: shard).doneBefore == 14)
    let whole = try #require(Self.refusal { try fixture.run(StoreFixture.scenarios()) })
    #expect(whole.kind == .unusable)
    #expect(whole.description.contains("holds shard 2/3, and a whole study is asked for."))
    try fixture.tamper("UPDATE study SET value = '0.9' WHERE key = 'package_version'")
    let version = try #require(
      Self.refusal { try fixture.run(StoreFixture.scenarios(), shard: shard) })
    #expect(version.kind == .unusable)
    #expect(version.description.contains("glmm-poisson 0.9, and this is 0.0.1."))
  }

  @Test func aReplicateIsNeverCountedTwice() throws {
    let fixture = try StoreFixture()
    let scenarios = try StoreFixture.scenarios()
    try fixture.run(scenarios)
    let store = try StudyStore.openForWriting(directory: fixture.directory)
    let study = try store.register(
      scenarios, shard: .whole, recipe: StoreFixture.recipe, packageVersion: StoreFixture.version)
    let writer = try ResultWriter(study, in: store)
    let record = Fixture.record(3, [], scenario: "small", method: "plain")
    try writer.append(RecordBatch(scenario: 0, number: 0, records: [record]))
    let error = Self.refusal { try writer.finish() }
    #expect(error?.kind == .unusable)
    #expect(
      error?.description.contains("is damaged: it has results that could not be found") == true)
    store.close()
    #expect(try fixture.records().map(Self.text).sorted() == Self.expected(scenarios))
  }

  /// A process that is killed while it makes the store leaves a file that nobody takes for one.
  @Test func aStoreHalfMadeIsMadeAnew() throws {
    let fixture = try StoreFixture()
    try Data("half".utf8).write(to: URL(fileURLWithPath: fixture.file.path + ".new"))
    #expect(try fixture.run(StoreFixture.scenarios()).done == 41)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path)
        == [StudyStore.fileName])
  }

  @Test func aFreshStartLeavesNoReportAndNoForeignFileIsTouched() throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios())
    let names = StudyFile.Name.all + ["notes.txt"]
    try StudyFile.createDirectory(
      fixture.directory.appending(path: StudyFile.Name.plots))
    for name in names {
      try Data("old".utf8).write(to: fixture.directory.appending(path: name))
    }
    try StudyStore.startAnew(directory: fixture.directory)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path) == ["notes.txt"])
    let report = fixture.directory.appending(path: StudyFile.Name.report)
    for file in [fixture.file, report] {
      try Data(String(repeating: "no database\n", count: 100).utf8).write(to: file)
    }
    #expect(Self.refusal { try StudyStore.startAnew(directory: fixture.directory) } != nil)
    #expect(FileManager.default.fileExists(atPath: report.path))
  }

  // MARK: Files that are not what they should be

  @Test func anUnknownSchemaIsNamed() throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios())
    try fixture.tamper("PRAGMA user_version = 9")
    for error in fixture.complaints() {
      #expect(error?.kind == .unusable)
      #expect(error?.description.contains("has schema version 9") == true)
    }
    try StudyStore.remove(directory: fixture.directory)
    #expect(try fixture.run(StoreFixture.scenarios()).doneBefore == 0)
  }

  @Test func aForeignFileIsNamedAndLeftAlone() throws {
    let foreign = try StoreFixture()
    try foreign.tamper("CREATE TABLE t (x); PRAGMA user_version = 1")
    let text = try StoreFixture()
    try Data(String(repeating: "no database\n", count: 100).utf8).write(to: text.file)
    for (fixture, what) in [(foreign, "the database of another program"), (text, "no SQLite")] {
      let before = try Data(contentsOf: fixture.file)
      for error in fixture.complaints() {
        #expect(error?.kind == .unusable)
        #expect(error?.description.contains(what) == true, "\(String(describing: error))")
      }
      let error = Self.refusal { try StudyStore.remove(directory: fixture.directory) }
      #expect(error?.description.contains("is left as it is") == true)
      #expect(try Data(contentsOf: fixture.file) == before)
    }
  }

  @Test func aTruncatedFileIsSaidToBeDamaged() throws {
    let whole = try StoreFixture()
    try whole.run(StoreFixture.scenarios())
    let bytes = try Data(contentsOf: whole.file)
    for length in [50, 99, 100, 1000, 16384, 20000, bytes.count / 2, bytes.count - 1] {
      let fixture = try StoreFixture()
      try bytes.prefix(length).write(to: fixture.file)
      for error in fixture.complaints() {
        #expect(error?.kind == .unusable, "\(length)")
      }
      #expect(try Data(contentsOf: fixture.file) == bytes.prefix(length))
      // Whatever is left of it, it may be replaced.
      try StudyStore.startAnew(directory: fixture.directory)
      #expect(try fixture.run(StoreFixture.scenarios()).doneBefore == 0)
    }
  }

  @Test func whatIsNoFileIsNamedAndLeftAlone() throws {
    let (directory, pipe) = (try StoreFixture(), try StoreFixture())
    try FileManager.default.createDirectory(
      at: directory.file, withIntermediateDirectories: false)
    #expect(mkfifo(pipe.file.path, 0o644) == 0)
    for (fixture, what) in [(directory, "is a directory,"), (pipe, "is no regular file,")] {
      let fresh = Self.refusal { try StudyStore.startAnew(directory: fixture.directory) }
      for error in fixture.complaints() + [fresh] {
        #expect(error?.kind == .unusable)
        #expect(error?.description.contains(what) == true, "\(String(describing: error))")
      }
      #expect(FileManager.default.fileExists(atPath: fixture.file.path))
    }
  }

  /// A store is never made empty: it has lost what it had.
  @Test func anEmptyFileIsADamagedStore() throws {
    let fixture = try StoreFixture()
    try Data().write(to: fixture.file)
    for error in fixture.complaints() {
      #expect(error?.kind == .unusable)
      #expect(error?.description.contains("is damaged: it is empty.") == true)
    }
    try StudyStore.startAnew(directory: fixture.directory)
    #expect(try fixture.run(StoreFixture.scenarios()).done == 41)
    let none = Self.refusal {
      _ = try StudyStore.openForReading(directory: fixture.directory.appending(path: "none"))
    }
    #expect(none?.kind == .missing)
  }

  @Test(arguments: [
    "DELETE FROM fits WHERE replicate = 3 AND method = 1",
    "UPDATE fits SET replicate = 100 WHERE replicate = 3 AND method = 1",
  ])
  func halfAReplicateIsNoticed(damage: String) throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios())
    try fixture.tamper(damage)
    let readers: [() throws -> Void] = [
      { try fixture.run(StoreFixture.scenarios()) }, { _ = try fixture.records() },
      {
        _ = try StudyMerge.merge(
          [fixture.directory], into: StoreFixture().directory, packageVersion: StoreFixture.version,
          allowingGaps: true)
      },
    ]
    for reader in readers {
      let error = Self.refusal(reader)
      #expect(error?.kind == .unusable)
      #expect(error?.description.contains("replicate 3 of scenario 'small' is not whole") == true)
    }
  }

  /// The last one too, after which no other comes.
  @Test func halfTheLastReplicateIsNoticed() throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios())
    try fixture.tamper("DELETE FROM fits WHERE replicate = 19 AND method = 1")
    let error = Self.refusal { _ = try fixture.records() }
    #expect(error?.description.contains("replicate 19 of scenario 'small' is not whole") == true)
  }

  /// Read as what they should be, these would end the process.
  @Test(arguments: [
    "UPDATE fits SET replicate = x'33' WHERE replicate = 3",
    "UPDATE fits SET seconds = 'long' WHERE replicate = 3",
    "UPDATE fits SET replicate = 9000000000000000000 WHERE replicate = 3",
    "UPDATE scenarios SET replicates = 9000000000000000000",
    "UPDATE scenarios SET content = x'00'",
  ])
  func valuesOfAWrongKindAreNoticed(damage: String) throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios())
    try fixture.tamper(damage)
    for error in fixture.complaints() {
      #expect(error?.kind == .unusable)
      #expect(error?.description.contains("has values of a wrong kind") == true)
    }
  }

  /// Pages that were zeroed, replaced by others, or written over here and there.
  @Test func overwrittenPagesLoseNothingInSilence() throws {
    let whole = try StoreFixture()
    let scenarios = try StoreFixture.scenarios(replicates: 2000)
    try whole.run(scenarios)
    let (bytes, page) = (try Data(contentsOf: whole.file), 16384)
    let pages = bytes.count / page
    let expected = Self.expected(scenarios)
    // Otherwise there would be no inner pages to damage.
    try #require(pages > 20)
    var random = FixedRandom(state: 1)
    var refused = 0
    for variant in 0..<90 {
      var damaged = bytes
      let place = Int.random(in: 1..<pages, using: &random) * page
      switch variant % 3 {
      case 0: damaged.replaceSubrange(place..<(place + page), with: Data(count: page))
      case 1:
        let other = Int.random(in: 1..<pages, using: &random) * page
        damaged.replaceSubrange(place..<(place + page), with: bytes[other..<(other + page)])
      default:
        // The beginning of a page says where its rows are.
        let start = place + Int.random(in: 0..<(variant % 2 == 0 ? 64 : page - 8), using: &random)
        for byte in start..<(start + 8) { damaged[byte] = .random(in: 0...255, using: &random) }
      }
      let fixture = try StoreFixture()
      try damaged.write(to: fixture.file)
      do {
        #expect(
          try fixture.records().map(Self.text).sorted() == expected, "variant \(variant)")
        #expect(try fixture.run(scenarios).doneBefore == 4001, "variant \(variant)")
      } catch let error as StoreError {
        refused += 1
        #expect(error.kind == .unusable, "variant \(variant): \(error)")
      }
    }
    // A page that is replaced by itself is whole, and so is one whose free bytes were written over.
    #expect(refused > 50)
  }

  private struct FixedRandom: RandomNumberGenerator {
    var state: UInt64

    /// The linear congruential generator of Knuth's MMIX, with its better half in front.
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 32 | state << 32
    }
  }

  @Test(arguments: [
    "UPDATE fits SET numbers = x'00' WHERE replicate = 3", "DELETE FROM texts",
    "UPDATE fits SET method = 7 WHERE replicate = 3 AND method = 1", "UPDATE fits SET layout = 99",
  ])
  func rowsThatCannotBeReadAreNoticed(damage: String) throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios())
    try fixture.tamper(damage)
    let error = Self.refusal { _ = try fixture.records() }
    #expect(error?.kind == .unusable)
    #expect(error?.description.contains("is damaged: replicate") == true)
  }

  @Test(arguments: [
    ("UPDATE sources SET text = 'name: ['", "cannot be read by this version"),
    ("UPDATE scenarios SET content = 'name=small'", "read it differently: alpha is new"),
    ("UPDATE scenarios SET name = 'other' WHERE name = 'small'", "the text of scenario 'other'"),
    ("DELETE FROM study", "holds no study"),
    ("PRAGMA foreign_keys = OFF; DROP TABLE sources", "does not hold what it should"),
  ])
  func scenariosThatCannotBeReadAreNoticed(damage: String, message: String) throws {
    let fixture = try StoreFixture()
    try fixture.run(StoreFixture.scenarios())
    try fixture.tamper(damage)
    let error = Self.refusal { _ = try fixture.records() }
    #expect(error?.kind == .unusable)
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  // MARK: Size, speed

  /// 10^9 fits have to find room. Four parameters, three of them with p values, and a bound are 160
  /// bytes of numbers; a tenth of the pages is air, the rest of the row takes about 30, and half of
  /// its replicate's checksum, which has two methods here, 13. Storing may take 5 % of the time of
  /// a fit at 2,000 fits a second: 25 microseconds. It is measured as time of this thread's
  /// processor, which does not depend on what else runs.
  @Test func aFitTakesAFewHundredBytesAndMicroseconds() throws {
    let fixture = try StoreFixture()
    var scenarios = [try StoreFixture.scenarios()[0]]
    let replicates = 10_000
    scenarios[0].scenario.replicates = replicates
    let store = try StudyStore.openForWriting(directory: fixture.directory)
    let study = try store.register(
      scenarios, shard: .whole, recipe: StoreFixture.recipe, packageVersion: StoreFixture.version)
    let parameters = ["Intercept", "x1", "x2", "log_sd(Intercept)"].enumerated().map {
      Fixture.parameter($1, 0.1 * Double($0), p: $0 < 3 ? 0.5 : nil)
    }
    let batches = (0..<(replicates / 16)).map { number in
      RecordBatch(
        scenario: 0, number: number,
        records: (0..<32).map {
          Fixture.record(
            16 * number + $0 / 2, parameters, scenario: "small",
            method: $0 % 2 == 0 ? "structured" : "plain")
        })
    }
    let fits = Double(batches.count * 32)
    var inserter = try store.read { db in try FitInserter(study, db) }
    let start = Self.processorSeconds()
    for group in 0..<10 {
      try store.write { db in
        for batch in batches[(group * batches.count / 10)..<((group + 1) * batches.count / 10)] {
          try inserter.insert(batch, db)
        }
      }
    }
    let microseconds = (Self.processorSeconds() - start) * 1e6 / fits
    store.close()
    #expect(microseconds < 25)
    let size = try #require(
      try FileManager.default.attributesOfItem(atPath: fixture.file.path)[.size] as? Int)
    let bytes = Double(size) / fits
    #expect(bytes < 245)
    print("a stored fit takes \(bytes) bytes and \(microseconds) microseconds")
  }

  private static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
