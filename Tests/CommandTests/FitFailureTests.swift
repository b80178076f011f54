import Foundation
import Testing

/// What `glmm-poisson fit` says about input it cannot use: one sentence, the documented status, no
/// results.
@Suite struct FitFailureTests {
  private func fit(
    _ data: String, _ formula: String = "y ~ x + (1 | g)", _ options: [String] = []
  ) throws -> CommandRunner.Result {
    try CommandRunner.run(["fit", "-", "--formula", formula] + options, input: data)
  }

  @Test(arguments: [
    ("", "standard input: expected a header row, found an empty file"),
    ("y,x,g\n", "standard input: expected rows of data below the header, found none"),
    ("y,x,g\n1,2,a\n3,4\n", "standard input:3:2: expected 3 fields, as in the header, found 2"),
    ("y,x,g\nten,2,a\n", "standard input:2:1: expected a number in column 'y', found 'ten'"),
    (
      "y,x,g\n1,2,a\n3,inf,b\n",
      "standard input:3:2: expected a finite number in column 'x', found 'inf'"
    ),
    (
      "y,x,g\n1,2,a\nNA,5,b\n-3,4,b\n",
      "standard input:4: the count is -3.0; counts cannot be negative."
    ),
    (
      "y,x,g\n1.5,2,a\n",
      "standard input:2: the count is 1.5; a count must be a whole number. For a rate or a mean, "
        + "take the count that it was made of as the response, and what that was divided by as "
        + "exposure: add offset(log(exposure)) to the model."
    ),
    (
      "y,x,g\n1e300,2,a\n",
      "standard input:2: the count is 1e+300; counts beyond 1e12 are not supported."
    ),
    (
      "y,x,g\nNA,2,a\n",
      "No row of the data is complete: of 1, a value is missing in column 'y' in 1."
    ),
    ("y,x,h\n1,2,a\n", "standard input:1: there is no column 'g'; the columns are y, x, h"),
    (
      "y,x,g\n1,u,a\n2,u,b\n",
      "Column 'x' is 'u' in every row used: a factor needs two levels or more."
    ),
  ])
  func badData(data: String, sentence: String) throws {
    let run = try fit(data)
    #expect(run.status == 65)
    #expect(run.output == "")
    #expect(run.error == "glmm-poisson: \(sentence)\n")
  }

  @Test func aValueThatCannotBeComputed() throws {
    let run = try fit("y,x,g\n1,2,a\n2,0,b\n", "y ~ log(x) + (1 | g)")
    #expect(run.status == 65)
    #expect(
      run.error
        == "glmm-poisson: standard input:3: log(x) is not a finite number, with x = 0\n")
  }

  @Test func aFormulaThatIsNone() throws {
    let run = try fit("y,x,g\n1,2,a\n", "y ~ (x + (1 | g)")
    #expect(run.status == 64)
    #expect(run.output == "")
    #expect(
      run.error == "glmm-poisson: This parenthesis is never closed.\n  y ~ (x + (1 | g)\n      ^\n")
  }

  @Test(arguments: [
    ["--alpha", "0"], ["--alpha", "1"], ["--alpha", "nan"], ["--alpha", "5%"],
    ["--fixed-prior-sd", "0"], ["--fixed-prior-sd", "1e7"],
    ["--fixed-prior-sd", "inf"], ["--log-sd-prior-sd", "-1"], ["--threads", "0"],
    ["--format", "xml"],
    ["--separator", "and"], ["--decimal", ";"], ["--encoding", "morse"],
    ["--approximation", "exact"], ["--optimizer", "bfgs"], ["--random-effects", ""], ["--unknown"],
  ])
  func optionsThatMakeNoSense(options: [String]) throws {
    let run = try fit("y,x,g\n1,2,a\n", "y ~ x + (1 | g)", options)
    #expect(run.status == 64)
    #expect(run.output == "")
    #expect(run.error.contains(options[0]))
  }

  @Test func aFileThatIsNotThere() throws {
    let run = try CommandRunner.run(["fit", "/nowhere/data.csv", "--formula", "y ~ (1 | g)"])
    #expect(run.status == 66)
    #expect(run.error == "glmm-poisson: /nowhere/data.csv: there is no such file\n")
  }

  #if os(Linux)
    /// The system opens this file and refuses to read its first page.
    @Test func aFileThatCannotBeRead() throws {
      let run = try CommandRunner.run(["fit", "/proc/self/mem", "--formula", "y ~ (1 | g)"])
      #expect(run.status == 74)
      #expect(run.error == "glmm-poisson: /proc/self/mem: cannot be read: Input/output error\n")
    }
  #endif

  @Test func aFileThatCannotBeWritten() throws {
    let run = try fit(
      "y,x,g\n1,2,a\n2,3,b\n", "y ~ x + (1 | g)", ["--random-effects", "/nowhere/effects.csv"])
    #expect(run.status == 74)
    #expect(run.output == "")
    #expect(
      run.error
        == "glmm-poisson: Cannot write '/nowhere/effects.csv': No such file or directory.\n")
  }

  @Test func theDataAreNotOverwritten() throws {
    let folder = try TemporaryFolder()
    let data = "y,x,g\n1,2,a\n2,3,b\n"
    let file = try folder.write(data, to: "data.csv")
    let run = try CommandRunner.run([
      "fit", file.path, "--formula", "y ~ x + (1 | g)", "--random-effects",
      folder.url.path + "/./data.csv",
    ])
    #expect(run.status == 64)
    #expect(try String(contentsOf: file, encoding: .utf8) == data)
  }

  /// Hard data give a fit, with a warning where one is due, and never a number that is none.
  @Test(arguments: [
    ("y,x,g\n1,2,a\n3,4,a\n5,7,a\n", "There is only one group"),
    ("y,x,g\n1,2,a\n", "There is only one group"),
    ("y,x,g\n1,2,a\n4,2,b\n3,2,c\n", "Column 'x' is a linear combination"),
    ("y,x,g\n0,2,a\n0,3,b\n0,4,c\n", "All counts are zero"),
    ("y,x,g\n1000000000,2,a\n999999999,3,b\n1000300000,5,b\n", "There are only 2 groups"),
    ("y,x,g\n1,2000000,a\n3,3000000,b\n2,5000000,b\n", "There are only 2 groups"),
    ("y,x,g\n1,0.000002,a\n3,0.000003,b\n2,0.000005,b\n", "rescale the column"),
  ])
  func hardData(data: String, warning: String) throws {
    let run = try fit(data)
    #expect(run.status == 0)
    #expect(run.output.contains(warning))
    let json = try fit(data, "y ~ x + (1 | g)", ["--format", "json", "--quiet"])
    #expect(json.status == 0)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(object["converged"] as? Bool == true)
    for effect in try #require(object["fixed_effects"] as? [[String: Any]]) {
      #expect(!effect.values.contains { $0 is NSNull })
    }
  }
}
