import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// Data that another program draws, good and bad.
@Suite struct CommandGeneratorTests {
  /// Answers with what stands in a file beside it: `hello` for the greeting, `answer` for data, in
  /// which `SEED` and `REPLICATE` are the request's.
  private static let script = #"""
    folder=${0%/*}
    while IFS= read -r line; do
      number=${line##*'"request":'}
      number=${number%%[!0-9]*}
      case $line in
        *'"hello"'*) printf '{"request":0,"version":"drawer 1"}\n'; continue ;;
      esac
      echo "$line" >> "$folder/requests"
      seed=${line##*'"seed":'}
      seed=${seed%%[!0-9]*}
      replicate=${line##*'"replicate":'}
      replicate=${replicate%%[!0-9]*}
      sed "s/NUMBER/$number/;s/SEED/$seed/g;s/REPLICATE/$replicate/g" "$folder/answer"
    done
    """#

  private static let good =
    #"{"request":NUMBER,"columns":{"y":[SEED,2,0,1],"x":[0.5,1,-1,REPLICATE],"group":[7,7,3,3]}}"#

  private static func scenario(
    _ folder: TemporaryFolder, answer: String = good, _ edit: (String) -> String = { $0 }
  ) throws -> Scenario {
    _ = try folder.write(script, to: "drawer.sh")
    _ = try folder.write(answer + "\n", to: "answer")
    return try ScenarioText.parse(edit(text(folder)))
  }

  private static func text(_ folder: TemporaryFolder) -> String {
    """
    name: own
    seed: 12345678901234567890
    replicates: 3
    data:
      program:
        command: "exec sh '\(folder.path)/drawer.sh'"
        time_limit: 20
        parameters: {groups: 20, kind: late, weights: [1, 2.5]}
      covariates: [x]
      fixed: [Intercept, x]
      random: [Intercept]
      truth: {Intercept: 0.5, x: 0.25, log_sd(group:Intercept): -0.75}
    methods: [{name: structured, approximation: structured}]
    """
  }

  private static func complaint(_ answer: String, calibration: Bool = false) throws -> String {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let scenario = try scenario(folder, answer: answer) { text in
      guard calibration else { return text }
      return text.replacing("name: own", with: "name: own\nkind: calibration")
        .replacing(#/\n  truth: .*/#, with: "")
        .replacing(
          "methods:", with: "priors: {fixed_effect_sd: 2, log_sd_sd: 1}\nmethods:")
    }
    let error = #expect(throws: ProgramError.self) {
      try CommandPrograms().generator(scenario).dataSet(replicate: 0)
    }
    return error?.description ?? ""
  }

  @Test func aDataSetIsAskedForByItsAddress() throws {
    let folder = try TemporaryFolder()
    let scenario = try Self.scenario(folder)
    let generator = CommandPrograms().generator(scenario)
    let seeds = try (0..<3).map { replicate in
      let drawn = try generator.dataSet(replicate: replicate)
      #expect(drawn.data.counts.dropFirst() == [2, 0, 1])
      #expect(drawn.data.column("x")?.values == [0.5, 1, -1, Double(replicate)])
      #expect(drawn.data.groupOfRow == [0, 0, 1, 1])
      #expect(drawn.data.fixedNames == ["Intercept", "x"])
      #expect(drawn.data.random == [.init(factor: "group", terms: ["Intercept"])])
      #expect(drawn.drawnParameters.isEmpty)
      return Int(drawn.data.counts[0])
    }
    let own = try #require(scenario.data.generated)
    #expect(seeds == (0..<3).map { own.seed(scenario: "own", replicate: $0) })
    #expect(Set(seeds).count == 3)
    #expect(own.seed(scenario: "other", replicate: 0) != seeds[0])
    // Another generator of the same scenario gives the same, in any order.
    let again = CommandPrograms().generator(scenario)
    #expect(try again.dataSet(replicate: 2) == generator.dataSet(replicate: 2))
    let requests = try String(
      contentsOfFile: folder.path + "/requests", encoding: .utf8)
    #expect(
      requests.hasPrefix(
        #"{"parameters":{"groups":20,"kind":"late","weights":[1,2.5]},"replicate":0,"request":1,"#
          + #""scenario":"own","seed":\#(seeds[0])}"#))
  }

  @Test func theTruthIsTheScenarios() throws {
    let scenario = try Self.scenario(TemporaryFolder())
    #expect(
      scenario.truth == ["Intercept": 0.5, "x": 0.25, "log_sd(Intercept)": -0.75])
    #expect(scenario.parameters == ["Intercept", "x", "log_sd(Intercept)"])
  }

  /// All that the program is told and that is fitted has a part in the digest.
  @Test(arguments: [
    ("groups: 20", "groups: 21"), ("kind: late", "kind: early"), ("2.5", "2.25"),
    ("drawer.sh'", "drawer.sh' 1"), ("time_limit: 20", "time_limit: 21"),
    ("seed: 1234", "seed: 1235"), ("x: 0.25", "x: 0.5"), ("fixed: [Intercept, x]", "fixed: [x]"),
    ("random: [Intercept]", "random: [Intercept, x]"),
  ])
  func anotherScenarioHasAnotherDigest(_ old: String, _ new: String) throws {
    let folder = try TemporaryFolder()
    let one = try Self.scenario(folder)
    let other = try Self.scenario(folder) { text in
      var text = text.replacing(old, with: new)
      if old.hasPrefix("fixed") { text = text.replacing("Intercept: 0.5, ", with: "") }
      return text
    }
    #expect(one.contentHash != other.contentHash)
  }

  @Test func inACalibrationEachDataSetHasItsTruth() throws {
    let folder = try TemporaryFolder()
    let answer =
      Self.good.dropLast()
      + #","truth":{"Intercept":0.125,"x":REPLICATE,"log_sd(Intercept)":-1}}"#
    let scenario = try Self.scenario(folder, answer: String(answer)) { text in
      text.replacing("name: own", with: "name: own\nkind: calibration")
        .replacing(#/\n  truth: .*/#, with: "")
        .replacing("methods:", with: "priors: {fixed_effect_sd: 2, log_sd_sd: 1}\nmethods:")
    }
    let drawn = try CommandPrograms().generator(scenario).dataSet(replicate: 2)
    #expect(drawn.drawnParameters == ["Intercept": 0.125, "x": 2, "log_sd(Intercept)": -1])
    let requests = try String(
      contentsOfFile: folder.path + "/requests", encoding: .utf8)
    #expect(requests.contains(#""priors":{"fixed_effect_sd":2,"log_sd_sd":1}"#))
  }

  @Test(arguments: [
    (#"{"request":NUMBER}"#, "the program's answer lacks 'columns'."),
    (#"{"request":NUMBER,"error":"no luck"}"#, "no luck"),
    (
      #"{"request":NUMBER,"columns":{"y":[1,2],"x":[1,2]}}"#,
      "the program's data lack the column 'group'."
    ),
    (
      #"{"request":NUMBER,"columns":{"y":[1,2],"x":[1,2],"group":[1,1],"z":[1,1]}}"#,
      "the program's data have the column 'z', which the scenario does not name."
    ),
    (
      #"{"request":NUMBER,"columns":{"y":[1,2],"x":[1],"group":[1,1]}}"#,
      "the program's column 'x' has 1 values, and 'y' has 2."
    ),
    (
      #"{"request":NUMBER,"columns":{"y":[],"x":[],"group":[]}}"#,
      "the program's data have no rows."
    ),
    (
      #"{"request":NUMBER,"columns":{"y":[1,2.5],"x":[1,2],"group":[1,1]}}"#,
      "the program's column 'y' has 2.5 in row 2, where a whole number from 0 to 1e15 is expected."
    ),
    (
      #"{"request":NUMBER,"columns":{"y":[1,2],"x":[1,2],"group":[1,1],"exposure":[0,1]}}"#,
      "the program's column 'exposure' has 0.0 in row 1, where a number above 0 is expected."
    ),
    (
      #"{"request":NUMBER,"columns":{"y":[1],"x":[1],"group":[1]},"truth":{"x":1}}"#,
      "the program's answer has a 'truth', which goes with 'kind: calibration'; the truth of a "
        + "simulation stands in the scenario."
    ),
  ])
  func whatIsWrongIsSaid(_ answer: String, _ sentence: String) throws {
    #expect(try Self.complaint(answer) == sentence)
  }

  @Test func aTextAmongTheNumbersIsShown() throws {
    let complaint = try Self.complaint(
      #"{"request":NUMBER,"columns":{"y":[1,"many"],"x":[1,2],"group":[1,1]}}"#)
    #expect(complaint.hasPrefix("the program's answer "))
    #expect(complaint.contains("many"))
  }

  @Test func aCalibrationNeedsAllTruths() throws {
    #expect(
      try Self.complaint(Self.good, calibration: true) == "the program's answer lacks 'truth'.")
    let some = String(Self.good.dropLast()) + #","truth":{"x":1,"Intercept":1}}"#
    #expect(
      try Self.complaint(some, calibration: true)
        == "the program's answer lacks the true value of 'log_sd(Intercept)'.")
  }

  @Test(arguments: [
    ("  covariates: [x]", "  covariates: [x]\n  groups: 3", "'groups' describes data that"),
    ("  covariates: [x]", "  covariates: [x, x]", "data.covariates[2]: 'x' appears twice."),
    ("x: 0.25", "z: 0.25", "data.truth: the model has no parameter 'z'; "),
    ("seed: 12345678901234567890", "generator: taus", "'generator' has no use"),
    ("{groups: 20,", "{groups: {a: 1},", "data.program.parameters.groups: expected a number, a"),
  ])
  func aMistakeInTheScenarioIsNamed(_ old: String, _ new: String, _ part: String) throws {
    let text = Self.text(try TemporaryFolder()).replacing(old, with: new)
    #expect(ScenarioText.complaint(about: text)?.contains(part) == true)
  }

  /// A replicate without data is a failure of every method, and the study goes on.
  @Test func aStudyRecordsWhatCannotBeDrawn() throws {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let answer = Self.good.replacing("[SEED,2,0,1]", with: "[REPLICATE.5,2,0,1]")
    let scenario = try Self.scenario(folder, answer: answer)
    let records = StudyRunner([scenario], programs: CommandPrograms()).records(workers: 2)
    #expect(records.count == 3)
    for record in records {
      guard case .failed(let reason) = record.outcome else { throw Unexpected() }
      #expect(reason.contains("'y' has \(record.replicate).5 in row 1"))
    }
  }

  /// The generators that are shipped, as far as what they need is installed.
  @Test(arguments: [
    (
      "${PYTHON:-python3} Scenarios/generators/serial.py",
      "{groups: 8, rows: 5, rho: 0.6, sd: 0.4, group_sd: 0.5, truth: [1, 0.3]}", "x"
    ),
    (
      "Rscript Scenarios/generators/dropout.R",
      "{patients: 12, visits: 6, intercept: 0.5, effect: -0.3, sd: 0.5, dropout: 0.05}",
      "treated"
    ),
  ])
  func theShippedOnesDraw(_ command: String, _ parameters: String, _ covariate: String) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    let scenario = try ScenarioText.parse(
      """
      name: shipped
      seed: 1
      replicates: 3
      data:
        program: {command: "\(command)", parameters: \(parameters)}
        covariates: [\(covariate)]
        fixed: [Intercept, \(covariate)]
        random: [Intercept]
      methods: [{name: structured}]
      """)
    let programs = CommandPrograms(directory: root)
    guard try programs.greet(scenario.commands)[0].missing == nil else { return }
    let generator = programs.generator(scenario)
    let sets = try (0..<3).map { try generator.dataSet(replicate: $0) }
    #expect(try generator.dataSet(replicate: 1) == sets[1], "a seed gives its data again")
    #expect(sets[0] != sets[1])
    let records = StudyRunner([scenario], programs: programs).records(workers: 1)
    #expect(records.allSatisfy { if case .usable = $0.usability { true } else { false } })
  }
}
