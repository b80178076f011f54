import Foundation
import Testing

@testable import PoissonGLMM

/// The sizes of effects without events under other priors, against fits made with these.
@Suite struct EventlessSizesTests {
  private static func data(_ name: String) throws -> FitData {
    let url = ReferenceData.url("PriorSensitivity/\(name)")
    return .text(Array(try Data(contentsOf: url)), name: name)
  }

  private func report(_ formula: String, _ settings: FitSettings) throws -> FitReport {
    try PreparedFit(
      formula: formula, data: Self.data("arm_without_events.csv"), settings: settings
    ).report(keepsRandomEffects: false)
  }

  private func settings(
    priors: Priors = Priors(), approximation: Approximation = .corrected
  ) -> FitSettings {
    var settings = FitSettings()
    settings.priors = priors
    settings.approximation = approximation
    return settings
  }

  /// The means of a fit whose effects have these priors, by name.
  private func means(
    _ report: FitReport, _ settings: FitSettings, own: [String], _ sd: Double
  ) throws -> [String: Double] {
    var priors = settings.priors
    for name in own {
      priors.coefficients[name] = NormalPrior(mean: 0, standardDeviation: sd)
    }
    let fit = try report.frame.model(priors: priors).fit(
      settings.options(keepsRandomEffects: false))
    return Dictionary(
      uniqueKeysWithValues: fit.fixedEffects.map { ($0.name, $0.marginal.mean) })
  }

  private func mean(
    of name: String, _ report: FitReport, _ settings: FitSettings, own: [String], _ sd: Double
  ) throws -> Double {
    try #require(means(report, settings, own: own, sd)[name])
  }

  private func brief(_ value: Double) -> String { DesignDiagnostics.brief(value) }

  private static let priors: [(own: Double, others: [Double])] = [
    (2, [5, 10]), (5, [10, 20]), (10, [5, 20]),
  ]

  /// A level that is not the reference has an effect of its own, and only that effect's prior is
  /// another.
  @Test(arguments: priors, Approximation.allCases)
  func aLevelsEffect(prior: (own: Double, others: [Double]), approximation: Approximation) throws {
    let settings = settings(
      priors: Priors(fixedEffectSD: prior.own), approximation: approximation)
    let report = try report("y ~ relevel(arm, ref = \"b\") + (1 | g)", settings)
    let name = report.model.fixedNames[1]
    let others = try prior.others.map {
      brief(try mean(of: name, report, settings, own: [name], $0))
    }
    let start =
      "No events in the 36 rows with arm = a: the size of its effect rests on the prior "
      + "N(0, \(brief(prior.own))^2)"
    let sentence =
      start + "; with a prior SD of \(brief(prior.others[0])) or \(brief(prior.others[1])) it "
      + "would be \(others[0]) or \(others[1]) in place of "
      + "\(brief(report.fit.fixedEffects[1].marginal.mean))."
    #expect(report.warnings.contains(sentence), "\(report.warnings)")
    #expect(report.output.warnings.contains(sentence))
    // The fit itself, which studies make by the thousand, has the sentence without the numbers.
    #expect(report.fit.warnings.contains(start + "."))
  }

  /// How low a reference is, is a matter of the intercept and of all effects that differ from it.
  /// Exact by quadrature (`one_sided_posteriors.py`): with SDs of 10 for both the intercept is
  /// -8.242, with 20 it is -13.849.
  @Test func theReference() throws {
    let settings = settings(priors: Priors(fixedEffectSD: 5))
    let report = try report("y ~ arm + (1 | g)", settings)
    let both = ["Intercept", "armb"]
    let others = try [10.0, 20].map {
      try mean(of: "Intercept", report, settings, own: both, $0)
    }
    // 0.04 of the posterior SDs 3.6 and 7.7.
    #expect(abs(others[0] + 8.242) < 0.14)
    #expect(abs(others[1] + 13.849) < 0.31)
    let end =
      "; with a prior SD of 10 or 20 for these effects the intercept would be "
      + "\(brief(others[0])) or \(brief(others[1])) in place of "
      + "\(brief(report.fit.fixedEffects[0].marginal.mean))."
    #expect(report.warnings.contains { $0.hasSuffix(end) }, "\(report.warnings)")
  }

  /// Priors of single effects do not go with standardized columns: there it is that of all.
  @Test func standardizedColumns() throws {
    var settings = settings()
    settings.standardizes = true
    let report = try report("y ~ arm + (1 | g)", settings)
    let others = try [5.0, 10].map { sd in
      settings.priors.fixedEffectSD = sd
      return brief(
        try report.frame.model(priors: settings.priors).fit(
          settings.options(keepsRandomEffects: false)
        ).fixedEffects[0].marginal.mean)
    }
    let part =
      "with a prior SD of 5 or 10 for all effects the intercept would be "
      + "\(others[0]) or \(others[1]) in place of "
    #expect(report.warnings.contains { $0.contains(part) }, "\(report.warnings)")
  }

  private func warnings(_ text: String, _ formula: String) throws -> [String] {
    var settings = FitSettings()
    settings.approximation = .structured
    return try PreparedFit(
      formula: formula, data: .text(Array(text.utf8), name: "d"), settings: settings
    ).report(keepsRandomEffects: false).warnings
  }

  /// A cell of an interaction has the effect of its product, at a level that is no reference.
  @Test func aCellsEffect() throws {
    let rows = (0..<32).map { row in
      let (a, b) = (row % 2, row / 2 % 2)
      return "\(a == 1 && b == 1 ? 0 : 1 + row % 3),a\(a),b\(b),g\(row % 5)\n"
    }
    let found = try warnings("y,a,b,g\n" + rows.joined(), "y ~ a * b + (1 | g)")
    #expect(
      found.contains {
        $0.hasPrefix("No events in the 8 rows with a = a1 and b = b1: the size of its effect")
          && $0.contains("with a prior SD of 5 or 10 it would be -")
      }, "\(found)")
    // At the reference of one of them two effects go together.
    let other = (0..<32).map { row in
      let (a, b) = (row % 2, row / 2 % 2)
      return "\(a == 0 && b == 1 ? 0 : 1 + row % 3),a\(a),b\(b),g\(row % 5)\n"
    }
    let two = try warnings("y,a,b,g\n" + other.joined(), "y ~ a * b + (1 | g)")
    #expect(
      two.contains { $0.contains("with a prior SD of 5 or 10 for these effects 'bb1' would be -") },
      "\(two)")
  }

  /// Where fits are dear the sentence stands without numbers.
  @Test func manyEffectsAreNotFittedAgain() throws {
    let rows = (0..<320).map { row in
      "\(row % 32 == 7 ? 0 : 1 + row % 3),a\(row % 32),g\(row / 32)\n"
    }
    let found = try warnings("y,a,g\n" + rows.joined(), "y ~ a + (1 | g)")
    #expect(
      found == [
        "No events in the 10 rows with a = a7: the size of its effect rests on the prior N(0, 2^2)."
      ])
  }

  /// A column of dates has one warning, and no more for each of its days.
  @Test func datesAreToldOnce() throws {
    let rows = (10...28).map { "\($0 % 9 == 0 ? 0 : 1 + $0 % 4),2023-01-\($0),g\($0 % 6)\n" }
    let found = try warnings("y,day,g\n" + rows.joined(), "y ~ day + (1 | g)")
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.hasPrefix("Column 'day' holds dates") == true)
  }
}
