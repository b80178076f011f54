import Foundation
import Testing

@Suite struct StudyRunTests {
  @Test func theFilesOfAStudyDoNotDependOnTheWorkers() throws {
    let folder = try TemporaryFolder()
    let scenario = try folder.write(StudyScenario.text(), to: "tiny.yml").path
    var tables: [String] = []
    for workers in ["1", "3"] {
      let out = folder.url.appending(path: "new/out" + workers)
      let run = try CommandRunner.run(
        ["study", "run", scenario, "--out", out.path, "--workers", workers])
      #expect(run.status == 0)
      #expect(run.runningOutput.contains("60 fits, none of which failed"))
      #expect(run.error.hasPrefix("60 fits in "))
      for name in ["report.md", "timing.csv", "failures.csv", "manifest.json"] {
        #expect(try !Data(contentsOf: out.appending(path: name)).isEmpty)
      }
      tables.append(
        try String(contentsOf: out.appending(path: "measures.csv"), encoding: .utf8))
    }
    #expect(tables[0] == tables[1])
    let lines = tables[0].split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("tiny,structured,x,coverage,") })
    #expect(lines.dropFirst().allSatisfy { $0.hasSuffix(",30,0,30") })
  }

  @Test func quietIsSilentAndReplicatesOverride() throws {
    let folder = try TemporaryFolder()
    let scenario = try folder.write(StudyScenario.text(), to: "tiny.yml").path
    let out = folder.url.appending(path: "out")
    let run = try CommandRunner.run(
      ["study", "run", scenario, "--out", out.path, "--replicates", "7", "--quiet"])
    #expect(run.status == 0)
    #expect(run.error.isEmpty)
    let measures = try String(contentsOf: out.appending(path: "measures.csv"), encoding: .utf8)
    #expect(measures.split(separator: "\n").dropFirst().allSatisfy { $0.hasSuffix(",7,0,7") })
  }

  /// Given data are the same each time: there is nothing to repeat.
  @Test func givenDataAreFittedOnceWhateverTheReplicates() throws {
    let folder = try TemporaryFolder()
    let scenario = try folder.write(
      """
      name: given
      data:
        table: {y: [2, 3, 5, 1], x: [1, 2, 3, 4], group: [a, a, b, b]}
        fixed: [Intercept, x]
        random: [Intercept]
      methods: [{name: structured, approximation: structured}]
      """, to: "given.yml"
    ).path
    let out = folder.url.appending(path: "out")
    let run = try CommandRunner.run(
      ["study", "run", scenario, "--out", out.path, "--replicates", "7", "--quiet"])
    #expect(run.status == 0)
    let measures = try String(contentsOf: out.appending(path: "measures.csv"), encoding: .utf8)
    #expect(measures.split(separator: "\n").dropFirst().allSatisfy { $0.hasSuffix(",1,0,1") })
  }

  @Test func whatIsWrongIsSaidInOneSentenceWithItsStatus() throws {
    let folder = try TemporaryFolder()
    let good = try folder.write(StudyScenario.text(), to: "tiny.yml").path
    let bad = try folder.write("sed: 1\n" + StudyScenario.text(name: "bad"), to: "bad.yml").path
    let twin = try folder.write(StudyScenario.text(), to: "twin.yml").path
    let out = folder.url.appending(path: "out").path
    for (arguments, status, message) in [
      ([bad, "--out", out], 65, "\(bad):1:1: unknown key 'sed'; did you mean 'seed'?"),
      ([good, twin, "--out", out], 65, "\(twin): the name 'tiny' is already that of"),
      ([out + "/none.yml", "--out", out], 66, "\(out)/none.yml: there is no such file"),
      ([good, "--out", good], 74, "there is a file of that name."),
      ([good, "--out", out, "--workers", "0"], 64, "--workers is a whole number"),
      ([good, "--out", out, "--replicates=0"], 64, "--replicates is a whole number"),
      ([good], 64, "Missing expected argument '--out <dir>'"),
      (["--out", out], 64, "Missing expected argument '<scenarios> ...'"),
    ] {
      let run = try CommandRunner.run(["study", "run"] + arguments)
      #expect(run.status == Int32(status), "\(arguments)")
      #expect(run.error.contains(message), "\(run.error)")
      #expect(run.output.isEmpty)
      if status != 64 {
        #expect(run.error.split(separator: "\n").count == 1)
      }
    }
    #expect(!FileManager.default.fileExists(atPath: out))
  }
}
