import Foundation
import PoissonGLMM
import Testing

/// `glmm-poisson predict` as a user runs it.
@Suite struct PredictTests {
  private let formula = "y ~ x1 + x2 + (1 | group) + offset(log(exposure))"
  private let data = CommandRunner.reference("exposure.csv").path

  private func predict(
    _ new: String, _ options: [String] = []
  ) throws -> CommandRunner.Result {
    try CommandRunner.run(
      ["predict", data, "--formula", formula, "--new", "-"] + options, input: new)
  }

  /// The same numbers as the library's, one line a row.
  @Test(arguments: [[], ["--standardize"], ["--scale", "rate", "--alpha", "0.2"]])
  func theLinesAreTheLibrarysPredictions(options: [String]) throws {
    let new = "x1,x2,group,exposure\n0.5,-1,1,2\n0.5,-1,\"a, new one\",2\n-1,0,3,0.1\n"
    let run = try predict(new, options)
    #expect(run.status == 0, "\(run.error)")
    let lines = run.output.split(separator: "\n")
    #expect(
      lines.first == "row,group,new_group,mean,median,lower,upper,count_lower,count_upper")
    #expect(lines.count == 4)
    #expect(lines[2].hasPrefix("2,\"a, new one\",1,"))

    let parsed = try Formula(formula)
    let frame = try ModelFrame(
      formula: parsed, data: CSVReader.read(path: data, columns: parsed.columnRequests))
    let model = try frame.model()
    let folder = try TemporaryFolder()
    let scale: PredictionScale = options.contains("rate") ? .rate : .count
    let rows = try frame.predictionRows(
      of: CSVReader.read(
        path: folder.write(new, to: "new.csv").path, columns: frame.columnRequests(on: scale)),
      model: model, scale: scale)
    let fit = try model.fit(
      FitOptions(standardizes: options.contains("--standardize"), keepsRandomEffects: true))
    let predictions = try Predictor(model, fit: fit).predict(
      rows, alpha: options.contains("0.2") ? 0.2 : 0.05)
    for (line, prediction) in zip(lines.dropFirst(), predictions) {
      let fields = line.replacing("\"a, new one\"", with: "a new one")
        .split(separator: ",", omittingEmptySubsequences: false)
      #expect(fields.count == 9)
      #expect(fields[2] == (prediction.isNewGroup ? "1" : "0"))
      let numbers = fields.dropFirst(3).map { Double($0) }
      #expect(
        numbers == [
          prediction.mean, prediction.median, prediction.lower, prediction.upper,
          prediction.countLower, prediction.countUpper,
        ])
      #expect(!fields[8].contains("."))
    }
  }

  /// Groups that are not the rows' own need no column and have none in the results; formats say the
  /// same numbers.
  @Test(arguments: ["new", "typical", "average"])
  func groupsThatAreNotTheRowsOwn(groups: String) throws {
    let new = "x1,x2,exposure\n0.5,-1,2\n-1,0,0.1\n"
    let csv = try predict(new, ["--groups", groups])
    #expect(csv.status == 0, "\(csv.error)")
    let lines = csv.output.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(
      lines[0] == ["row", "mean", "median", "lower", "upper", "count_lower", "count_upper"])
    #expect(lines.count == 3)
    struct Results: Decodable {
      struct Row: Decodable {
        let row: Int
        let levels: [String: String]?
        let mean, median, lower, upper, countLower, countUpper: Double
      }
      let groups, scale: String
      let predictions: [Row]
    }
    let json = try predict(new, ["--groups", groups, "--format", "json"])
    let results = try json.decoded(as: Results.self)
    #expect(results.groups == groups && results.scale == "count")
    for (row, line) in zip(results.predictions, lines.dropFirst()) {
      #expect(
        line.dropFirst().map { Double($0) } == [
          row.mean, row.median, row.lower, row.upper, row.countLower, row.countUpper,
        ])
      #expect(row.levels == nil)
    }
    let text = try predict(new, ["--groups", groups, "--format", "text"])
    #expect(text.output.hasPrefix("Expected counts "))
    #expect(text.output.split(separator: "\n").count == 4)
    let markdown = try predict(new, ["--groups", groups, "--format", "markdown"])
    #expect(markdown.output.contains("| row | mean |"))
  }

  @Test func ownGroupsInTextAndJSON() throws {
    let new = "x1,x2,group,exposure\n0.5,-1,1,2\n0.5,-1,other,2\n"
    let text = try predict(new, ["--format", "text"])
    #expect(text.output.contains("in the groups of the rows, with 95 % intervals"))
    #expect(text.output.contains("other (new)"))
    let json = try predict(new, ["--format", "json"])
    #expect(json.output.contains("\"group\" : \"other\""))
    let missing = try predict("x1,x2,exposure\n0.5,-1,2\n")
    #expect(missing.status == 65)
    #expect(missing.error.contains("there is no column 'group'"), "\(missing.error)")
  }

  /// A number that no double holds is an empty cell, and said.
  @Test func whatIsBeyondTheRangeOfNumbersIsLeftEmpty() throws {
    let run = try predict("x1,x2,group,exposure\n5000,-1,1,2\n1e150,0,new,1\n0.5,-1,1,2\n")
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n").dropFirst()
    #expect(lines.count == 3)
    for line in lines {
      #expect(!line.contains("inf") && !line.contains("nan"), "\(line)")
    }
    #expect(lines.first?.hasPrefix("1,1,0,,") == true)
    #expect(lines.last?.contains(",,") == false)
    #expect(run.error.contains("What is predicted for 2 rows is beyond the range of numbers"))
  }

  /// At twice the exposure the expected count is twice as large; a rate is the count at an exposure
  /// of 1.
  @Test func countsGrowWithTheExposureAndRatesDoNot() throws {
    func median(_ exposure: String, _ scale: String) throws -> Double {
      let run = try predict(
        "x1,x2,group,exposure\n0.5,-1,1,\(exposure)\n", ["--scale", scale])
      return try #require(Double(run.output.split(separator: "\n")[1].split(separator: ",")[4]))
    }
    let one = try median("1", "count")
    #expect(abs(try median("2", "count") / one - 2) < 1e-9)
    #expect(abs(try median("7", "rate") / one - 1) < 1e-12)
  }

  @Test func theResultsMayGoToAFile() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "predictions.csv").path
    let new = "x1,x2,group,exposure\n0.5,-1,1,2\n"
    let run = try predict(new, ["--out", file])
    #expect(run.status == 0)
    #expect(run.output == "")
    #expect(try String(contentsOfFile: file, encoding: .utf8) == (try predict(new)).output)
  }

  /// In a group of its own the mean of six counts' worth of knowledge rests on the prior.
  @Test func aMeanThatWouldRestOnThePriorIsLeftEmpty() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write("y,g\n1,a\n2,a\n9,b\n7,b\nNA,b\n", to: "data.csv")
    let run = try CommandRunner.run(
      ["predict", data.path, "--formula", "y ~ (1 | g)", "--new", "-"], input: "g\nz\na\n")
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n")
    #expect(lines[1].hasPrefix("1,z,1,,"))
    #expect(lines[2].hasPrefix("2,a,0,") && !lines[2].hasPrefix("2,a,0,,"))
    #expect(run.error.contains("warning: The mean of 1 row of new groups is left empty"))
    #expect(run.error.contains("warning: 1 row of the data with a missing value left out"))
    #expect(run.error.contains("warning: There are only 2 groups"))
    let quiet = try CommandRunner.run(
      ["predict", data.path, "--formula", "y ~ (1 | g)", "--new", "-", "--quiet"],
      input: "g\nz\na\n")
    #expect(quiet.error == "")
    #expect(quiet.output == run.output)
  }

  @Test(arguments: [
    (
      "x1,x2,group\n1,1,1\n", 65,
      "The new rows have no column 'exposure', which the offset of the formula needs: add it, or "
        + "predict rates, for an exposure of 1, by --scale rate."
    ),
    (
      "x1,x2,group,exposure\n1,,1,2\n", 65,
      "standard input:2: column 'x2' has no value, without which there is no prediction."
    ),
    (
      "x1,x2,group,exposure\n1,two,1,2\n", 65,
      "standard input:2:2: expected a number in column 'x2', found 'two'"
    ),
    (
      "x1,x2,group,exposure\n1,1,1,0\n", 65,
      "standard input:2: log(exposure) is not a finite number, with exposure = 0"
    ),
  ])
  func newRowsWithoutAPrediction(new: String, status: Int32, sentence: String) throws {
    let run = try predict(new)
    #expect(run.status == status)
    #expect(run.output == "")
    #expect(run.error == "glmm-poisson: \(sentence)\n")
  }

  @Test func anUnknownLevelOfAFactor() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write("y,f,g\n1,b,p\n2,c,p\n3,b,q\n1,c,q\n", to: "data.csv")
    let run = try CommandRunner.run(
      ["predict", data.path, "--formula", "y ~ f + (1 | g)", "--new", "-"], input: "f,g\nb,p\na,p\n"
    )
    #expect(run.status == 65)
    #expect(
      run.error
        == "glmm-poisson: standard input:3: column 'f' is 'a', a level that the fitted data do not "
        + "have; theirs are 'b', 'c'.\n")
  }

  @Test func optionsThatMakeNoSense() throws {
    #expect(try predict("", ["--scale", "log"]).status == 64)
    #expect(try predict("", ["--alpha", "2"]).status == 64)
    #expect(
      try CommandRunner.run(["predict", "-", "--formula", "y ~ (1 | g)", "--new", "-"]).status
        == 64)
    #expect(try CommandRunner.run(["predict", data, "--formula", formula]).status == 64)
    let run = try CommandRunner.run([
      "predict", data, "--formula", formula, "--new", "/nowhere/new.csv",
    ])
    #expect(run.status == 66)
    #expect(run.error == "glmm-poisson: /nowhere/new.csv: there is no such file\n")
    let overwriting = try predict("", ["--out", data])
    #expect(overwriting.status == 64)
    #expect(overwriting.error.contains("--out would overwrite the data"))
  }
}
