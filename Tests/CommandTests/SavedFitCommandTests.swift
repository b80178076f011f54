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

  /// Counts in the fitted groups: from the fit's file, from its JSON by fitting again, and for new
  /// rows.
  @Test func simulationsInTheFittedGroups() throws {
    let folder = try TemporaryFolder()
    let file = try saved(in: folder)
    let json = try CommandRunner.run([
      "fit", Self.data, "--formula", Self.formula, "--format", "json",
    ])
    let jsonFile = try folder.write(json.output, to: "fit.json").path
    func run(_ options: [String]) throws -> CommandRunner.Result {
      try CommandRunner.run(
        ["simulate", "--out", "-", "--groups", "own", "--replicates", "40"] + options)
    }
    /// The means of the counts of the first subject's first row and the last subject's.
    func means(_ text: String) -> [Double] {
      let lines = text.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
      return [0, 235].map { row in
        let counts = stride(from: row, to: lines.count, by: 236).compactMap { Double(lines[$0][1]) }
        return counts.reduce(0, +) / Double(counts.count)
      }
    }
    for options in [[], ["--posterior"]] {
      let found = try run(["--like", file] + options)
      #expect(found.status == 0, "\(found.error)")
      #expect(try run(["--like", file] + options).output == found.output)
      #expect(try run(["--like", file, "--seed", "2"] + options).output != found.output)
      let refitted = try run(["--like", jsonFile, "--data", Self.data] + options)
      #expect(refitted.output == found.output, "\(refitted.error)")
      // Expected counts of these two rows are 3.56 and 1.9 in their own groups; an SD of the mean
      // of 40 counts is 0.45 at most.
      let rows = means(found.output)
      #expect(abs(rows[0] - 3.56) < 2 && abs(rows[1] - 1.9) < 2, "\(rows)")
    }
    let known = try folder.write(
      "lbase,trt,lage,V4,subject\n1.01,0,3.43,0,1\n1.01,1,3.43,0,2\n", to: "known.csv"
    ).path
    let rows = try CommandRunner.run([
      "simulate", "--like", file, "--data", known, "--groups", "own", "--out", "-", "--posterior",
    ])
    #expect(rows.status == 0, "\(rows.error)")
    #expect(rows.output.hasPrefix("y,lbase,trt,lage,V4,subject\n"))
    #expect(rows.output.split(separator: "\n").count == 3)
    let plan = try folder.write(Self.plan, to: "plan.csv").path
    let unknown = try CommandRunner.run([
      "simulate", "--like", file, "--data", plan, "--groups", "own", "--out", "-",
    ])
    #expect(unknown.status == 65)
    #expect(
      unknown.error.contains(
        "plan.csv:4: 'subject' is 'somebody', none of the 59 that the model was fitted to, so that "
          + "its effect is not known."), "\(unknown.error)")
    let new = try CommandRunner.run(["simulate", "--like", file, "--data", plan, "--out", "-"])
    #expect(new.status == 0, "\(new.error)")
    #expect(new.output.split(separator: "\n").count == 4)
  }

  /// A row that counts three times has three counts, and one that counts not at all has none.
  @Test func rowsWithWeightsStandAsOftenAsTheyCount() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(
      "y,x,g,n\n1,0.5,a,2\n0,1.5,a,1\n2,1,b,3\n3,0,b,0\n1,0.2,c,2\n4,0.3,c,1\n", to: "data.csv"
    ).path
    let file = folder.url.appendingPathComponent("weighted.fit").path
    let fitted = try CommandRunner.run([
      "fit", data, "--formula", "y ~ x + (1 | g)", "--weights", "n", "--save", file,
    ])
    #expect(fitted.status == 0, "\(fitted.error)")
    for groups in ["new", "own"] {
      let run = try CommandRunner.run([
        "simulate", "--like", file, "--groups", groups, "--out", "-",
      ])
      #expect(run.status == 0, "\(run.error)")
      let lines = run.output.split(separator: "\n").map { $0.drop { $0.isNumber } }
      #expect(
        lines == [
          "y,x,g", ",0.5,a", ",0.5,a", ",1.5,a", ",1,b", ",1,b", ",1,b", ",0.2,c", ",0.2,c",
          ",0.3,c",
        ])
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
      (["simulate", "--like", file, "--data", "none.csv", "--out", "-"], "none.csv", 66),
      (["predict", plan, "--from", file, "--weights", "n"], "--weights does not go with", 64),
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
