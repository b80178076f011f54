import Foundation
import Testing

@testable import SimulationStudy

@Suite struct BaselineFilesTests {
  @Test func aBaselineIsReadAsItWasWritten() throws {
    let folder = try StoreFixture()
    let scenario = try ComparisonFixture.scenario()
    var records = ComparisonFixture.records(scenario)
    records[3] = ReplicateRecord(
      scenario: records[3].scenario, method: records[3].method, replicate: records[3].replicate,
      outcome: .failed("no fit, \"none\""), seconds: 1)
    let study = ComparisonFixture.study(
      scenario, records, programs: [ProgramRecord(command: "fit", version: "2", timesItself: true)])
    try BaselineFiles.write(study, to: folder.directory)
    let read = try ComparedStudy(directory: folder.directory)
    #expect(read.environment == study.environment)
    #expect(read.command == study.command)
    #expect(read.programs == study.programs)
    let (old, new) = (study.scenarios[0], read.scenarios[0])
    #expect(new.name == old.name)
    #expect(new.content == old.content)
    #expect(new.truth == old.truth)
    #expect(new.methods == old.methods)
    let pairing = MethodPairing(
      method: "structured", baseline: old.records[0], current: new.records[0])
    #expect(pairing.pairs.count == ComparisonFixture.replicates - 1)
    #expect(pairing.failedBefore == 1)
    #expect(pairing.newFailures.isEmpty)
    // Half a unit of the fifth decimal of an SD's leading digit.
    #expect(try #require(Drift(pairing).fits.first).sds <= 0.5e-4 * (1 + 1e-9))
    for pair in pairing.pairs {
      #expect(pair.baseline.evidenceLowerBound == pair.current.evidenceLowerBound)
      #expect(pair.baseline.iterations == pair.current.iterations)
    }
    guard case .failed(let reason) = new.records[0][3].outcome else {
      Issue.record("the failure is gone")
      return
    }
    #expect(reason == "no fit, \"none\"")
  }

  @Test func aNewBaselineLeavesNothingOfTheOld() throws {
    let folder = try StoreFixture()
    let scenario = try ComparisonFixture.scenario()
    let study = ComparisonFixture.study(scenario, ComparisonFixture.records(scenario))
    try BaselineFiles.write(study, to: folder.directory)
    let renamed = Scenario(
      name: "other", replicates: scenario.replicates, data: scenario.data,
      methods: scenario.methods)
    try BaselineFiles.write(ComparisonFixture.study(renamed, []), to: folder.directory)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.directory.path).sorted()
    #expect(names == ["baseline.json", "other.csv"])
  }

  @Test func aLineThatIsLostIsSaidSo() throws {
    let folder = try StoreFixture()
    let scenario = try ComparisonFixture.scenario()
    try BaselineFiles.write(
      ComparisonFixture.study(scenario, ComparisonFixture.records(scenario)), to: folder.directory)
    let file = folder.directory.appendingPathComponent("pair.csv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    func complaint(_ lines: [Substring]) throws -> String? {
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
      do {
        _ = try ComparedStudy(directory: folder.directory)
        return nil
      } catch {
        return String(describing: error)
      }
    }
    #expect(try complaint(lines) == nil)
    func without(_ starts: String...) -> [Substring] {
      lines.filter { line in !starts.contains { line.hasPrefix($0) } }
    }
    let path = file.relativePath
    #expect(
      try complaint(without("structured,17,"))
        == "\(path): replicate 17 of method 'structured' is missing; the baseline has those from 0 "
        + "to 59."
    )
    #expect(
      try complaint(without("mean-field,59,", "mean-field,20,"))
        == "\(path): replicate 20 of method 'mean-field' is missing; the baseline has those from 0 "
        + "to 59."
    )
    // The end of the file, all methods alike.
    #expect(
      try complaint(without("structured,59,", "mean-field,59,"))
        == "\(path): replicate 59 of method 'structured' is missing; the baseline has those from 0 "
        + "to 59."
    )
    #expect(
      try complaint(lines + [lines[5]])
        == "\(path): replicate 4 of method 'structured' is there twice.")
    #expect(
      try complaint(
        lines + [Substring(lines[5].replacing("structured,4,", with: "structured,60,"))])
        == "\(path): replicate 60 of method 'structured' is beyond those of the baseline, from 0 "
        + "to 59."
    )
    // A header that does not say how many there are.
    let header = BaselineFiles.header(in: folder.directory)
    let text = try String(contentsOf: header, encoding: .utf8)
    try Data(text.replacing(/"replicates" : 60,\s*/, with: "").utf8).write(to: header)
    #expect(try complaint(lines) == nil)
    #expect(
      try complaint(without("structured,17,"))
        == "\(path): replicate 17 of method 'structured' is missing; the baseline has those from 0 "
        + "to 59."
    )
  }

  @Test func aDamagedTableIsSaidSo() throws {
    let scenario = try ComparisonFixture.scenario()
    let text = BaselineTable.text(
      of: ComparedScenario(scenario, records: ComparisonFixture.records(scenario)))
    func complaint(_ text: String) -> String? {
      do throws(StudyError) {
        _ = try BaselineTable.records(of: text, scenario: "pair", name: "pair.csv")
        return nil
      } catch {
        return error.description
      }
    }
    #expect(complaint(text) == nil)
    #expect(complaint("")?.hasPrefix("pair.csv:1: the columns are not") == true)
    #expect(complaint("a,b\n1,2\n")?.hasPrefix("pair.csv:1: the columns are not") == true)
    let lines = text.split(separator: "\n").map(String.init)
    for bad in [
      "structured,0,,5", lines[1].replacing("structured,0,", with: "structured,-1,"),
      lines[1] + "x", lines[1].replacing("structured,0,,", with: "structured,0,,many"),
    ] {
      #expect(
        complaint("\(lines[0])\n\(lines[2])\n\(bad)\n")?.hasPrefix("pair.csv:3: expected") == true)
    }
  }

  @Test func aStudyInItsStoreCanBeCompared() throws {
    let folder = try StoreFixture()
    try folder.run(StoreFixture.scenarios())
    let study = try ComparedStudy(directory: folder.directory)
    #expect(study.scenarios.count == 2)
    let comparison = try StudyComparison(baseline: study, current: study)
    #expect(!comparison.hasRegression)
    // Without a note of the machine no times are compared.
    #expect(comparison.timing != .compared)
    let shard = try StoreFixture()
    try shard.run(StoreFixture.scenarios(), shard: try #require(Shard("1/2")))
    #expect(throws: ComparisonError.self) { try ComparedStudy(directory: shard.directory) }
    let empty = try StoreFixture()
    #expect(throws: StoreError.self) { try ComparedStudy(directory: empty.directory) }
  }
}
