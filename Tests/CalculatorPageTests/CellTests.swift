import CalculatorAPI
import PoissonGLMM
import Testing

@testable import CalculatorPage

/// How cells are read that somebody has pasted.
@Suite("Cells on the page")
struct CellTests {
  struct Paste: CustomStringConvertible, Sendable {
    let description: String
    let text: String
    let header: Bool
    let separator: String
    let decimal: String
    let first: [String]
  }

  static let pastes = [
    Paste(
      description: "a spreadsheet's cells", text: "y\tx\tg\n2\t0.5\ta\n3\t1.5\tb\n", header: true,
      separator: "tab", decimal: ".", first: ["2", "0.5", "a"]),
    Paste(
      description: "of a language with decimal commas",
      text: "y\tx\tg\r\n2\t0,5\ta\r\n3\t1,5\tb\r\n", header: true, separator: "tab", decimal: ",",
      first: ["2", "0,5", "a"]),
    Paste(
      description: "semicolons and decimal commas", text: "y;x;g\n2;0,5;a\n3;1,5;b\n",
      header: true, separator: "semicolon", decimal: ",", first: ["2", "0,5", "a"]),
    Paste(
      description: "the same without names", text: "2;0,5;a\n3;1,5;b\n4;2,5;b\n", header: false,
      separator: "semicolon", decimal: ",", first: ["2", "0,5", "a"]),
    Paste(
      description: "numbers alone, decimal commas", text: "2;0,5;1,5\n3;1,5;2,5\n", header: false,
      separator: "semicolon", decimal: ",", first: ["2", "0,5", "1,5"]),
    Paste(
      description: "commas without names", text: "2,0.5,a\n3,1.5,b\n", header: false,
      separator: "comma", decimal: ".", first: ["2", "0.5", "a"]),
    Paste(
      description: "a mark of UTF-8 in front", text: "\u{FEFF}2,0.5,1\n3,1.5,1\n", header: false,
      separator: "comma", decimal: ".", first: ["2", "0.5", "1"]),
  ]

  @Test(arguments: pastes)
  func theWritingIsFound(_ paste: Paste) throws {
    let answer = try PageAnswer.of(["text": paste.text])
    let cells = try #require(answer.cells, "\(answer.problem?.sentence ?? "")")
    #expect(cells.header == paste.header)
    #expect(cells.separator == paste.separator)
    #expect(cells.decimal == paste.decimal)
    #expect(cells.preview.first == paste.first)
    if !paste.header { #expect(cells.columns.map(\.name) == ["A", "B", "C"]) }
  }

  @Test func whatIsSaidCountsMore() throws {
    let answer = try PageAnswer.of(
      ["text": "2019,2020\n3,1\n4,1\n", "header": true, "separator": "comma"])
    #expect(answer.cells?.columns.map(\.name) == ["2019", "2020"])
    let named = try PageAnswer.of(["text": "y,x\n3,1\n4,1\n", "header": false])
    #expect(named.cells?.rows == 3)
    #expect(named.cells?.columns.map(\.kind) == ["text", "text"])
  }

  @Test func rolesAreGuessed() throws {
    let example = try #require(PageExample.all.first { $0.id == "epilepsy" })
    let model = try #require(try PageAnswer.of(["text": example.text]).model)
    #expect(model.formula == "y ~ lbase + trt + lage + V4 + (1 | subject)")
    let sites = "site,days,treated,events\na,10,0,2\na,20,1,3\nb,10,0,1\nb,15,1,4\n"
    #expect(
      try PageAnswer.of(["text": sites]).model?.formula
        == "events ~ treated + (1 | site) + offset(log(days))")
  }

  @Test(
    arguments: [
      ("", "header row"), ("y,x\n", "rows of data"), ("y,x\n1,2,3\n", "expected 2 fields"),
      ("y,y\n1,2\n", "is there twice"),
      (",\n,\n", "No column has a name"), ("PK\u{3}\u{4}x", "zip archive"),
    ])
  func whatIsNoTableIsSaid(_ text: String, _ words: String) throws {
    let problem = try #require(try PageAnswer.of(["text": text]).problem)
    #expect(problem.field == "data")
    #expect(problem.sentence.contains(words), "\(problem.sentence)")
  }

  /// What the library advises for the command, the page has a field for.
  @Test func adviceIsAboutThePage() throws {
    let cells = "y;x;g\n1;0,5;a\n2;1,5;b\n7;1,25;a\n"
    let fit = try #require(
      try PageAnswer.of(
        ["text": cells, "formula": "y ~ x + (1 | g)", "decimal": ".", "fit": true]
      ).fit)
    #expect(fit.warnings.first?.contains("'Before decimals' may say a comma") == true)
    for (text, decimal, words) in [
      ("y;x\n1;0.5\n2;1.5\n7;1.5\n3;0.5\n", ",", "where 'Before decimals' says a comma"),
      ("y;x\n1;1,500\n2;2,500\n7;1,500\n3;2,500\n", ".", "'Before decimals' may say a comma"),
    ] {
      let told = try #require(
        try PageAnswer.of(
          ["text": text, "formula": "y ~ x", "decimal": decimal, "fit": true]
        ).fit)
      #expect(told.warnings.first?.contains(words) == true, "\(told.warnings)")
      #expect(told.warnings.allSatisfy { !$0.contains("--") }, "\(told.warnings)")
    }
    let mixed = try #require(
      try PageAnswer.of(["text": "y,x\n1,2\n-,3\n", "formula": "y ~ x", "fit": true]).problem)
    #expect(mixed.sentence.contains("'Missing values'"), "\(mixed.sentence)")
  }

  @Test func largePastesAreRefused() throws {
    var limits = RequestLimits()
    (limits.rows, limits.columns) = (10, 3)
    let long = "y,x\n" + String(repeating: "1,2\n", count: 20)
    let tooLong = #expect(throws: RequestProblem.self) {
      try PageAnswer.of(["text": long], limits: limits)
    }
    #expect(tooLong?.kind == .tooLarge)
    let wide = "a,b,c,d\n1,2,3,4\n1,2,3,4\n"
    let tooWide = #expect(throws: RequestProblem.self) {
      try PageAnswer.of(["text": wide], limits: limits)
    }
    #expect(tooWide?.kind == .tooLarge)
  }
}
