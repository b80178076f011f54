import Foundation
import Testing

@testable import glmm_poisson

/// What the command says of itself: texts of help, completions, advice on wrong words.
@Suite struct HelpTests {
  struct Description: Decodable {
    struct Command: Decodable {
      let commandName: String
      let discussion: String?
      let subcommands: [Command]?
    }
    let command: Command
  }

  /// All commands with the words that call them and their texts, lines as they were written.
  private func commands() throws -> [(words: [String], discussion: [String])] {
    let run = try CommandRunner.run(["--experimental-dump-help"])
    let root = try JSONDecoder().decode(Description.self, from: Data(run.output.utf8)).command
    func all(_ command: Description.Command, _ words: [String]) -> [([String], [String])] {
      let own = (words, (command.discussion ?? "").components(separatedBy: "\n"))
      return [own]
        + (command.subcommands ?? []).filter { $0.commandName != "help" }
        .flatMap { all($0, words + [$0.commandName]) }
    }
    let commands = all(root, [])
    #expect(commands.count > 12)
    return commands.map { (words: $0.0, discussion: $0.1) }
  }

  /// In 80 columns no example and no row of a table is broken: the parser breaks all lines alike.
  @Test func linesThatAreSetOffAreShownAsTheyStand() throws {
    var checked = 0
    for (words, discussion) in try commands() {
      let run = try CommandRunner.run(
        ["COLUMNS=80", CommandRunner.executable.path] + words + ["--help"],
        executable: URL(fileURLWithPath: "/usr/bin/env"))
      let shown = Set(run.output.components(separatedBy: "\n"))
      for line in discussion where line.hasPrefix("  ") {
        #expect(shown.contains(line), "\(words.joined(separator: " ")): \(line)")
        checked += 1
      }
    }
    #expect(checked > 40)
  }

  /// The examples of a help, each as one text with the line breaks that a shell takes.
  private func examples(_ discussion: [String]) -> [String] {
    var examples: [String] = []
    for line in discussion where line.hasPrefix("  ") {
      let line = line.dropFirst(2)
      if let last = examples.last, last.hasSuffix("\\") {
        examples[examples.count - 1] += "\n" + line
      } else if line.hasPrefix("glmm-poisson ") {
        examples.append(String(line))
      }
    }
    return examples
  }

  /// Pasted one after the other into a shell, with the files that they speak of.
  @Test func examplesRun() throws {
    let folder = try TemporaryFolder()
    var visits = "y,x,clinic,days\n"
    for row in 0..<60 {
      visits += "\(row * 7 % 5),\(Double(row * 11 % 13) / 13),\(row % 10),\(20 + row % 9)\n"
    }
    try folder.write(visits, to: "visits.csv")
    try folder.write("x,clinic\n0.5,1\n0.1,new\n", to: "plan.csv")
    try folder.write(
      StudyScenario.text().replacing("name: x,", with: "name: treated,")
        .replacing("x: 0.3", with: "treated: 0.3").replacing(
          "parameter: x", with: "parameter: treated"),
      to: "trial.yml")
    let study = try CommandRunner.run(
      ["study", "run", "trial.yml", "--out", "study"], folder: folder.url)
    #expect(study.status == 0, "\(study.error)")
    let program = CommandRunner.executable.deletingLastPathComponent().path
    var checked = 0
    // Those need a cluster, or do not end.
    let others = [["study", "submit"], ["serve"]]
    for (words, discussion) in try commands() where !others.contains(words) {
      for example in examples(discussion) {
        let run = try CommandRunner.run(
          ["-e", "-c", "PATH=\"\(program):$PATH\"\n\(example)"],
          executable: URL(fileURLWithPath: "/bin/sh"), folder: folder.url)
        #expect(run.status == 0, "\(example): \(run.error)")
        checked += 1
      }
    }
    #expect(checked >= 5)
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsAreScriptsOfTheirShell(shell: String) throws {
    let run = try CommandRunner.run(["--generate-completion-script", shell])
    #expect(run.status == 0)
    for word in ["predict", "formula", "baseline-again"] { #expect(run.output.contains(word)) }
    let folder = try TemporaryFolder()
    let script = try folder.write(run.output, to: "completion")
    let check = try CommandRunner.run(
      [
        "-c", "if command -v \(shell) >/dev/null; then \(shell) -n '\(script.path)'; fi",
      ], executable: URL(fileURLWithPath: "/bin/sh"))
    #expect(check.status == 0, "\(check.error)")
  }

  @Test(arguments: [
    (["fti"], "There is no subcommand 'fti' (did you mean 'fit'?)"),
    (["Predcit", "data.csv", "--formula", "y"], "'Predcit' (did you mean 'predict'?)"),
    (["study", "rnu", "--out", "x"], "There is no subcommand 'rnu' (did you mean 'run'?)"),
    (
      ["regression"],
      "There is no subcommand 'regression'; there are fit, predict, compare, call, serve, "
        + "simulate, study."
    ),
    ([String(repeating: "x", count: 100_000)], "xxx'."), (["fi\u{1B}t"], "'fi\\u{1B}t' (did"),
  ])
  func wordsThatAreNoSubcommand(words: [String], sentence: String) throws {
    let run = try CommandRunner.run(words)
    #expect(run.status == 64)
    #expect(run.output.isEmpty)
    let lines = run.error.components(separatedBy: "\n")
    #expect(lines[0].hasPrefix("Error: There is no subcommand") && lines[0].contains(sentence))
    #expect(lines[1].hasPrefix("Usage: glmm-poisson") && lines[1].hasSuffix("<subcommand>"))
  }

  /// What is wrong after the subcommand is the parser's to say.
  @Test func wordsThatAreSubcommandsAreNotAdvisedUpon() throws {
    for words in [["fit", "fti"], ["--fti"], ["help", "--fti"], ["study", "check"]] {
      #expect(UnknownSubcommand.sentence(words, of: GLMMPoisson.self) == nil)
      let run = try CommandRunner.run(words)
      #expect(run.status == 64)
      #expect(!run.error.contains("subcommand 'fti'"))
    }
  }
}
