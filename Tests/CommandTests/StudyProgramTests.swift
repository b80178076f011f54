import Foundation
import Testing

/// Studies with methods that are other programs, some of which are missing.
@Suite(.serialized) struct StudyProgramTests {
  /// A study of one scenario under this project's own methods and those that a test adds.
  private final class ProgramStudy {
    let folder: TemporaryFolder
    var out: URL { folder.url.appendingPathComponent("out") }

    /// - Parameter methods: each with the word that says how the program behaves.
    init(_ methods: [(name: String, behaviour: String)], replicates: Int = 12) throws {
      folder = try TemporaryFolder()
      try folder.write(Self.program, to: "program.sh")
      let lines = methods.map {
        "  - {name: \($0.name), command: \"exec sh '\(folder.url.path)/program.sh' "
          + "\($0.behaviour)\"}\n"
      }
      try folder.write(
        StudyScenario.text(replicates: replicates)
          .replacing("gates:", with: lines.joined() + "gates:"), to: "tiny.yml")
    }

    /// `installed` beside it has the version; without that file the program is missing. `mood` may
    /// say `hang`.
    private static let program = #"""
      folder=${0%/*}
      needs() { [ -e "$folder/installed" ] || { echo 'something is not installed' >&2; exit 69; }; }
      [ "$1" = optional ] && needs
      [ "$1" = sick ] && { echo 'cannot open file' >&2; exit 2; }
      echo $$ >> "$folder/starts"
      version=$(cat "$folder/installed" 2>/dev/null || echo 1)
      while IFS= read -r line; do
        number=${line##*'"request":'}
        number=${number%%[!0-9]*}
        case $line in
          *'"hello"'*) printf '{"request":0,"version":"fake %s","seconds":true}\n' "$version"
            continue ;;
        esac
        [ -e "$folder/mood" ] && sleep 1000
        # As the first count goes: a program must answer the same data alike.
        y=${line#*'"y":['}
        y=${y%%[],]*}
        [ "$1" = moody ] && [ "$y" = 1 ] && exit 4
        printf '{"request":%s,"converged":true,"seconds":0.5,"parameters":{' "$number"
        printf '"Intercept":{"estimate":%s.5,"se":1,"lower":0,"upper":9,"p":0.5},' "$y"
        printf '"x":{"estimate":%s.25},"log_sd(Intercept)":null}}\n' "$y"
        [ "$1" = brittle ] && exit 5
        fits=$((fits + 1))
        [ "$1" = tired ] && [ $fits = 2 ] && { read -r line; kill -11 $$; }
      done
      """#

    func run(_ options: [String] = [], out: URL? = nil) throws -> CommandRunner.Result {
      try CommandRunner.run(arguments(options, out: out))
    }

    func arguments(_ options: [String] = [], out: URL? = nil) -> [String] {
      [
        "study", "run", folder.url.appendingPathComponent("tiny.yml").path, "--out",
        (out ?? self.out).path,
      ] + options
    }

    func text(_ name: String, in directory: URL? = nil) throws -> String {
      try String(contentsOf: (directory ?? out).appendingPathComponent(name), encoding: .utf8)
    }

    func directory(_ name: String) -> URL { folder.url.appendingPathComponent(name) }

    var running: [Int32] {
      let text = try? String(
        contentsOf: folder.url.appendingPathComponent("starts"), encoding: .utf8)
      return (text ?? "").split(separator: "\n").compactMap { Int32($0) }.filter { number in
        guard
          let state = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)
        else { return false }
        return !state.contains(") Z ")
      }
    }
  }

  @Test func missingMethodsAreSkippedAndSaidToBe() throws {
    let study = try ProgramStudy([("peer", "good"), ("absent", "optional")])
    let result = try study.run(["--quiet"])
    #expect(result.status == 0)
    #expect(result.error.hasPrefix("Skipped: absent ('exec sh "))
    #expect(result.error.hasSuffix("program.sh' optional'): something is not installed.\n"))
    #expect(result.runningOutput.contains("Skipped: absent (something is not installed)."))
    let report = try study.text("report.md")
    #expect(report.contains("\n## Skipped methods\n"))
    #expect(report.contains(/\| `absent` +\| something is not installed +\| +1 of 1 \|/))
    #expect(report.contains("program.sh' good`: fake 1"))
    #expect(report.contains("The time of `peer` is what the program measures itself"))
    let manifest = try study.text("manifest.json")
    #expect(manifest.contains(#""reason" : "something is not installed""#))
    #expect(manifest.contains(#""version" : "fake 1""#))
    #expect(try study.text("timing.csv").contains("tiny,peer,12,0.5,0.5,0.5,6"))
    let measures = try study.text("measures.csv")
    #expect(!measures.contains("absent"))
    // No interval of x, and no log SD at all.
    #expect(measures.contains("tiny,peer,x,coverage,,,0.3,12,0,0\n"))
    #expect(measures.contains("tiny,peer,log_sd(Intercept),bias,,,-0.6931471805599453,12,0,0\n"))
    // What the others say does not depend on the company.
    let alone = try ProgramStudy([])
    #expect(try alone.run().status == 0)
    let ours = measures.split(separator: "\n").filter { !$0.hasPrefix("tiny,peer,") }
    #expect(try alone.text("measures.csv").split(separator: "\n") == ours)
    #expect(study.running.isEmpty)
  }

  /// Which program runs may depend on the environment: the report's command says what it was.
  @Test func theCommandOfTheReportSetsTheVariablesOfThePrograms() throws {
    let study = try ProgramStudy([("peer", "${MOOD:-good}")], replicates: 3)
    #expect(try study.run().status == 0)
    #expect(try !study.text("report.md").contains("MOOD="))
    #expect(try !study.text("manifest.json").contains("variables"))
    let chosen = study.directory("chosen")
    let words = ["MOOD=friendly", CommandRunner.executable.path] + study.arguments(out: chosen)
    let run = try CommandRunner.run(words, executable: URL(fileURLWithPath: "/usr/bin/env"))
    #expect(run.status == 0, "\(run.error)")
    let command = "MOOD=friendly glmm-poisson study run "
    #expect(try study.text("report.md", in: chosen).contains("\n\(command)"))
    let manifest = try study.text("manifest.json", in: chosen)
    #expect(manifest.contains("\"command\" : \"\(command)"))
    #expect(manifest.contains("\"MOOD\" : \"friendly\""))
    // Printed again, and merged, without it.
    #expect(try CommandRunner.run(["study", "report", chosen.path]).status == 0)
    #expect(try study.text("report.md", in: chosen).contains("\n\(command)"))
    let merged = study.directory("merged")
    #expect(
      try CommandRunner.run(["study", "merge", chosen.path, "--out", merged.path]).status == 0)
    #expect(try study.text("report.md", in: merged).contains("\n\(command)"))
  }

  @Test func aSkippedMethodRemainsSkippedUntilFresh() throws {
    let study = try ProgramStudy([("peer", "optional")])
    #expect(try study.run(["--replicates", "5"]).status == 0)
    try study.folder.write("2", to: "installed")
    let more = try study.run()
    #expect(more.status == 0)
    #expect(more.error.contains("Skipped: peer"))
    #expect(
      more.error.contains(
        "  It is there now, but the results in '\(study.out.path)' were begun without it; --fresh"))
    #expect(try !study.text("measures.csv").contains(",peer,"))
    #expect(try study.run(["--fresh"]).status == 0)
    #expect(try study.text("measures.csv").contains(",peer,"))
    // Another version, or none, is another study; a study that is whole needs nobody.
    for (version, now) in [("3", "it is fake 3 now"), (nil, "now something is not installed")] {
      if let version {
        try study.folder.write(version, to: "installed")
      } else {
        try FileManager.default.removeItem(at: study.directory("installed"))
      }
      #expect(try study.run().status == 0)
      let refused = try study.run(["--replicates", "20"])
      #expect(refused.status == 65)
      #expect(refused.error.split(separator: "\n").count == 1)
      #expect(refused.error.contains("are with fake 2 as") && refused.error.contains(now))
    }
  }

  @Test func resumedShardedAndMergedItIsTheSame() throws {
    let study = try ProgramStudy([("peer", "moody")])
    let whole = study.directory("whole")
    #expect(try study.run(["--workers", "1"], out: whole).status == 0)
    let failures = try study.text("failures.csv", in: whole)
    #expect(failures.contains("the program ended with status 4 and without an answer."))
    #expect(try study.run(["--replicates", "4"]).status == 0)
    #expect(try study.run(["--workers", "3"]).status == 0)
    var shards: [String] = []
    for number in 1...2 {
      let shard = study.directory("shard\(number)")
      #expect(try study.run(["--shard", "\(number)/2"], out: shard).status == 0)
      shards.append(shard.path)
    }
    let merged = study.directory("merged")
    let merge = try CommandRunner.run(["study", "merge"] + shards + ["--out", merged.path])
    #expect(merge.status == 0, "\(merge.error)")
    for directory in [study.out, merged] {
      for name in ["measures.csv", "failures.csv"] {
        #expect(try study.text(name, in: directory) == study.text(name, in: whole))
      }
      #expect(try study.text("manifest.json", in: directory).contains(#""version" : "fake 1""#))
    }
    let replay = try CommandRunner.run(
      ["study", "replay", whole.path, "--scenario", "tiny", "--replicate", "1"])
    #expect(replay.status == 0, "\(replay.output)")
  }

  @Test func aCrashAfterGoodAnswersIsAFailure() throws {
    let study = try ProgramStudy([("peer", "tired")])
    #expect(try study.run(["--workers", "1"]).status == 0)
    let failures = try study.text("failures.csv").split(separator: "\n").dropFirst()
    #expect(failures.map { $0.split(separator: ",")[2] } == ["2", "5", "8", "11"])
    #expect(failures.allSatisfy { $0.contains("the program was ended by signal 11.") })
    #expect(try !study.text("manifest.json").contains("handed_on"))
  }

  /// Nothing of it is in the tables; that it happened is said.
  @Test func aCrashBetweenDataSetsIsCounted() throws {
    let study = try ProgramStudy([("peer", "brittle"), ("sound", "good")])
    func run(_ options: [String], _ out: URL? = nil) throws {
      let result = try study.run(["--workers", "1"] + options, out: out)
      #expect(result.status == 0, "\(result.error)")
    }
    try run(["--replicates", "5"])
    try run([])
    #expect(try study.text("failures.csv").split(separator: "\n").count == 1)
    // The greeting's process has the first data set of each run; those after it find theirs dead.
    let count = "\"handed_on\" : 10,"
    #expect(try study.text("manifest.json").contains(count))
    let said =
      /Data sets that were given to a new process[^*]*- `[^`]*program\.sh' brittle`: 10 data sets\n/
    #expect(try study.text("report.md").contains(said))
    let (first, second) = (study.directory("first"), study.directory("second"))
    try run(["--shard", "1/2"], first)
    try run(["--shard", "2/2"], second)
    let merged = study.directory("merged")
    #expect(
      try CommandRunner.run(
        ["study", "merge", first.path, second.path, "--out", merged.path]
      ).status == 0)
    #expect(try study.text("manifest.json", in: merged).contains(count))
    for name in ["measures.csv", "failures.csv"] {
      #expect(try study.text(name, in: merged) == study.text(name))
    }
  }

  /// Commands are relative to the folder in which the study was run, also when it is replayed from
  /// another one.
  @Test func aReplayFindsRelativeCommandsFromEverywhere() throws {
    let study = try ProgramStudy([("peer", "good")], replicates: 2)
    let file = study.directory("tiny.yml")
    let text = try String(contentsOf: file, encoding: .utf8)
    try study.folder.write(
      text.replacing("'\(study.folder.url.path)/program.sh'", with: "./program.sh"), to: "tiny.yml")
    let elsewhere = try TemporaryFolder()
    let run = try CommandRunner.run(
      ["study", "run", "tiny.yml", "--out", "out"], folder: study.folder.url)
    #expect(run.status == 0, "\(run.error)")
    #expect(try study.text("manifest.json").contains(#""version" : "fake 1""#))
    let merged = study.directory("merged")
    #expect(
      try CommandRunner.run(["study", "merge", study.out.path, "--out", merged.path]).status == 0)
    for directory in [study.out, merged] {
      let replay = try CommandRunner.run(
        ["study", "replay", directory.path, "--scenario", "tiny", "--replicate", "1"],
        folder: elsewhere.url)
      #expect(replay.status == 0, "\(replay.output)")
      #expect(replay.output.contains("are equal to the bit"))
    }
  }

  @Test func shardsWithAndWithoutAProgramAreNotJoined() throws {
    let study = try ProgramStudy([("peer", "optional")])
    let (first, second) = (study.directory("first"), study.directory("second"))
    #expect(try study.run(["--shard", "1/2"], out: first).status == 0)
    try study.folder.write("2", to: "installed")
    #expect(try study.run(["--shard", "2/2"], out: second).status == 0)
    let merge = try CommandRunner.run(
      ["study", "merge", first.path, second.path, "--out", study.out.path])
    #expect(merge.status == 65)
    #expect(merge.error.contains("(fake 2) and in '\(first.path)' (missing)."))
  }

  @Test(arguments: [SIGINT, SIGTERM]) func aSignalStopsTheProgramsToo(signal: Int32) throws {
    let study = try ProgramStudy([("peer", "good")])
    try study.folder.write("", to: "mood")
    let command = try RunningCommand(study.arguments(["--workers", "2"]))
    for _ in 0..<1000 where study.running.count < 2 { usleep(10_000) }
    // The greeting is over when both workers have their process.
    #expect(study.running.count == 2)
    command.send(signal: signal)
    let clock = ContinuousClock()
    let start = clock.now
    let stopped = try command.wait()
    #expect(stopped.status == 75)
    // Far less than the time limit of 60 s; the programs have 1 s to end by themselves.
    #expect(clock.now - start < .seconds(20))
    for _ in 0..<200 where !study.running.isEmpty { usleep(10_000) }
    #expect(study.running.isEmpty)
    try FileManager.default.removeItem(at: study.directory("mood"))
    #expect(try study.run().status == 0)
    let undisturbed = study.directory("undisturbed")
    #expect(try study.run(out: undisturbed).status == 0)
    #expect(try study.text("measures.csv") == study.text("measures.csv", in: undisturbed))
  }

  @Test func aProgramThatIsThereAndSickStopsTheStudyBeforeItBegins() throws {
    let study = try ProgramStudy([("peer", "sick")])
    let result = try study.run()
    #expect(result.status == 65)
    #expect(result.error.split(separator: "\n").count == 1)
    #expect(
      result.error.hasSuffix(
        "does not answer the greeting: the program ended with status 2 and without an answer. It "
          + "said: "
          + "cannot open file\n"))
  }

  @Test func aScenarioWithoutAnyMethodLeftIsRefused() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      name: lonely
      seed: 1
      replicates: 2
      data:
        groups: 4
        group_size: 3
        fixed: {Intercept: 0.5}
        random: {Intercept: 0.5}
      methods: [{name: peer, command: no-such-program-at-all}]
      """, to: "lonely.yml")
    let result = try CommandRunner.run(
      ["study", "run", file.path, "--out", folder.url.appendingPathComponent("out").path])
    #expect(result.status == 65)
    #expect(
      result.error.contains(
        "No method of scenario 'lonely' can be run: peer: it is not installed ("))
  }
}
