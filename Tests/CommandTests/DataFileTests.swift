import Foundation
import Testing

/// Data files as people have them, through the command.
@Suite struct DataFileTests {
  private func fit(
    _ data: [UInt8], _ formula: String, _ options: [String] = []
  ) throws -> CommandRunner.Result {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("data.csv")
    try Data(data).write(to: file)
    return try CommandRunner.run(
      ["fit", file.path, "--formula", formula, "--approximation", "structured"] + options)
  }

  /// The results of 24 rows, of which neither separators nor encodings are to change a digit.
  private func rows(_ separator: String, _ decimal: String, missing: String = "NA") -> String {
    var text = ["y", "x", "groupe é"].joined(separator: separator) + "\n"
    for row in 0..<24 {
      let x = "\(Double(row * 7 % 24) / 4)".replacing(".", with: decimal)
      text +=
        ["\(row * 5 % 7)", row == 9 ? missing : x, "Zoë \(row % 4)"]
        .joined(separator: separator) + "\n"
    }
    return text
  }

  @Test func oneTableInManyFiles() throws {
    let formula = "y ~ x + (1 | `groupe é`)"
    func estimates(_ data: [UInt8], _ options: [String] = []) throws -> String {
      let run = try fit(data, formula, options + ["--random-effects", "-"])
      #expect(run.status == 0, "\(run.error)")
      return run.output
    }
    let expected = try estimates(Array(rows(",", ".").utf8))
    #expect(expected.contains("groupe é,Zoë 3,Intercept,"))
    let european = rows(";", ",")
    let latin1 = try #require(european.data(using: .isoLatin1))
    let utf16 = try #require(rows("\t", ",").data(using: .utf16LittleEndian))
    let files: [([UInt8], [String])] = [
      (Array(rows(";", ".").utf8), []), (Array(rows("|", ".").utf8), ["--separator", "bar"]),
      (Array(european.utf8), ["--decimal", ","]),
      ([UInt8](latin1), ["--decimal", ",", "--encoding", "latin-1", "--separator", ";"]),
      ([0xFF, 0xFE] + [UInt8](utf16), ["--decimal", "comma"]),
      ([UInt8](utf16), ["--decimal=,", "--encoding", "utf-16", "--separator", "\\t"]),
      (Array(rows(",", ".", missing: "-").utf8), ["--na", "NULL,-,."]),
      (Array(rows(",", ".", missing: ".").utf8), ["--na", "-,."]),
    ]
    for (data, options) in files { #expect(try estimates(data, options) == expected, "\(options)") }
  }

  /// Weights are frequencies: the fit is that of the rows written out.
  @Test func weightedRowsAreRowsWrittenOut() throws {
    var (weighted, plain) = ("y,x,g,n\n", "y,x,g\n")
    for row in 0..<24 {
      let text = "\(row * 5 % 7),\(Double(row * 7 % 24) / 4),\(row % 4)"
      weighted += "\(text),\(row % 3)\n"
      for _ in 0..<(row % 3) { plain += "\(text)\n" }
    }
    let options = ["--format", "csv"]
    let one = try fit(
      Array(weighted.utf8), "y ~ . + (1 | g)", ["--weights", "n"] + options)
    let other = try fit(Array(plain.utf8), "y ~ x + (1 | g)", options)
    #expect(one.status == 0, "\(one.error)")
    #expect(one.output == other.output)
    #expect(one.error.contains("Rows count as often as 'n' says: 24 observations from 24 rows."))
  }

  @Test func aWorkbookIsNamed() throws {
    let run = try fit(Array("PK\u{3}\u{4}\u{14}\0\u{6}\0[Content_Types].xml".utf8), "y ~ (1 | g)")
    #expect(run.status == 65)
    #expect(run.error.hasSuffix("data.csv: this is an Excel workbook: save it as CSV\n"))
  }

  private let counts = [2, 0, 5, 3, 1, 4, 2, 6, 3, 1]

  private func data(_ x: (Int) -> String) -> [UInt8] {
    Array("y,x,g\n".utf8)
      + counts.enumerated().flatMap { Array("\($1),\(x($0)),g\($0 % 3)\n".utf8) }
  }

  /// The warning is said once: in the text, else on standard error before the fit; JSON keeps it.
  @Test func aColumnThatShouldBeNumbersIsWarnedOf() throws {
    let commas = data { "\"\($0),5\"" }
    let warning =
      "Column 'x' is text, and so a factor with 10 levels, because its numbers have a comma "
      + "('0,5'); --decimal , reads them as numbers."
    for format in ["text", "json", "csv"] {
      let run = try fit(commas, "y ~ x + (1 | g)", ["--format", format])
      #expect(run.status == 0)
      let isText = format == "text"
      // Other warnings, if there are any, come behind it.
      #expect(isText ? run.error == "" : run.error.hasPrefix("glmm-poisson: warning: \(warning)\n"))
      #expect(run.error.components(separatedBy: warning).count == (isText ? 1 : 2))
      #expect(run.output.contains(warning) == (format != "csv"))
    }
    let quiet = try fit(commas, "y ~ x + (1 | g)", ["--quiet", "--format", "csv"])
    #expect(quiet.error == "")
    let numbers = try fit(commas, "y ~ x + (1 | g)", ["--decimal", ",", "--format", "csv"])
    #expect(!numbers.error.contains("'x'"))
    #expect(numbers.output.contains("fixed,,x,"))
  }

  /// 1,200 levels are no model, and the reason is the commas.
  @Test func theCauseIsNamedAndNotTheSymptom() throws {
    let rows = (0..<1200).map { "1;\($0),25;g\($0 % 3)\n" }.joined()
    let run = try fit(Array(("y;x;g\n" + rows).utf8), "y ~ x + (1 | g)")
    #expect(run.status == 65)
    #expect(
      run.error
        == "glmm-poisson: Column 'x' is text, and so a factor with 1200 levels, because its "
        + "numbers have a comma ('0,25'); --decimal , reads them as numbers.\n")
  }

  @Test func labelsAreTheTextOfTheFile() throws {
    let labels = ["01", "1", "1e3", "1000", "0x10"]
    let rows = (0..<30).map { "\($0 % 7),\(labels[$0 % 5])\n" }.joined()
    let run = try fit(
      Array(("y,id\n" + rows).utf8), "y ~ 1 + (1 | id)", ["--random-effects", "-"])
    let groups = run.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
    #expect(groups.map(String.init) == labels)
    #expect(run.error.contains("'01' and '1' are two levels of 'id': labels are text"))
  }

  /// Levels as groups, whatever labels other rows have.
  @Test(arguments: [("2", ["1", "2"]), ("x2", ["1", "x2"])])
  func levelsAreTheTextOfTheFile(other: String, expected: [String]) throws {
    let rows = (0..<30).map { "\($0 % 7),\(["01", "1", other][$0 % 3]),g\($0 % 4)\n" }.joined()
    let run = try fit(
      Array(("y,f,g\n" + rows).utf8), "y ~ factor(f) + (1 | g)", ["--format", "csv", "--quiet"])
    for level in expected { #expect(run.output.contains("fixed,,factor(f)\(level),")) }
  }

  /// Nothing that a spreadsheet runs comes out in a table; JSON has the names as they are.
  @Test func formulasInLabelsAreNotRun() throws {
    let labels = ["\"=cmd|'/C calc'!A0\"", "@SUM(1)", "+1+1", "-2"]
    let rows = (0..<8).map { "\($0 % 5),\($0),\(labels[$0 % 4])\n" }.joined()
    let data = Array(("y,=x,g\n" + rows).utf8)
    let effects = try fit(data, "y ~ `=x` + (1 | g)", ["--random-effects", "-"]).output
    for label in ["'=cmd|'/C calc'!A0", "'@SUM(1)", "'+1+1", "-2"] {
      #expect(effects.contains("\ng,\(label),Intercept,"), "\(label)")
    }
    let table = try fit(data, "y ~ `=x` + (1 | g)", ["--format", "csv"]).output
    #expect(table.contains("\nfixed,,'=x,"))
    let json = try fit(data, "y ~ `=x` + (1 | g)", ["--format", "json"]).output
    #expect(json.contains("\"parameter\" : \"=x\""))
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("data.csv")
    try Data(data).write(to: file)
    let predictions = try CommandRunner.run(
      [
        "predict", file.path, "--formula", "y ~ `=x` + (1 | g)", "--new", "-", "--approximation",
        "structured",
      ], input: "=x,g\n1,@SUM(1)\n2,=1+1\n3,-2\n")
    #expect(predictions.status == 0)
    for start in ["\n1,'@SUM(1),0,", "\n2,'=1+1,1,", "\n3,-2,0,"] {
      #expect(predictions.output.contains(start), "\(predictions.output)")
    }
  }

  @Test func markupInNamesIsText() throws {
    let data = Array("y,<script>alert(1)</script>|x,g\n2,1,a\n3,2,a\n5,3,b\n1,0,b\n".utf8)
    let run = try fit(
      data, "y ~ `<script>alert(1)</script>|x` + (1 | g)", ["--format", "markdown"])
    #expect(run.status == 0)
    #expect(run.output.contains("| &lt;script&gt;alert(1)&lt;/script&gt;\\|x | "))
    #expect(!run.output.contains("<script>"))
    #expect(run.output.contains("- formula: y \\~ \\`&lt;script&gt;"))
  }

  @Test func controlCharactersAreShown() throws {
    let name = "x\u{1B}[31m\u{202E}"
    let data = Array("y,\(name),g\n2,1,a\n3,2,a\n5,3,b\n1,0,b\n".utf8)
    let shown = "x\\u{1B}[31m\\u{202E}"
    let run = try fit(data, "y ~ `\(name)` + (1 | g)")
    #expect(run.status == 0)
    #expect(run.output.contains("  \(shown)  "))
    let failure = try fit(data, "y ~ z + (1 | g)")
    #expect(failure.error.contains("the columns are y, \(shown), g"))
    for text in [run.output, run.error, failure.error] {
      #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"))
    }
    let missing = try CommandRunner.run(["fit", "/nowhere/\(name)", "--formula", "y ~ (1 | g)"])
    #expect(missing.error == "glmm-poisson: /nowhere/\(shown): there is no such file\n")
  }
}
