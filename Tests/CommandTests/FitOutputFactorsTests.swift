import Foundation
import PoissonGLMM
import Testing

@testable import glmm_poisson

/// What is printed of fits with several grouping factors or correlated terms.
@Suite struct FitOutputFactorsTests {
  private func output(_ made: HandMadeFit, formula: String, droppedRows: Int = 0) -> FitOutput {
    FitOutput(
      formula: formula, factorNames: made.factorNames, dataName: "pupils.csv",
      droppedRows: droppedRows, model: made.model, fit: made.fit,
      options: FitOptions(approximation: .structured), alpha: 0.05, seconds: 0)
  }

  private func schools() throws -> FitOutput {
    output(
      try HandMadeFit.schools(), formula: "y ~ x + (1 + x | school) + (1 | school:classOf)",
      droppedRows: 1)
  }

  /// exp of the means of the log SDs, and of these 1.96 SDs on either side; the correlation's own
  /// mean and SD are -0.25 and 0.125.
  @Test func theTextHasASectionForEachFactor() throws {
    let text = try schools().rendered(as: .text)
    #expect(
      text.contains(
        "\n  observations    12; levels: 3 of school, 6 of school:classOf; 1 row with a missing "
          + "value left out\n"))
    #expect(
      text.contains(
        "\n  priors          fixed effects N(0, 2^2), log standard deviations N(0, 1^2), "
          + "correlations LKJ(2)\n"))
    #expect(
      text.contains(
        """
        Random effects of school: standard deviations between 3 levels
                         SD    2.5%   97.5%  variance  mean log SD  SD log SD
          Intercept  0.6065  0.3716  0.9900    0.3679      -0.5000     0.2500
          x          0.3679  0.1381  0.9802    0.1353       -1.000     0.5000

        Correlations of the random effects of school
                          mean     SD    2.5%   97.5%
          Intercept, x  -0.250  0.125  -0.495  -0.005

        Random effects of school:classOf: standard deviations between 6 levels
                         SD     2.5%   97.5%  variance  mean log SD  SD log SD
          Intercept  0.1353  0.05079  0.3606   0.01832       -2.000     0.5000

        """), "\(text)")
  }

  @Test func theMarkdownHasThemToo() throws {
    let text = try schools().rendered(as: .markdown)
    #expect(text.contains("\n### Random effects of school: standard deviations between 3 lev"))
    #expect(
      text.contains(
        """
        ### Correlations of the random effects of school

        |  | mean | SD | 2.5% | 97.5% |
        | --- | ---: | ---: | ---: | ---: |
        | Intercept, x | -0.250 | 0.125 | -0.495 | -0.005 |
        """))
    #expect(text.contains("\n- observations: 12; levels: 3 of school, 6 of school:classOf; 1 row"))
  }

  @Test func oneFactorKeepsItsWords() throws {
    let grouping = Grouping(labels: (0..<12).map { "\($0 / 4)" })
    let made = try HandMadeFit(
      factors: [
        RandomFactor(
          name: "school", grouping: grouping,
          terms: [.intercept(rows: 12), HandMadeFit.column("x")],
          correlatedSets: [0..<2])
      ], logSDs: [(-0.5, 0.25), (-1, 0.5)], correlations: [(1, 0.5)],
      priors: Priors(correlationShape: 1.5))
    let text = try output(made, formula: "y ~ x + (1 + x | school)").rendered(as: .text)
    #expect(text.contains("\n  observations    12 in 3 groups (school)\n"))
    #expect(text.contains(", correlations LKJ(1.5)\n"))
    #expect(
      text.contains(
        """
        Random effects, standard deviations between 3 groups (school)
                         SD    2.5%   97.5%  variance  mean log SD  SD log SD
          Intercept  0.6065  0.3716  0.9900    0.3679      -0.5000     0.2500
          x          0.3679  0.1381  0.9802    0.1353       -1.000     0.5000

        Correlations of the random effects (school)
                         mean     SD   2.5%  97.5%
          Intercept, x  0.500  0.250  0.010  0.990

        """), "\(text)")
  }

  /// The keys are a contract. A factor's name is a key as it is, not in snake case.
  @Test func jsonKeys() throws {
    let text = try schools().rendered(as: .json)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["groups"] as? [String: Int] == ["school": 3, "school:classOf": 6])
    #expect(object["correlation_shape"] as? Double == 2)
    let random = try #require(object["random_effects"] as? [[String: Any]])
    #expect(random.map { $0["group"] as? String } == ["school", "school", "school:classOf"])
    #expect(random.map { $0["parameter"] as? String } == ["Intercept", "x", "Intercept"])
    let correlations = try #require(object["correlations"] as? [[String: Any]])
    #expect(correlations.count == 1)
    #expect(
      Set(correlations[0].keys) == [
        "group", "parameters", "mean", "sd", "ci_lower", "ci_upper", "atanh_mean", "atanh_sd",
      ])
    #expect(correlations[0]["group"] as? String == "school")
    #expect(correlations[0]["parameters"] as? [String] == ["Intercept", "x"])
    #expect(correlations[0]["mean"] as? Double == -0.25)
    #expect(correlations[0]["sd"] as? Double == 0.125)
    #expect(correlations[0]["atanh_mean"] as? Double == -0.5)
    #expect(correlations[0]["atanh_sd"] as? Double == 0.25)
  }

  @Test func csvRows() throws {
    let lines = try schools().rendered(as: .csv).split(separator: "\n").map(String.init)
    #expect(lines.count == 7)
    #expect(lines[3].hasPrefix("log_sd,school,Intercept,-0.5,0.25,,,"))
    #expect(lines[4].hasPrefix("log_sd,school,x,-1.0,0.5,,,"))
    #expect(lines[5].hasPrefix("log_sd,school:classOf,Intercept,-2.0,0.5,,,"))
    #expect(lines[6].hasPrefix("cor,school,\"Intercept,x\",-0.25,0.125,,,-0.49"))
    #expect(lines[6].hasSuffix(",,,"))
  }

  /// Factors in order, of each the groups in order of appearance with their terms.
  @Test func randomEffects() throws {
    let made = try HandMadeFit.schools()
    let text = try output(made, formula: "").randomEffectsCSV(made.fit)
    let lines = text.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(lines[0] == ["factor", "group", "parameter", "mean", "sd", "ci_lower", "ci_upper"])
    #expect(
      lines.dropFirst().map { $0.prefix(4).joined(separator: " ") } == [
        "school S0 Intercept 0.0", "school S0 x 0.125", "school S1 Intercept 0.25",
        "school S1 x 0.375", "school S2 Intercept 0.5", "school S2 x 0.625",
        "school:classOf S0:0 Intercept 0.75", "school:classOf S0:1 Intercept 0.875",
        "school:classOf S1:2 Intercept 1.0", "school:classOf S1:3 Intercept 1.125",
        "school:classOf S2:4 Intercept 1.25", "school:classOf S2:5 Intercept 1.375",
      ])
    // 1.96 of 0.5.
    #expect(abs((Double(lines[1][5]) ?? .nan) + 0.98) < 1e-4)
  }

  /// The log-likelihood counts the two fixed effects, three log SDs and a correlation.
  @Test func theLogLikelihoodCountsEveryParameter() throws {
    let output = try schools()
    let criteria = try #require(output.criteria)
    #expect(criteria.parameterCount == 6)
    #expect(criteria.observationCount == 12)
    #expect(criteria.logLikelihood < 0)
    #expect(output.warnings.isEmpty)
  }
}
