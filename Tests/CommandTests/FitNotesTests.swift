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

  /// Said before the fit, and once more among the results, where the format has a place for it.
  @Test func anArmWithoutEventsIsSaidFirst() throws {
    let sentence =
      "No events in the 36 rows with arm = a, the reference: how low the intercept is, and how "
      + "large the effects that differ from it are, rests on the prior N(0, 10^2)."
    let run = try fit(Self.arms, "y ~ arm + (1 | g)", ["--fixed-prior-sd", "10"])
    #expect(run.error == "glmm-poisson: warning: \(sentence)\n")
    #expect(run.output.contains("\nWarnings\n  - \(sentence)\n"))
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

  /// z = 3.0 would be p = 0.003; the posterior of an intercept with four groups has longer tails.
  @Test func whereZDoesNotLeadToPIsSaid() throws {
    let data = CommandRunner.reference("PriorSensitivity/alike_groups.csv").path
    let run = try fit(data, "y ~ 1 + (1 | g)", ["--quiet"])
    #expect(run.output.contains("does not follow from z = mean / SD for Intercept, whose"))
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
      text.split(separator: "\n").last { $0.hasPrefix("  Intercept") })
    let numbers = line.split(separator: " ").dropFirst().compactMap { Double($0) }
    #expect(abs(numbers[0] / median - 1) < 1e-3)
    #expect(abs(numbers[3] / (median * median) - 1) < 1e-3)
  }
}
