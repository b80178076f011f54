import Foundation
import Testing

/// What the README shows is what the program prints.
@Suite struct ReadmeTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The indented block that holds `marker`: the command up to the first empty line, and what
  /// follows it.
  private func example(_ marker: String) throws -> (command: String, output: String) {
    let readme = try String(
      contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
    let lines = readme.components(separatedBy: "\n")
    let found = try #require(
      lines.firstIndex { $0.hasPrefix("    ") && $0.contains(marker) }, "no example has \(marker)")
    let belongs = { (line: String) in line.isEmpty || line.hasPrefix("    ") }
    let start = lines[..<found].lastIndex { !belongs($0) }.map { $0 + 1 } ?? 0
    let end = lines[found...].firstIndex { !belongs($0) } ?? lines.count
    let block = lines[start..<end].drop(while: \.isEmpty).map { String($0.dropFirst(4)) }
    let empty = try #require(block.firstIndex(of: ""))
    return (
      block[..<empty].joined(separator: "\n"), block[empty...].joined(separator: "\n")
    )
  }

  private func run(_ command: String) throws -> CommandRunner.Result {
    let folder = CommandRunner.executable.deletingLastPathComponent().path
    return try CommandRunner.run(
      ["-c", "PATH=\"\(folder):$PATH\"\n\(command)"],
      executable: URL(fileURLWithPath: "/bin/sh"), folder: Self.root)
  }

  /// The words and numbers of a text, without what is between them.
  private func tokens(_ text: String) -> [String] {
    text.split { " \n,[](){}\"".contains($0) }.map(String.init)
  }

  @Test(arguments: [
    "fit Tests/PoissonGLMMTests", "predict Tests/PoissonGLMMTests", "\"groups\": [[1]",
  ])
  func examplesAreWhatIsPrinted(marker: String) throws {
    let (command, output) = try example(marker)
    let run = try run(command)
    #expect(run.status == 0, "\(run.error)")
    // The time of the fit is another every time.
    let isTime = { (line: Substring) in line.contains("optimization") }
    let shown = tokens(output.split(separator: "\n").filter { !isTime($0) }.joined(separator: "\n"))
    let printed = tokens(
      run.output.split(separator: "\n").filter { !isTime($0) }.joined(separator: "\n"))
    #expect(shown.count > 20)
    #expect(shown.count == printed.count)
    for (shown, printed) in zip(shown, printed) {
      if let expected = Double(shown), let number = Double(printed) {
        // As printed; of numbers with all their digits those that a fit is good to, 1e-5 of a
        // posterior SD. The rest depends on where its iterations began.
        #expect(
          (number - expected).magnitude <= 1e-5 * expected.magnitude, "\(printed), not \(shown)")
      } else {
        #expect(shown == printed)
      }
    }
  }

  /// What questions add to the results, line by line.
  @Test func answersAreWhatIsPrinted() throws {
    let output = try run(example("--pairs trt").command).output
    let readme = try String(
      contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
    let shown = readme.components(separatedBy: "\n").drop { $0 != "    Contrasts" }
      .prefix { $0.isEmpty || $0.hasPrefix("    ") }.map { String($0.dropFirst(4)) }
    #expect(shown.count > 10)
    #expect(output.contains(shown.joined(separator: "\n").trimmingCharacters(in: .newlines)))
  }

  @Test func theNumberOfIterationsIsTheOneShown() throws {
    let (command, output) = try example("fit Tests/PoissonGLMMTests")
    let iterations = { (text: String) in
      text.firstMatch(of: /converged after (\d+) iterations/)?.1
    }
    #expect(try iterations(run(command).output) == iterations(output))
    #expect(iterations(output) != nil)
  }

  /// The coverages that a committed report has, by scenario, method and parameter.
  private func coverages(_ study: String) throws -> [String: Decimal] {
    let file = Self.root.appendingPathComponent("Reports/\(study)/measures.csv")
    let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return Dictionary(
      rows.filter { $0[3] == "coverage" }.compactMap { row in
        Decimal(string: row[4]).map { (row[0...2].joined(separator: " "), $0) }
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The cells of the README's table row that begins with `label`.
  private func cells(_ label: String) throws -> [Decimal] {
    let readme = try String(
      contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
    let row = try #require(
      readme.split(separator: "\n").first { $0.hasPrefix("| \(label) |") }, "no row '\(label)'")
    return row.split(separator: "|").dropFirst().compactMap {
      Decimal(string: $0.trimmingCharacters(in: .whitespaces))
    }
  }

  private func expect(_ label: String, _ coverages: [String: Decimal], _ keys: [String]) throws {
    let cells = try cells(label)
    #expect(cells.count == keys.count)
    for (cell, key) in zip(cells, keys) {
      // Three digits, a half away from zero, as the report rounds.
      var coverage = try #require(coverages[key], "no coverage of \(key)")
      var rounded = Decimal()
      NSDecimalRound(&rounded, &coverage, 3, .plain)
      #expect(cell == rounded, "\(label): \(key) is \(coverage)")
    }
  }

  @Test(arguments: [
    ("20 groups of 10, the ordinary case", "random-intercept-20x10", "x2"),
    ("6 groups of 10", "few-groups-6x10", "x2"), ("200 groups of 5", "many-groups-200x5", "x2"),
    ("counts in the hundreds", "large-counts-15x8", "x2"),
    ("mean count 0.3", "sparse-counts-40x5", "x2"),
    ("groups of 1 to about 12", "unbalanced-groups-40", "treated"),
    ("rates with an exposure", "exposure-24x4-to-12", "treated"),
    ("random slopes in x1", "random-slopes-30x12", "x2"),
  ])
  func coveragesAreThoseOfTheReport(label: String, scenario: String, covariate: String) throws {
    try expect(
      label, coverages("core"),
      ["Intercept", covariate, "x1"].flatMap { parameter in
        ["mean-field", "structured"].map { "\(scenario) \($0) \(parameter)" }
      })
  }

  @Test(arguments: [
    ("6 groups of 10", "few-groups-6x10"), ("20 groups of 10", "random-intercept-20x10"),
    ("mean count 0.3", "sparse-counts-40x5"),
  ])
  func coveragesOfAllApproximationsAreThoseOfTheReport(label: String, scenario: String) throws {
    for (words, parameter) in [
      ("intercept", "Intercept"), ("group-level covariate", "x2"),
      ("log SD between groups", "log_sd(Intercept)"),
    ] {
      try expect(
        "\(label), \(words)", coverages("approximations"),
        ["mean-field", "structured", "integrated", "corrected"].map {
          "\(scenario) \($0) \(parameter)"
        })
    }
  }
}
