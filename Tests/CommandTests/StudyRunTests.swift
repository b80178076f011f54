import Foundation
import Testing

@Suite struct StudyRunTests {
  @Test func theFilesOfAStudyDoNotDependOnTheWorkers() throws {
    try BuiltCommand.withTemporaryDirectory { directory in
      let scenario = try StudyScenario.write(to: directory)
      var tables: [Data] = []
      for workers in ["1", "3"] {
        let out = directory.appending(path: "new/out" + workers)
        let run = try BuiltCommand.run(
          ["study", "run", scenario, "--out", out.path, "--workers", workers])
        #expect(run.exitStatus == 0)
        #expect(run.standardOutput.contains("60 fits, none of which failed"))
        #expect(run.standardError.hasPrefix("60 fits in "))
        for name in ["report.md", "timing.csv", "failures.csv", "manifest.json"] {
          #expect(try !Data(contentsOf: out.appending(path: name)).isEmpty)
        }
        tables.append(try Data(contentsOf: out.appending(path: "measures.csv")))
      }
      #expect(tables[0] == tables[1])
      let lines = String(decoding: tables[0], as: UTF8.self).split(separator: "\n")
      #expect(lines.contains { $0.hasPrefix("tiny,structured,x,coverage,") })
      #expect(lines.dropFirst().allSatisfy { $0.hasSuffix(",30,0,30") })
    }
  }

  @Test func quietIsSilentAndReplicatesOverride() throws {
    try BuiltCommand.withTemporaryDirectory { directory in
      let scenario = try StudyScenario.write(to: directory)
      let out = directory.appending(path: "out")
      let run = try BuiltCommand.run(
        ["study", "run", scenario, "--out", out.path, "--replicates", "7", "--quiet"])
      #expect(run.exitStatus == 0)
      #expect(run.standardError.isEmpty)
      let measures = String(
        decoding: try Data(contentsOf: out.appending(path: "measures.csv")), as: UTF8.self)
      #expect(measures.split(separator: "\n").dropFirst().allSatisfy { $0.hasSuffix(",7,0,7") })
    }
  }

  @Test func whatIsWrongIsSaidInOneSentenceWithItsStatus() throws {
    try BuiltCommand.withTemporaryDirectory { directory in
      let good = try StudyScenario.write(to: directory)
      let bad = try StudyScenario.write(
        "sed: 1\n" + StudyScenario.text(name: "bad"), to: directory, name: "bad.yml")
      let twin = try StudyScenario.write(to: directory, name: "twin.yml")
      let out = directory.appending(path: "out").path
      for (arguments, status, message) in [
        ([bad, "--out", out], 65, "\(bad):1:1: unknown key 'sed'; did you mean 'seed'?"),
        ([good, twin, "--out", out], 65, "\(twin): the name 'tiny' is already that of"),
        ([out + "/none.yml", "--out", out], 66, "\(out)/none.yml: there is no such file"),
        ([good, "--out", good], 74, "Cannot make the directory"),
        ([good, "--out", out, "--workers", "0"], 64, "--workers is a whole number"),
        ([good, "--out", out, "--replicates=0"], 64, "--replicates is a whole number"),
        ([good], 64, "Missing expected argument '--out <dir>'"),
        (["--out", out], 64, "Missing expected argument '<scenarios> ...'"),
      ] {
        let run = try BuiltCommand.run(["study", "run"] + arguments)
        #expect(run.exitStatus == Int32(status), "\(arguments)")
        #expect(run.standardError.contains(message), "\(run.standardError)")
        #expect(run.standardOutput.isEmpty)
        if status != 64 {
          #expect(run.standardError.split(separator: "\n").count == 1)
        }
      }
      #expect(!FileManager.default.fileExists(atPath: out))
    }
  }
}
