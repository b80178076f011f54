import Foundation
import Testing

/// The formula language at the command line: functions, reference levels, `.`, offsets.
@Suite struct FormulaCommandTests {
  private let visits = """
    y,x,site,days,g
    3,1,GP,10,a
    0,2.5,MS,20,a
    1,4,GP,15,b
    4,3,XY,30,b
    2,6,MS,12,c
    7,5,XY,25,c
    1,2,GP,11,d
    5,7,MS,28,d

    """

  private func parameters(_ run: CommandRunner.Result) throws -> [String] {
    #expect(run.status == 0, "\(run.error)")
    struct Fit: Decodable {
      struct Effect: Decodable { let parameter: String }
      let fixedEffects: [Effect]
    }
    return try run.decoded(as: Fit.self).fixedEffects.map(\.parameter)
  }

  private func fit(
    _ formula: String, _ options: [String] = [], data: String = "-"
  ) throws -> CommandRunner.Result {
    try CommandRunner.run(
      ["fit", data, "--formula", formula, "--format", "json", "--approximation", "structured"]
        + options, input: visits)
  }

  @Test func functionsAndReferences() throws {
    #expect(
      try parameters(
        fit(
          "y ~ poly(x, 2) + I(x > 3) + site + (1 | g) + offset(log(days))",
          ["--reference", "site=MS"]))
        == [
          "Intercept", "poly(x, 2)1", "poly(x, 2)2", "I(x > 3)TRUE", "siteGP", "siteXY",
        ])
    #expect(
      try parameters(fit("y ~ ns(x, 2) + relevel(site, ref = \"XY\") + (1 | g)"))
        == [
          "Intercept", "ns(x, 2)1", "ns(x, 2)2", "relevel(site, ref = \"XY\")GP",
          "relevel(site, ref = \"XY\")MS",
        ])
  }

  @Test(arguments: [
    (["--reference", "site"], "--reference is written FACTOR=LEVEL, as in --reference site=GP"),
    (
      ["--reference", "site=GP", "--reference", "site=MS"],
      "--reference gives two levels for 'site'."
    ),
  ])
  func referencesThatAreNone(options: [String], sentence: String) throws {
    let run = try fit("y ~ site + (1 | g)", options)
    #expect(run.status == 64)
    #expect(run.error.contains(sentence))
  }

  @Test func aReferenceThatIsNoLevel() throws {
    let run = try fit("y ~ site + (1 | g)", ["--reference", "site=Gp"])
    #expect(run.status == 65)
    #expect(
      run.error == "glmm-poisson: 'site' has no level 'Gp' (did you mean 'GP'?); its levels are "
        + "'GP', 'MS', 'XY'.\n")
  }

  @Test func theDotNeedsAFile() throws {
    let formula = "y ~ . + (1 | g) + offset(log(days))"
    let folder = try TemporaryFolder()
    let file = try folder.write(visits, to: "visits.csv").path
    let run = try fit(formula, data: file)
    #expect(try parameters(run) == ["Intercept", "x", "siteMS", "siteXY"])
    #expect(run.error.contains("glmm-poisson: warning: '.' stands for x, site.\n"))
    let piped = try fit(formula)
    #expect(piped.status == 66)
    #expect(piped.error.contains("'.' for all other columns needs a file, which is read twice"))
  }

  /// The references go with a fit, so that counts can be simulated from it.
  @Test func simulatedCountsHaveTheReferencesOfTheFit() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(visits, to: "visits.csv").path
    let run = try fit("y ~ site + (1 | g)", ["--reference", "site=XY"], data: data)
    let file = try folder.write(run.output, to: "fit.json").path
    let simulated = try CommandRunner.run([
      "simulate", "--like", file, "--data", data, "--seed", "1", "--replicate", "0", "--out", "-",
    ])
    #expect(simulated.status == 0, "\(simulated.error)")
    #expect(simulated.output.hasPrefix("y,site,g\n"))
  }

  /// An exposure without its logarithm: `offset(t)` with t in the thousands, and offsets of +-300.
  @Test(arguments: ["corrected", "integrated", "structured", "mean-field"])
  func offsetsThatAreNoLogs(approximation: String) throws {
    func run(_ file: String, _ formula: String) throws -> CommandRunner.Result {
      try CommandRunner.run([
        "fit", CommandRunner.reference(file).path, "--formula", formula, "--approximation",
        approximation,
      ])
    }
    let exposure = try run("offset_not_logged.csv", "y ~ x + offset(t) + (1 | g)")
    #expect(exposure.status == 65)
    #expect(exposure.output == "")
    #expect(
      exposure.error.hasSuffix(
        "offset_not_logged.csv:2: the offset t is 1005, as if the exposure were exp(1005); an "
          + "offset is the logarithm of the exposure, within -100 and 100: if t is the exposure "
          + "itself, write offset(log(t)).\n"))
    let logged = try run("offset_not_logged.csv", "y ~ x + offset(log(t)) + (1 | g)")
    #expect(logged.status == 0)
    let huge = try run("offset300.csv", "y ~ x + offset(o) + (1 | g)")
    #expect(huge.status == 65)
    #expect(huge.output == "")
    #expect(huge.error.contains("offset300.csv:2: the offset o is -300, as if the exposure"))
  }

  @Test func predictionsWithoutTheExposure() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(visits, to: "visits.csv").path
    func predict(_ options: [String]) throws -> CommandRunner.Result {
      try CommandRunner.run(
        [
          "predict", data, "--new", "-", "--formula",
          "y ~ scale(x) + (1 | g) + offset(log(days))", "--approximation", "structured",
        ] + options, input: "x,g\n2,a\n")
    }
    let counts = try predict([])
    #expect(counts.status == 65)
    #expect(
      counts.error == "glmm-poisson: The new rows have no column 'days', which the offset of the "
        + "formula needs: add it, or predict rates, for an exposure of 1, by --scale rate.\n")
    #expect(try predict(["--scale", "rate"]).status == 0)
  }
}
