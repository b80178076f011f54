import Foundation
import Testing

/// What `fit` says of the prior and of how its numbers are to be read.
@Suite struct FitNotesTests {
  private static let arms = CommandRunner.reference("PriorSensitivity/arm_without_events.csv").path

  private func fit(_ data: String, _ formula: String, _ options: [String]) throws
    -> CommandRunner.Result
  {
    let run = try CommandRunner.run(["fit", data, "--formula", formula] + options)
    #expect(run.status == 0)
    return run
  }

  /// Said once, where a reader looks: among the results of a text, else on standard error. With the
  /// numbers that tell how far it rests on the prior.
  @Test func anArmWithoutEventsIsSaidOnce() throws {
    let sentence =
      "No events in the 36 rows with arm = a, the reference: how low the intercept is, and how "
      + "large the effects that differ from it are, rests on the prior N(0, 10^2); with a prior SD "
      + "of 5 or 20 for these effects the intercept would be -"
    let run = try fit(Self.arms, "y ~ arm + (1 | g)", ["--fixed-prior-sd", "10"])
    #expect(run.error == "")
    #expect(run.output.contains("\nWarnings\n  - \(sentence)"))
    let csv = try fit(
      Self.arms, "y ~ arm + (1 | g)", ["--fixed-prior-sd", "10", "--format", "csv"])
    #expect(csv.error.components(separatedBy: "warning: \(sentence)").count == 2)
    let quiet = try fit(
      Self.arms, "y ~ arm + (1 | g)", ["--fixed-prior-sd", "10", "--quiet", "--format", "json"])
    #expect(quiet.error == "")
    #expect(quiet.output.contains(sentence))
  }

  /// The parameters above the threshold, and the numbers of the JSON behind them.
  @Test func whatThePriorMattersForIsNamed() throws {
    let formula = "y ~ arm + (1 | g)"
    let json = try fit(Self.arms, formula, ["--format", "json", "--quiet"])
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let values = try #require(object["prior_sensitivity"] as? [String: Double])
    #expect(Set(values.keys) == ["Intercept", "armb", "log_sd(Intercept)"])
    let names = ["Intercept", "armb", "log_sd(Intercept)"].filter { values[$0]! > 0.05 }.map {
      "\($0) (\(String(format: "%.2f", values[$0]!)))"
    }
    #expect(names.count >= 2)
    let start = "\nThe prior matters for: \(names.joined(separator: ", ")). Values above 0.05 say"
    #expect(try fit(Self.arms, formula, []).output.contains(start))
    let markdown = try fit(Self.arms, formula, ["--format", "markdown"]).output
    #expect(markdown.contains("\nThe prior matters for: "))
  }

  /// Every parameter has its column, whether the prior matters or not.
  @Test func howMuchThePriorSaysStandsInTheTables() throws {
    let data = CommandRunner.reference("epilepsy.csv").path
    let formula = "y ~ lbase + V4 + (1 + V4 | subject)"
    let options = ["--approximation", "structured"]
    let json = try fit(data, formula, options + ["--format", "json", "--quiet"])
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let values = try #require(object["prior_sensitivity"] as? [String: Double])
    let tables = try fit(data, formula, options).output.components(separatedBy: "\n\n").filter {
      $0.contains("  prior\n")
    }
    #expect(tables.count == 3)
    let names = [
      ["Intercept", "lbase", "V4"], ["log_sd(Intercept)", "log_sd(V4)"], ["cor(Intercept,V4)"],
    ]
    for (table, names) in zip(tables, names) {
      let rows = table.split(separator: "\n").dropFirst(2)
      let last = rows.map { $0.split(separator: " ").last.map(String.init) }
      #expect(last == names.map { String(format: "%.2f", values[$0] ?? .nan) }, "\(table)")
    }
    let markdown = try fit(data, formula, options + ["--format", "markdown"]).output
    #expect(markdown.contains("| prior |"))
  }

  /// Groups that are alike under a prior that allows SDs of any order of magnitude.
  @Test func anSDOfNothingIsSaidPlainly() throws {
    let data = CommandRunner.reference("PriorSensitivity/alike_groups.csv").path
    let text = try fit(data, "y ~ 1 + (1 | g)", ["--log-sd-prior-sd", "100"]).output
    let line = try #require(text.split(separator: "\n").last { $0.hasPrefix("  Intercept  ") })
    #expect(line.contains("  <1e-"), "\(line)")
    #expect(!line.contains("e-3") && !line.contains("e-9"), "\(line)")
    #expect(
      text.contains(
        "\n  Intercept: no variation between groups beyond chance; the standard deviation is below "
      ),
      "\(text)")
    #expect(text.contains(" with a probability of 97.5 %, and how far below is up to the prior."))
    let usual = try fit(data, "y ~ 1 + (1 | g)", []).output
    #expect(!usual.contains("no variation between"))
  }

  /// z = 3.0 would be p = 0.003; the posterior of an intercept with four groups has longer tails.
  @Test func whereZDoesNotLeadToPIsSaid() throws {
    let data = CommandRunner.reference("PriorSensitivity/alike_groups.csv").path
    let run = try fit(data, "y ~ 1 + (1 | g)", ["--quiet"])
    #expect(
      run.output.contains("does not follow from z = mean / SD, least of all for Intercept."))
  }

  @Test func nothingIsSaidWhereTheDataSpeak() throws {
    let run = try fit(
      CommandRunner.reference("large_counts.csv").path, "y ~ x1 + (1 | group)",
      ["--approximation", "structured"])
    #expect(!run.output.contains("The prior matters for: x1"))
    #expect(!run.output.contains("does not follow from z"))
  }

  /// The median is the SD's own, whatever the shape of the log SD's posterior: groups that differ
  /// no more than Poisson counts do have a log SD whose mean is far down.
  @Test func theEstimateOfAnSDIsItsMedian() throws {
    let data = CommandRunner.reference("PriorSensitivity/alike_groups.csv").path
    let wide = ["--log-sd-prior-sd", "5", "--quiet"]
    let json = try fit(data, "y ~ 1 + (1 | g)", wide + ["--format", "json"])
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let effect = try #require((object["random_effects"] as? [[String: Any]])?.first)
    let (sd, median) = (
      try #require(effect["sd"] as? Double), try #require(effect["sd_median"] as? Double)
    )
    #expect(abs(sd - exp(try #require(effect["log_sd_mean"] as? Double))) < 1e-12)
    #expect(median > 1.2 * sd)
    let text = try fit(data, "y ~ 1 + (1 | g)", wide).output
    let line = try #require(
      text.split(separator: "\n").last { $0.hasPrefix("  Intercept  ") })
    let cells = line.split(separator: " ").dropFirst().map { Double($0) }
    try #require(cells.count == 7)
    #expect(abs(try #require(cells[0]) / median - 1) < 1e-3)
    #expect(abs(try #require(cells[3]) / (median * median) - 1) < 1e-3)
  }
}
