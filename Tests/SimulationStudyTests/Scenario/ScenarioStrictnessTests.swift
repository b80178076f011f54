import Foundation
import Testing

@testable import SimulationStudy

/// Every way to write a scenario wrongly is answered with its place and one sentence.
@Suite struct ScenarioStrictnessTests {
  /// Replaces text of a good scenario and gives the place and the beginning of the complaint.
  @Test(arguments: [
    // Keys: unknown, misspelt, missing, twice, of a later version.
    (
      "replicates: 20", "repliactes: 20",
      "4:1: unknown key 'repliactes'; did you mean 'replicates'?"
    ),
    ("groups: 8", "grupos: 8", "6:3: data: unknown key 'grupos'; did you mean 'groups'?"),
    ("groups: 8", "zebra: 8", "6:3: data: unknown key 'zebra'; expected table, program,"),
    (
      "level: group", "levle: group", "10:58: data.covariates[2]: unknown key 'levle'; did you mean"
    ),
    ("seed: 20261122\n", "", "1:1: the key 'seed' is missing."),
    ("  groups: 8\n", "", "6:3: data: the key 'groups' is missing."),
    ("parameter: log_sd(x1), ", "", "19:5: gates[1]: the key 'parameter' is missing."),
    (
      "replicates: 20", "seed: 1", "3:1: the key 'seed' appears more than once in the same mapping."
    ),
    ("x1: 0.3, treated", "x1: 0.3, x1", "13:27: the key 'x1' appears more than once"),
    ("replicates: 20", "kind: calibratoin", "4:7: kind: unknown kind 'calibratoin'; did you mean"),
    (
      "maximum_iterations: 50", "command: R",
      "17:19: methods[2]: 'approximation' does not go with a command."
    ),
    (
      "maximum_iterations: 50", "time_limit: 5",
      "17:46: methods[2]: 'time_limit' goes with a command only."
    ),
    (
      "approximation: structured", "command: ' '",
      "16:33: methods[1].command: expected a command in one line, found ' '."
    ),
    (
      "approximation: structured", "command: \"a\\nb\"",
      "16:33: methods[1].command: expected a command in one line, found 'a\\nb'."
    ),
    (
      "approximation: structured", "command: a, time_limit: 0",
      "16:48: methods[1].time_limit: expected seconds from 0.01 to 86400, found '0'."
    ),
    (
      "approximation: structured", "command: a, start_limit: 90000",
      "16:49: methods[1].start_limit: expected seconds from 0.01 to 86400, found '90000'."
    ),
    (
      "maximum_iterations: 50", "start_limit: 5",
      "17:46: methods[2]: 'start_limit' goes with a command only."
    ),
    (
      "distribution: normal", "distribution: time",
      "9:38: data.covariates[1]: 'mean' is no parameter of the distribution 'time'."
    ),
    (
      "approximation: structured", "approximation: exact",
      "16:39: methods[1].approximation: unknown approximation 'exact'"
    ),
    // Types.
    ("replicates: 20", "replicates: many", "4:13: replicates: expected a whole number from 1 to 1"),
    ("replicates: 20", "replicates: 2.5", "4:13: replicates: expected a whole number"),
    ("replicates: 20", "replicates: '20'", "4:13: replicates: expected a whole number"),
    (
      "replicates: 20", "replicates: [20]",
      "4:13: replicates: expected a whole number from 1 to 100000000, found a list."
    ),
    (
      "replicates: 20", "replicates:",
      "4:12: replicates: expected a whole number from 1 to 100000000, found nothing."
    ),
    ("x1: 0.3", "x1: high", "13:31: data.fixed.x1: expected a number, found 'high'."),
    ("x1: 0.3", "x1: {}", "13:31: data.fixed.x1: expected a number, found a mapping."),
    ("x1: 0.3", "x1: .nan", "13:31: data.fixed.x1: expected a number, found '.nan'."),
    ("x1: 0.3", "x1: nan", "13:31: data.fixed.x1: expected a number, found 'nan'."),
    ("x1: 0.3", "x1: .inf", "13:31: data.fixed.x1: expected a number, found '.inf'."),
    ("x1: 0.3", "x1: infinity", "13:31: data.fixed.x1: expected a number, found 'infinity'."),
    ("x1: 0.3", "x1: 1e999", "13:31: data.fixed.x1: the number 1e999 is too large."),
    ("x1: 0.3", "x1: 0x1p3", "13:31: data.fixed.x1: expected a number, found '0x1p3'."),
    ("x1: 0.3", "x1: ~", "13:31: data.fixed.x1: expected a number, found nothing."),
    ("name: small", "name: [small]", "1:7: name: expected text, found a list."),
    ("name: small", "name:", "1:6: name: expected text, found nothing."),
    (
      "fixed: {Intercept: 0.5, x1: 0.3, treated: -0.4}", "fixed: 3",
      "13:10: data.fixed: expected a mapping of names"
    ),
    ("covariates:", "covariates: 7 #", "9:5: not YAML"),
    // Ranges.
    (
      "seed: 20261122", "seed: -1",
      "3:7: seed: expected a whole number from 0 to 18446744073709551615"
    ),
    ("seed: 20261122", "seed: 18446744073709551616", "3:7: seed: expected a whole number from 0"),
    ("replicates: 20", "replicates: 0", "4:13: replicates: expected a whole number from 1"),
    ("replicates: 20", "replicates: 99999999999999999999", "4:13: replicates: expected a whole"),
    ("groups: 8", "groups: 0", "6:11: data.groups: expected a whole number from 1"),
    ("groups: 8", "groups: 10000000", "7:15: data.group_size: a data set has at most 10000000"),
    (
      "[2, 6]", "[6, 2]",
      "7:25: data.group_size.uniform: expected [smallest, largest], found [6, 2]."
    ),
    (
      "[2, 6]", "[2]",
      "7:25: data.group_size.uniform: expected [smallest, largest], found a list of 1."
    ),
    (
      "{uniform: [2, 6]}", "{poisson: -1}", "7:25: data.group_size.poisson: expected a mean above 0"
    ),
    (
      "{uniform: [2, 6]}", "{uniform: [2, 6], poisson: 1}",
      "7:33: data.group_size: 'poisson' does not go with 'uniform'."
    ),
    ("{uniform: [2, 6]}", "[1, 2]", "6:11: data.groups: expected 2, the length of 'group_size'"),
    ("{uniform: [2, 6]}", "[]", "7:15: data.group_size: expected at least one group size."),
    (
      "seed: 20261122", "priors: {log_sd_sd: 1e7}\nseed: 20261122",
      "3:21: priors.log_sd_sd: expected a number from 1e-6 to 1e6, found '1e7'."
    ),
    ("sd: 2", "sd: 0", "9:53: data.covariates[1].sd: expected a number above 0, found '0'."),
    (
      "sd: 2", "p: 0.5",
      "9:49: data.covariates[1]: 'p' is no parameter of the distribution 'normal'."
    ),
    ("min: -1, max: 1", "min: 1, max: 1", "10:7: data.covariates[2]: expected min < max"),
    ("p: 0.25", "p: 1", "11:51: data.covariates[3].p: expected a probability between 0 and 1"),
    ("[0.5, 2]", "[0, 2]", "12:23: data.exposure.uniform: an exposure is above 0"),
    (
      "[0.5, 2]", "[2, 2]",
      "12:23: data.exposure.uniform: expected [lower, upper] with lower < upper"
    ),
    ("x1: 0.2", "x1: -0.2", "14:32: data.random.x1: expected a standard deviation, 0 or more"),
    ("[0.9, 1]", "[1, 0.9]", "19:72: gates[1].between: expected [lower, upper]"),
    // Names.
    ("name: small", "name: a/b", "1:7: name: a name is up to 100 letters"),
    ("name: small", "name: ..", "1:7: name: a name is up to 100 letters"),
    ("name: small", "name: é", "1:7: name: a name is up to 100 letters"),
    (
      "name: x2", "name: x1",
      "10:14: data.covariates[2].name: there is already a covariate named 'x1'."
    ),
    (
      "name: x2", "name: Intercept", "10:14: data.covariates[2].name: the name 'Intercept' is taken"
    ),
    ("name: x2", "name: 'a,b'", "10:14: data.covariates[2].name: a column name is up to 100"),
    (
      "treated: -0.4", "treatd: -0.4",
      "13:36: data.fixed: there is no covariate 'treatd'; did you mean 'treated'?"
    ),
    ("name: plain", "name: structured", "17:12: methods[2].name: there is already a method named"),
    (
      "approximation: structured", "approximation: structred",
      "16:39: methods[1].approximation: unknown approximation 'structred'; did you mean "
        + "'structured'?"
    ),
    (
      "maximum_iterations: 50", "optimizer: bfgs",
      "17:46: methods[2]: unknown key 'optimizer'; expected name, approximation,"
    ),
    (
      "replicates: 20", "replicates: 20\ngenerator: mt19938",
      "5:12: generator: unknown generator 'mt19938'; did you mean 'mt19937'?"
    ),
    // Gates that could never be judged.
    (
      "method: plain", "method: pain",
      "19:14: gates[1].method: this scenario has no method 'pain'; did you mean 'plain'?"
    ),
    (
      "parameter: log_sd(x1)", "parameter: log_sd(x2)",
      "19:32: gates[1].parameter: this scenario has no parameter"
    ),
    ("measure: coverage", "measure: cover", "19:53: gates[1].measure: unknown measure 'cover'"),
    (
      "measure: coverage", "measure: estimate",
      "19:53: gates[1].measure: 'estimate' of 'log_sd(x1)' is listed only"
    ),
    (
      "measure: coverage", "measure: rejection_rate",
      "19:53: gates[1].measure: 'rejection_rate' of 'log_sd(x1)' is not defined"
    ),
    ("x1: 0.2", "x1: 0", "19:53: gates[1].measure: 'coverage' of 'log_sd(x1)' needs a true value"),
    // YAML itself.
    ("replicates: 20", "replicates: [20", "5:5: not YAML"),
    ("replicates: 20", "\treplicates: 20", "4:1: not YAML"),
    ("replicates: 20", "replicates: 20\n---\nmore: 1", "5:1: not YAML"),
    ("replicates: 20", "replicates: *nowhere", "4:13: not YAML: found undefined alias."),
  ])
  func aMistakeIsNamedWithItsPlace(old: String, new: String, expected: String) throws {
    let range = try #require(ScenarioText.simulated.range(of: old))
    let text = ScenarioText.simulated.replacingCharacters(in: range, with: new)
    let complaint = try #require(ScenarioText.complaint(about: text))
    #expect(complaint.hasPrefix("s.yml:" + expected), "\(complaint)")
    #expect(!complaint.contains("\n"))
  }

  @Test(arguments: [
    ("group: [b, b, 7, 7]", "", "4:5: data.table: the column 'group' is missing."),
    ("y: [2", "z: [2", "4:5: data.table: the column 'y' is missing."),
    ("[2, 3, 5, 1]", "[2, 3, 5, -1]", "4:18: data.table.y[4]: expected a count"),
    ("[2, 3, 5, 1]", "[2, 3.5, 5, 1]", "4:12: data.table.y[2]: expected a count"),
    ("[2, 3, 5, 1]", "[]", "4:8: data.table.y: expected at least one row."),
    ("[b, b, 7, 7]", "[b, b, 7]", "6:12: data.table.group: expected 4 values, as in the first"),
    ("[b, b, 7, 7]", "[b, b, 7, []]", "6:22: data.table.group[4]: expected text, found a list."),
    ("1e-3]", "x]", "5:20: data.table.x[4]: expected a number, found 'x'."),
    (
      "x: [1, 2.5", "exposure: [0, 2.5",
      "5:16: data.table.exposure[1]: expected an exposure above 0"
    ),
    ("[Intercept, x]", "[Intercept, z]", "7:22: data.fixed[2]: there is no column 'z'"),
    ("[Intercept, x]", "[x, x]", "7:14: data.fixed[2]: 'x' appears twice."),
    ("[Intercept, x]", "[]", "7:10: data.fixed: expected at least one name."),
    (
      "name: given", "name: given\nreplicates: 2",
      "2:13: replicates: expected 1, because given data"
    ),
    ("name: given", "name: given\nseed: 2", "2:1: 'seed' has no use where the data are given."),
    ("  fixed:", "  groups: 2\n  fixed:", "7:3: data: 'groups' describes simulated data"),
    ("estimate", "bias", "12:49: gates[1].measure: 'bias' of 'x' needs a true value"),
    (
      "estimate", "empirical_se",
      "12:49: gates[1].measure: 'empirical_se' of 'x' needs more than one"
    ),
  ])
  func aMistakeInATableIsNamedWithItsPlace(old: String, new: String, expected: String) throws {
    let range = try #require(ScenarioText.given.range(of: old))
    let text = ScenarioText.given.replacingCharacters(in: range, with: new)
    let complaint = try #require(ScenarioText.complaint(about: text))
    #expect(complaint.hasPrefix("s.yml:" + expected), "\(complaint)")
  }

  @Test(arguments: [
    ("", "s.yml: the file is empty."), ("# nothing\n", "s.yml: the file is empty."),
    ("---\n", "s.yml:2:1: expected a mapping with name"),
    ("just text", "s.yml:1:1: expected a mapping with name"),
    ("- a\n- b\n", "s.yml:1:1: expected a mapping with name"),
    ("\0\0\0", "s.yml:1: not YAML: control characters are not allowed."),
  ])
  func aFileThatIsNoMapping(text: String, expected: String) throws {
    let complaint = try #require(ScenarioText.complaint(about: text))
    #expect(complaint.hasPrefix(expected), "\(complaint)")
  }

  @Test func bytesThatAreNotUTF8AreSaidWithTheirLine() {
    #expect(throws: ScenarioError("the text is not UTF-8.", file: "f", line: 2)) {
      try ScenarioFile.parse(bytes: Array("name: a\nb: ".utf8) + [0xFF, 0x0A], file: "f")
    }
  }

  @Test func aByteOrderMarkIsNoPartOfTheText() throws {
    #expect(try ScenarioText.parse("\u{FEFF}" + ScenarioText.simulated).name == "small")
  }

  @Test func fewAliasesWorkAndManyAreRefused() throws {
    let shared = ScenarioText.simulated
      .replacingOccurrences(of: "fixed: {Intercept: 0.5", with: "fixed: {Intercept: &half 0.5")
      .replacingOccurrences(of: "random: {Intercept: 0.5", with: "random: {Intercept: *half")
    #expect(try ScenarioText.parse(shared) == ScenarioText.parse(ScenarioText.simulated))

    // Ten levels of ten: ten thousand million leaves, if anything walked them.
    var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    for level in 1...10 {
      let alias = "*a\(level - 1)"
      bomb +=
        "a\(level): &a\(level) [\(Array(repeating: alias, count: 10).joined(separator: ","))]\n"
    }
    bomb += "? *a10\n: 1\n"
    #expect(
      ScenarioText.complaint(about: bomb)
        == "s.yml: the file uses more than 20 aliases (*name); write the values out.")
  }

  @Test func deepNestingIsAnErrorAndNotACrash() throws {
    for text in [
      String(repeating: "[", count: 200_000), String(repeating: "{a: ", count: 100_000),
      String(repeating: "- ", count: 200_000), "a: " + String(repeating: "[", count: 900),
    ] {
      let complaint = try #require(ScenarioText.complaint(about: text))
      #expect(complaint.count < 400)
    }
  }

  @Test func aFileBeyondTheLimitIsRefused() {
    let text = "# " + String(repeating: "x", count: YAMLDocument.maximumBytes)
    #expect(
      ScenarioText.complaint(about: text)
        == "s.yml: the file is larger than 4 MiB, which no scenario needs.")
  }
}
