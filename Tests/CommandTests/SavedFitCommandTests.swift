import Foundation
import Testing

/// `fit --save`, `predict --from` and `simulate --like` as a user runs them.
@Suite struct SavedFitCommandTests {
  private static let data = CommandRunner.reference("epilepsy.csv").path
  private static let formula = "y ~ lbase * trt + lage + V4 + (1 | subject)"
  private static let plan =
    "lbase,trt,lage,V4,subject\n1.01,0,3.43,0,1\n1.01,1,3.43,0,1\n1.01,1,3.43,0,somebody\n"

  private func saved(in folder: TemporaryFolder, _ options: [String] = []) throws -> String {
    let file = folder.url.appendingPathComponent("visits.fit").path
    let run = try CommandRunner.run(
      ["fit", Self.data, "--formula", Self.formula, "--save", file] + options)
    #expect(run.status == 0, "\(run.error)")
    return file
  }

  @Test func predictionsAreThoseOfTheRefit() throws {
    let folder = try TemporaryFolder()
    let file = try saved(in: folder)
    let plan = try folder.write(Self.plan, to: "plan.csv").path
    let fitted = try CommandRunner.run([
      "predict", Self.data, "--formula", Self.formula, "--new", plan,
    ])
    let fromFile = try CommandRunner.run(["predict", plan, "--from", file])
    #expect(fromFile.status == 0, "\(fromFile.error)")
    #expect(fromFile.output == fitted.output)
    #expect(fromFile.output.split(separator: "\n").count == 4)
    #expect(fromFile.error == fitted.error)
    let piped = try CommandRunner.run(["predict", "-", "--from", file], input: Self.plan)
    #expect(piped.output == fitted.output)
  }

  @Test func simulationsAreThoseOfTheJSON() throws {
    let folder = try TemporaryFolder()
    let file = try saved(in: folder)
    let json = try CommandRunner.run([
      "fit", Self.data, "--formula", Self.formula, "--format", "json",
    ])
    let jsonFile = try folder.write(json.output, to: "fit.json").path
    for options in [[], ["--posterior"], ["--replicates", "2", "--seed", "7"]] {
      let end = ["--out", "-"] + options
      let expected = try CommandRunner.run(
        ["simulate", "--like", jsonFile, "--data", Self.data] + end)
      let found = try CommandRunner.run(["simulate", "--like", file] + end)
      #expect(found.status == 0, "\(found.error)")
      #expect(found.output == expected.output, "\(options)")
    }
  }

  @Test func mistakesAreSaid() throws {
    let folder = try TemporaryFolder()
    let file = try saved(in: folder, ["--approximation", "structured"])
    let plan = try folder.write(Self.plan, to: "plan.csv").path
    let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    let cut = folder.url.appendingPathComponent("cut.fit").path
    try bytes.dropLast(100).write(to: URL(fileURLWithPath: cut))
    let cases: [([String], String, Int32)] = [
      (["predict", plan, "--from", Self.data], "it is no fit that 'fit --save' wrote.", 65),
      (["predict", plan, "--from", cut], "the file is damaged", 65),
      (["predict", plan, "--from", "nowhere.fit"], "There is no fit 'nowhere.fit'", 66),
      (["predict", plan, "--from", file, "--formula", "y ~ x"], "--formula does not go with", 64),
      (["predict", plan, "--from", file, "--new", plan], "--new does not go with", 64),
      (["predict", plan, "--from", file, "--standardize"], "--standardize does not go", 64),
      (["predict", plan, "--new", plan], "Missing expected argument '--formula <formula>'", 64),
      (["predict", Self.data, "--formula", Self.formula], "Missing expected argument '--new", 64),
      (["predict", plan, "--from", file, "--out", file], "would overwrite", 64),
      (["simulate", "--like", file, "--data", Self.data, "--out", "-"], "--data has no use", 64),
      (["fit", Self.data], "Missing expected argument '--formula <formula>'", 64),
      (["fit", Self.data, "--formula", Self.formula, "--save", "-"], "--save needs the name", 64),
      (
        ["fit", Self.data, "--formula", Self.formula, "--save", Self.data],
        "--save would overwrite the data", 64
      ),
    ]
    for (arguments, message, status) in cases {
      let run = try CommandRunner.run(arguments)
      #expect(run.status == status, "\(arguments): \(run.error)")
      #expect(run.error.contains(message), "\(arguments): \(run.error)")
      #expect(run.output == "")
    }
  }
}
