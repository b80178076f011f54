import CalculatorAPI
import CalculatorPage
import Foundation
import Testing

/// What the page offers to take away, run as it says.
@Suite("The command of the page")
struct PageCommandTests {
  struct Case: CustomStringConvertible, Sendable {
    let description: String
    let name: String
    let text: String
    var options: [String: String] = [:]
    let formula: String
    var alpha = 0.05
    /// The name under which the cells are kept.
    let saved: String
  }

  static let visits = "days;gewicht;it's;visits\n2;0,5;a;3\n3;1,5;a;4\n4;2,5;b;9\n5;1;b;5\n"
  static let cases = [
    Case(
      description: "the documented example 3", name: "data.csv",
      text: "y,x,groups\n10,1,1\n12,1.5,1\n15,2,1\n8,1,2\n10,1.5,2\n13,2,2\n",
      formula: "y ~ x + (1 | groups)", alpha: 0.1, saved: "data.csv"),
    Case(
      description: "decimal commas, quotes and a name like an option", name: "-it's $HOME.csv",
      text: visits, formula: "visits ~ gewicht + (1 | `it's`) + offset(log(days))",
      saved: "data-it's $HOME.csv"),
    Case(
      description: "cells without names, other options", name: "data.csv",
      text: "3\t1,5\t1\n4\t2,5\t1\n9\t2,0\t2\n5\t1,0\t2\n",
      options: ["approximation": "structured"], formula: "A ~ B + (1 | C)",
      saved: "data-as-read.csv"),
    Case(
      description: "a file of an older program", name: "größe.csv",
      text: "zahl,größe,ort\n3,1,ä\n4,2,ä\n9,1,ü\n5,2,ü\n",
      options: ["encoding": "latin-1", "family": "negative-binomial"],
      formula: "zahl ~ größe + (1 | ort)", saved: "größe-as-read.csv"),
  ]

  @Test(arguments: cases)
  func theCommandRepeatsTheFit(_ example: Case) throws {
    var request: [String: Any] = [
      "text": example.text, "name": example.name, "formula": example.formula,
      "alpha": example.alpha, "fit": true,
    ]
    request.merge(example.options) { $1 }
    let body = [UInt8](try JSONSerialization.data(withJSONObject: request))
    let answer =
      try JSONSerialization.jsonObject(
        with: Data(try calculatorAnswer(body, limits: RequestLimits()))) as? [String: Any]
    let fit = try #require(answer?["fit"] as? [String: Any], "\(answer?["problem"] ?? "")")
    let command = try #require(fit["command"] as? String)
    var files: [String: String] = [:]
    for file in try #require(fit["takeaways"] as? [[String: String]]) {
      files[file["name"] ?? ""] = file["text"]
    }
    let folder = try TemporaryFolder()
    try #require(files[example.saved]).write(
      to: folder.url.appendingPathComponent(example.saved), atomically: true, encoding: .utf8)
    let program = CommandRunner.executable.deletingLastPathComponent().path
    let result = try CommandRunner.run(
      ["-c", "PATH='\(program)':$PATH; \(command) --format json"],
      executable: URL(fileURLWithPath: "/bin/sh"), folder: folder.url)
    #expect(result.status == 0, "\(command): \(result.error)")
    #expect(try Self.results(result.output) == Self.results(try #require(files["results.json"])))
  }

  /// All that a fit gives but for the time that it took.
  private static func results(_ json: String) throws -> NSDictionary {
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    return try #require(object).filter { $0.key != "seconds" } as NSDictionary
  }

  @Test(arguments: [("epilepsy", "epilepsy.csv"), ("ticks", "General/grouseticks.csv")])
  func examplesAreTheReferenceData(_ id: String, _ file: String) throws {
    let asset = try #require(CalculatorAsset.all.first { $0.path == "/examples.json" })
    let examples =
      try JSONSerialization.jsonObject(with: Data(asset.bytes)) as? [[String: Any]] ?? []
    let text = examples.first { $0["id"] as? String == id }?["text"] as? String
    #expect(text == (try String(contentsOf: CommandRunner.reference(file), encoding: .utf8)))
  }
}
