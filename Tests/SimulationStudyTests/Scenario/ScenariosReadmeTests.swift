import Foundation
import Testing

@testable import SimulationStudy

/// Every example in `Scenarios/README.md` is read. One without a name is part of the scenario
/// below: its keys replace those of the same name, and within `data` likewise.
@Suite struct ScenariosReadmeTests {
  private static let base = """
    name: example
    seed: 20261122
    replicates: 1000
    data:
      groups: 20
      group_size: 10
      covariates: [{name: x1, distribution: normal}]
      fixed: {Intercept: 0.5}
      random: {Intercept: 0.5}
    methods: [{name: structured, approximation: structured}]
    """

  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let examples: [String] = {
    let file = root.appendingPathComponent("Scenarios/README.md")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.components(separatedBy: "```yaml\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
  }()

  /// The keys that begin at a column, each with its lines, deeper ones included.
  private static func blocks(_ lines: [Substring], column: Int) -> [(
    key: String, lines: [Substring]
  )] {
    lines.reduce(into: []) { blocks, line in
      if line.prefix(while: { $0 == " " }).count == column {
        let key = line.dropFirst(column).prefix { $0 != ":" }
        blocks.append((String(key), [line]))
      } else if !blocks.isEmpty {
        blocks[blocks.count - 1].lines.append(line)
      }
    }
  }

  private static func merged(
    _ old: [(key: String, lines: [Substring])], _ new: [(key: String, lines: [Substring])],
    _ combine: (_ key: String, _ old: [Substring], _ new: [Substring]) -> [Substring]
  ) -> [Substring] {
    let kept = old.flatMap { block in
      new.first { $0.key == block.key }.map { combine(block.key, block.lines, $0.lines) }
        ?? block.lines
    }
    return kept + new.filter { block in !old.contains { $0.key == block.key } }.flatMap(\.lines)
  }

  private static func scenario(_ example: String) -> String {
    let lines = example.split(separator: "\n")
    let own = blocks(lines, column: 0)
    if own.contains(where: { $0.key == "name" }) { return example }
    let methods = "methods: [{name: structured, approximation: structured}]"
    if own.first?.lines.contains(where: { $0.hasPrefix("  table:") }) == true {
      return "name: given\n" + example + methods
    }
    if own.first?.lines.contains(where: { $0.hasPrefix("  program:") }) == true {
      return "name: drawn\nseed: 1\nreplicates: 2\n" + example + methods
    }
    // A gate or a varied covariate needs its effect.
    let needsSlope =
      example.contains("parameter: x1") || example.contains("random: {Intercept: 0.5, x1")
    var base =
      needsSlope
      ? Self.base.replacingOccurrences(
        of: "fixed: {Intercept: 0.5}", with: "fixed: {Intercept: 0.5, x1: 0.3}")
      : Self.base
    // Factors stand in the place of groups.
    if example.contains("  factors:") {
      base = base.replacingOccurrences(of: "  groups: 20\n  group_size: 10\n", with: "")
    }
    return merged(blocks(base.split(separator: "\n"), column: 0), own) { key, old, new in
      guard key == "data" else { return new }
      return old.prefix(1)
        + merged(
          blocks(Array(old.dropFirst()), column: 2), blocks(Array(new.dropFirst()), column: 2)
        ) { _, _, new in new }
    }.joined(separator: "\n")
  }

  @Test func thereAreExamples() {
    #expect(Self.examples.count > 20)
  }

  @Test(arguments: examples) func anExampleIsReadAndDrawn(example: String) throws {
    let text = Self.scenario(example)
    let scenarios: [Scenario]
    do {
      scenarios = try ScenarioFile.scenarios(bytes: Array(text.utf8), file: "example.yml")
    } catch {
      Issue.record("\(error) in\n\(text)")
      return
    }
    let programs = CommandPrograms(directory: Self.root.path)
    for scenario in scenarios {
      #expect(try programs.generator(scenario).dataSet(replicate: 0).data.counts.count > 1)
    }
  }

  /// Every key and word that a scenario may have stands in an example.
  @Test func nothingIsLeftOut() {
    let text = Self.examples.joined()
    for word in [
      "kind", "calibration", "description", "study", "title", "question", "generator", "precision",
      "alpha", "priors",
      "fixed_effect_sd", "log_sd_sd", "correlation_shape", "factors", "within", "drawn", "rows",
      "rows_per_cell", "correlations", "terms",
      "group_size", "poisson", "minimum", "uniform", "lognormal", "covariates", "normal",
      "bernoulli", "categorical", "levels", "time", "start", "step", "correlation", "with",
      "coefficient", "covariates_fixed", "exposure", "table", "departures", "random_effects",
      "student_t", "gamma", "mixture", "weight", "separation", "random_correlations", "between",
      "covariate_correlation", "overdispersion", "zero_inflation", "informative_group_size",
      "maximum_iterations", "checks", "program", "parameters", "truth",
      "measures", "command", "time_limit", "start_limit", "vary", "where",
      "gates",
    ] {
      #expect(text.contains("\(word):") || text.contains(": \(word)"), "\(word)")
    }
  }
}
