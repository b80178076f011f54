import Foundation
import Testing

/// `glmm-poisson fit` as a user runs it.
@Suite struct FitTests {
  struct Results: Decodable {
    struct FixedEffect: Decodable {
      let parameter: String
      let mean, sd, z, p, ciLower, ciUpper, irr, irrLower, irrUpper: Double
    }
    struct RandomEffect: Decodable {
      let group, parameter: String
      let logSdMean, logSdSd, sd, sdLower, sdUpper, variance: Double
    }
    let formula, approximation, reason: String
    let alpha, seconds, elbo: Double
    let observations, groups, droppedRows, iterations: Int
    let converged: Bool
    let warnings: [String]
    let fixedEffects: [FixedEffect]
    let randomEffects: [RandomEffect]
  }

  struct Reference: Decodable {
    struct Answer: Decodable {
      let fixedMean, fixedSd, logSdMean, logSdSd: [Double]
      let elbo: Double
      let randomEffectsMean, randomEffectsSd: [Double]
    }
    let formula: String
    let observations, groups: Int
    let fixed, random: [String]
    let meanField, structured: Answer
    let corrected: Corrected
  }

  struct Corrected: Decodable {
    let fixedMean, fixedSd, logSdMean, logSdSd: [Double]
    let logEvidence: Double
  }

  private func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(text.utf8))
  }

  /// A file, an offset with a function, an interaction, several random terms: against the dense
  /// program behind the reference data, whose numbers are good to about 1e-9. The tolerances are
  /// the project's promise.
  @Test(arguments: ["epilepsy", "exposure", "random_slopes"], ["structured", "mean-field"])
  func agreesWithTheReference(name: String, approximation: String) throws {
    let reference = try decode(
      Reference.self,
      String(contentsOf: CommandRunner.reference("\(name).json"), encoding: .utf8))
    let answer = approximation == "structured" ? reference.structured : reference.meanField
    let folder = try TemporaryFolder()
    let effectsFile = folder.url.appendingPathComponent("effects.csv")
    let run = try CommandRunner.run([
      "fit", CommandRunner.reference("\(name).csv").path, "--formula", reference.formula,
      "--approximation", approximation, "--format", "json", "--random-effects", effectsFile.path,
    ])
    #expect(run.status == 0)
    #expect(run.error == "")
    let results = try decode(Results.self, run.output)
    #expect(results.formula == reference.formula)
    #expect(results.approximation == approximation)
    #expect(results.observations == reference.observations)
    #expect(results.groups == reference.groups)
    #expect(results.droppedRows == 0)
    #expect(results.converged)
    #expect(results.iterations > 0)
    #expect(abs(results.elbo - answer.elbo) < 1e-6)
    #expect(results.fixedEffects.map(\.parameter) == reference.fixed)
    for (effect, (mean, sd)) in zip(results.fixedEffects, zip(answer.fixedMean, answer.fixedSd)) {
      #expect(abs(effect.mean - mean) < 1e-6)
      #expect(abs(effect.sd - sd) < 1e-5 * sd)
      #expect(abs(effect.z - mean / sd) < 1e-4)
      // P(|Z| > z) = erfc(z / sqrt(2)).
      #expect(abs(effect.p - erfc(abs(effect.z) / 2.0.squareRoot())) < 1e-12)
      // 1.9599639845400545 is the 97.5 % point of the standard normal distribution.
      #expect(abs(effect.ciLower - (mean - 1.9599639845400545 * sd)) < 1e-5)
      #expect(abs(effect.ciUpper - (mean + 1.9599639845400545 * sd)) < 1e-5)
      #expect(abs(effect.irr / exp(effect.mean) - 1) < 1e-12)
      #expect(abs(effect.irrLower / exp(effect.ciLower) - 1) < 1e-12)
      #expect(abs(effect.irrUpper / exp(effect.ciUpper) - 1) < 1e-12)
    }
    #expect(results.randomEffects.map(\.parameter) == reference.random)
    for (effect, (mean, sd)) in zip(results.randomEffects, zip(answer.logSdMean, answer.logSdSd)) {
      #expect(abs(effect.logSdMean - mean) < 1e-6)
      #expect(abs(effect.logSdSd - sd) < 1e-5 * sd)
      #expect(abs(effect.sd - exp(mean)) < 1e-5)
      #expect(abs(effect.variance - exp(2 * mean)) < 1e-5)
      #expect(abs(effect.sdLower - exp(mean - 1.9599639845400545 * sd)) < 1e-5)
      #expect(abs(effect.sdUpper - exp(mean + 1.9599639845400545 * sd)) < 1e-5)
    }
    let rows = try String(contentsOf: effectsFile, encoding: .utf8).split(separator: "\n")
      .map { $0.split(separator: ",") }
    #expect(rows.first == ["factor", "group", "parameter", "mean", "sd", "ci_lower", "ci_upper"])
    #expect(
      rows.dropFirst().map { $0[2] }.prefix(reference.random.count)
        == reference.random[...].map { $0[...] }[...])
    for row in rows.dropFirst() {
      let numbers = row.dropFirst(3).compactMap { Double($0) }
      #expect(numbers.count == 4)
      #expect(abs(numbers[2] - (numbers[0] - 1.9599639845400545 * numbers[1])) < 1e-12)
      #expect(abs(numbers[3] - (numbers[0] + 1.9599639845400545 * numbers[1])) < 1e-12)
    }
    let effects = rows.dropFirst().map { (Double($0[3]) ?? .nan, Double($0[4]) ?? .nan) }
    #expect(effects.count == answer.randomEffectsMean.count)
    for (effect, (mean, sd)) in zip(effects, zip(answer.randomEffectsMean, answer.randomEffectsSd))
    {
      #expect(abs(effect.0 - mean) < 1e-5)
      #expect(abs(effect.1 - sd) < 1e-5 * sd)
    }
  }

  private let epilepsy = [
    "fit", CommandRunner.reference("epilepsy.csv").path, "--formula",
    "y ~ lbase * trt + lage + V4 + (1 | subject)",
  ]

  /// The table as a person reads it; its numbers are those of the reference, rounded.
  @Test func textFormat() throws {
    let run = try CommandRunner.run(epilepsy + ["--approximation", "structured"])
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("Poisson mixed model, structured approximation\n"))
    #expect(run.output.contains(epilepsyTables))
    #expect(run.output.contains("  observations    236 in 59 groups (subject)\n"))
    #expect(run.output.contains("  evidence bound  -685.1190\n"))
  }

  @Test func markdownFormat() throws {
    let run = try CommandRunner.run(
      epilepsy + ["--approximation", "structured", "--format", "markdown", "--alpha", "0.1"])
    #expect(run.output.contains("|  | mean | SD | z | p | 5% | 95% | IRR | 5% | 95% | prior |\n"))
    #expect(run.output.contains("| lbase:trt | 0.3127 | 0.2078 | 1.50 | 0.1324 |"))
  }

  @Test func aFormulaWithBackticksIsACodeSpanOfMarkdown() throws {
    let run = try CommandRunner.run(
      ["fit", "-", "--formula", "y ~ `a b` + (1 | g)", "--format", "markdown"],
      input: "y,a b,g\n1,2,a\n2,3,b\n")
    #expect(run.output.contains("- formula: `` y ~ `a b` + (1 | g) ``\n"))
  }

  @Test func aFormulaOverTwoLinesTakesOne() throws {
    let run = try CommandRunner.run(
      ["fit", "-", "--formula", "y ~ x +\n(1 | g)"], input: "y,x,g\n1,2,a\n2,3,b\n")
    #expect(run.output.contains("  formula         y ~ x + (1 | g)\n"))
  }

  @Test func csvFormat() throws {
    let run = try CommandRunner.run(
      epilepsy + ["--approximation", "structured", "--format", "csv"])
    let lines = run.output.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(lines.count == 8)
    #expect(lines.allSatisfy { $0.count == 12 })
    #expect(lines[3].prefix(3) == ["fixed", "", "trt"])
    #expect(lines[7].prefix(3) == ["log_sd", "subject", "Intercept"])
    #expect(lines[7][5...6] == ["", ""])
    // exp(-0.6159077227980362), from the reference.
    #expect(abs((Double(lines[7][9]) ?? .nan) - 0.54015036590912) < 1e-6)
    // mean, ci_lower, ci_upper and their exponentials, as the header has them; all in full digits.
    for line in lines.dropFirst() {
      for (natural, exponential) in [(3, 9), (7, 10), (8, 11)] {
        let value = try #require(Double(line[natural]))
        #expect(abs((Double(line[exponential]) ?? .nan) / exp(value) - 1) < 1e-12)
      }
    }
  }

  /// At z = 48 the tail probability is far below what a double counts exactly.
  @Test func aTailProbabilityBeyondDoublesIsSaidToBeSmall() throws {
    let run = try CommandRunner.run(
      ["fit", "-", "--formula", "y ~ x + (1 | g)"],
      input: "y,x,g\n0,1e6,a\n1000000000,2e6,a\n2,-3e6,b\n3,1e-6,b\n")
    #expect(run.status == 0)
    #expect(run.output.contains("  <1e-12  "))
  }

  /// A reader that stops reading has what it wants.
  @Test func aClosedPipeIsNoFailure() throws {
    let folder = try TemporaryFolder()
    let status = folder.url.appendingPathComponent("status").path
    // The reader ends at once; the writer starts when it is gone.
    let script = "{ sleep 0.3; \"$0\" \"$@\"; echo $? > '\(status)'; } | true"
    let run = try CommandRunner.run(
      ["-c", script, CommandRunner.executable.path] + epilepsy,
      executable: URL(fileURLWithPath: "/bin/sh"))
    #expect(run.error == "")
    #expect(try String(contentsOfFile: status, encoding: .utf8) == "0\n")
  }

  /// The keys are a contract; what is not known is null, not missing.
  @Test func jsonKeys() throws {
    let run = try CommandRunner.run(
      epilepsy + ["--approximation", "structured", "--format", "json"])
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "formula", "approximation", "alpha", "fixed_prior_sd", "log_sd_prior_sd",
        "correlation_shape", "observations", "groups", "dropped_rows", "standardized", "converged",
        "reason", "iterations", "seconds", "elbo", "log_evidence", "log_likelihood", "aic", "bic",
        "warnings", "fixed_effects", "random_effects", "correlations", "fixed_covariance",
        "checks", "prior_sensitivity",
      ])
    #expect((object["correlations"] as? [Any])?.isEmpty == true)
    #expect(object["groups"] as? Int == 59)
    #expect(object["log_evidence"] is NSNull)
    // R 4.2.2's `integrate` over each patient's effect, at the reference means; those are matched
    // within 1e-6, and the slope of the log-likelihood there is of order 1.
    let logLikelihood = try #require(object["log_likelihood"] as? Double)
    #expect(abs(logLikelihood + 665.531622961431) < 1e-5)
    let aic = try #require(object["aic"] as? Double)
    #expect(abs(aic - (-2 * logLikelihood + 2 * 7)) < 1e-9)
    let bic = try #require(object["bic"] as? Double)
    #expect(abs(bic - (-2 * logLikelihood + 7 * log(236))) < 1e-9)
    let fixed = try #require(object["fixed_effects"] as? [[String: Any]])
    #expect(
      Set(fixed[0].keys) == [
        "parameter", "mean", "sd", "z", "p", "ci_lower", "ci_upper", "irr", "irr_lower",
        "irr_upper",
      ])
    let random = try #require(object["random_effects"] as? [[String: Any]])
    #expect(
      Set(random[0].keys) == [
        "group", "parameter", "log_sd_mean", "log_sd_sd", "sd", "sd_lower", "sd_upper", "variance",
        "sd_median", "sd_mean", "sd_sd",
      ])
    // The log SD's posterior is N(-0.6159077227980362, 0.09214802041702837^2), from the reference;
    // R 4.2.2 gives the moments of the lognormal distribution.
    #expect(abs((random[0]["sd_mean"] as? Double ?? .nan) - 0.542448518977383) < 1e-6)
    #expect(abs((random[0]["sd_sd"] as? Double ?? .nan) - 0.0500918552126501) < 1e-6)
  }

  /// Without `--approximation` the fit is `corrected`: its numbers against the reference, which
  /// used a finer grid over s, within what the project promises.
  @Test func theDefaultIsCorrected() throws {
    let answer = try decode(
      Reference.self,
      String(contentsOf: CommandRunner.reference("epilepsy.json"), encoding: .utf8)
    ).corrected
    let run = try CommandRunner.run(epilepsy + ["--format", "json"])
    #expect(run.status == 0)
    let results = try decode(Results.self, run.output)
    #expect(results.approximation == "corrected")
    for (effect, (mean, sd)) in zip(results.fixedEffects, zip(answer.fixedMean, answer.fixedSd)) {
      #expect(abs(effect.mean - mean) < 0.002 * sd)
      #expect(abs(effect.sd / sd - 1) < 0.002)
    }
    // Six SDs from 0 the mixture's tail is far longer than that of the normal with its mean and SD.
    let lbase = results.fixedEffects[1]
    #expect(lbase.p > 10 * erfc(lbase.z / 2.0.squareRoot()))
    #expect(abs(results.randomEffects[0].logSdMean - answer.logSdMean[0]) < 0.002 * 0.12)
    #expect(abs(results.randomEffects[0].logSdSd / answer.logSdSd[0] - 1) < 0.002)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect(abs((object["log_evidence"] as? Double ?? .nan) - answer.logEvidence) < 1e-3)
    // R 4.2.2's `integrate` over each patient's effect, at the reference means. A change of all
    // means by 0.002 SD changes it by less than 0.003 there.
    #expect(abs((object["log_likelihood"] as? Double ?? .nan) + 665.533474137345) < 0.003)
    let text = try CommandRunner.run(epilepsy).output
    #expect(text.hasPrefix("Poisson mixed model, corrected approximation\n"))
    #expect(text.contains("\n  log evidence    -684.70"))
  }

  /// Laplace's approximation is named as such.
  @Test func fourRandomTerms() throws {
    let run = try CommandRunner.run([
      "fit", CommandRunner.reference("random_slopes.csv").path, "--formula",
      "y ~ x1 + (1 + x1 + x2 + x1:x2 || group)",
    ])
    #expect(run.status == 0)
    #expect(run.output.contains("the log-likelihood is Laplace's approximation"))
    #expect(run.output.contains("\n  log-likelihood  -"))
  }

  @Test func resultsDoNotDependOnTheThreads() throws {
    let effects = try [1, 2, 7].map { threads in
      let run = try CommandRunner.run(epilepsy + ["--format", "csv", "--threads", "\(threads)"])
      return run.output
    }
    #expect(Set(effects).count == 1)
  }

  private let small = """
    visits,treatment,days,site
    3,drug,10,A
    NA,drug,20,A
    5,placebo,30,B
    2,drug,,B
    7,placebo,25,"C, east"

    """

  @Test func standardInputFactorsAndMissingValues() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("effects.csv").path
    let run = try CommandRunner.run(
      [
        "fit", "-", "--formula", "visits ~ treatment + (1 | site) + offset(log(days))", "--format",
        "json", "--random-effects", file,
      ], input: small)
    let results = try decode(Results.self, run.output)
    #expect(results.observations == 3)
    #expect(results.droppedRows == 2)
    #expect(results.fixedEffects.map(\.parameter) == ["Intercept", "treatmentplacebo"])
    #expect(results.warnings.count == 1)
    #expect(run.error == results.warnings.map { "glmm-poisson: warning: \($0)\n" }.joined())
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[3].hasPrefix("site,\"C, east\",Intercept,"))
  }

  /// With - they stand in place of the results, and the warnings on standard error.
  @Test func randomEffectsOnStandardOutput() throws {
    let run = try CommandRunner.run(
      ["fit", "-", "--formula", "visits ~ (1 | site)", "--random-effects", "-"], input: small)
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines.first == "factor,group,parameter,mean,sd,ci_lower,ci_upper")
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("site,") })
    #expect(run.error.hasPrefix("glmm-poisson: warning: There are only 3 groups"))
    let nowhere = try CommandRunner.run(epilepsy + ["--random-effects", ""])
    #expect(nowhere.status == 64)
  }

  @Test func theShapeOfTheCorrelationsPriorIsChecked() throws {
    let run = try CommandRunner.run(epilepsy + ["--correlation-shape", "0.5"])
    #expect(run.status == 64)
    #expect(run.error.contains("--correlation-shape must lie between 1 and 1000, not 0.5."))
  }

  @Test func warningsStandInTheTextOrOnStandardError() throws {
    let arguments = ["fit", "-", "--formula", "visits ~ (1 | site)"]
    let text = try CommandRunner.run(arguments, input: small)
    #expect(text.output.contains("\nWarnings\n  - There are only 3 groups"))
    #expect(text.error == "")
    let quiet = try CommandRunner.run(
      arguments + ["--format", "csv", "--quiet"], input: small)
    #expect(quiet.status == 0)
    #expect(quiet.error == "")
  }
}

/// Of the epilepsy data, under `structured`.
private let epilepsyTables = """
  Fixed effects
                  mean      SD      z        p     2.5%    97.5%     IRR     2.5%   97.5%  prior
    Intercept  -0.9126  1.0433  -0.87   0.3817  -2.9575   1.1323  0.4015  0.05195   3.103   0.06
    lbase       0.8833  0.1361   6.49  8.6e-11   0.6165   1.1501   2.419    1.852   3.159   0.00
    trt        -0.8929  0.4078  -2.19   0.0286  -1.6921  -0.0936  0.4095   0.1841  0.9106   0.02
    lage        0.3570  0.3087   1.16   0.2474  -0.2480   0.9620   1.429   0.7804   2.617   0.06
    V4         -0.1619  0.0546  -2.97   0.0030  -0.2689  -0.0550  0.8505   0.7642  0.9465   0.00
    lbase:trt   0.3127  0.2078   1.50   0.1324  -0.0946   0.7201   1.367   0.9097   2.055   0.02

  Random effects, standard deviations between 59 groups (subject)
                   SD    2.5%   97.5%  variance  mean log SD  SD log SD  prior
    Intercept  0.5402  0.4509  0.6471    0.2918      -0.6159    0.09215   0.01

  """
