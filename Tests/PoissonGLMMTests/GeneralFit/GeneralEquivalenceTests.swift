import Testing

@testable import PoissonGLMM

/// Models that can be written, or fitted, in two ways.
@Suite struct GeneralEquivalenceTests {
  static let oneFactorNames = ["few_groups", "sparse_counts", "random_slopes"]

  /// One factor with independent terms by the path of its own, and by the engine for all designs.
  static func pair(
    _ name: String, _ approximation: Approximation
  ) throws -> (own: PoissonMixedModelFit, general: PoissonMixedModelFit) {
    let data = try ReferenceData(name)
    let model = try data.model()
    let design = DesignData(
      counts: data.columns["y"] ?? [], offset: data.offset, fixed: data.fixed.map(\.values),
      factors: [RandomFactor(name: "group", grouping: data.grouping, terms: data.random)])
    let options = FitOptions(approximation: approximation)
    return (
      try model.fit(options),
      try design.generalFit(options, fixedNames: model.fixedNames)
    )
  }

  /// The general engine stops where the bound may rise by 1e-7: 4e-4 SD of a hyperparameter, of
  /// which 2.7e-4 was measured, and 6e-5 SD of an effect.
  @Test(arguments: oneFactorNames, [Approximation.meanField, .structured])
  func oneFactorHasTheSameOptimum(name: String, approximation: Approximation) throws {
    let (own, general) = try Self.pair(name, approximation)
    #expect((own.evidenceLowerBound - general.evidenceLowerBound).magnitude < 1e-6)
    let departure = general.departure(from: own)
    #expect(departure.effects.mean < 1e-4, "\(departure)")
    #expect(departure.effects.sd < 1e-4, "\(departure)")
    #expect(departure.hyperparameters.mean < 4e-4, "\(departure)")
    #expect(departure.hyperparameters.sd < 2e-4, "\(departure)")
  }

  /// Two lattices over the same function.
  @Test(arguments: oneFactorNames)
  func oneFactorHasTheSameIntegral(name: String) throws {
    let (own, general) = try Self.pair(name, .integrated)
    #expect((own.evidenceLowerBound - general.evidenceLowerBound).magnitude < 1e-3)
    let departure = general.departure(from: own)
    #expect(departure.effects.mean < 0.002 && departure.effects.sd < 0.003, "\(departure)")
    #expect(
      departure.hyperparameters.mean < 0.005 && departure.hyperparameters.sd < 0.005,
      "\(departure)")
  }

  /// Two estimates of the evidence: quadrature over each group with the rest expanded, and F + R
  /// with integrals along own effects. They differ by .0012 in log p(y) and .001 SD of log SDs, on
  /// sparse counts, where v is 4 and more, by .089 and .022 SD. There the general engine's log SD
  /// is the nearer one to the exact posterior (.002 SD off for .020), and its SDs of b are 2 % too
  /// small for want of coupling between groups.
  @Test(arguments: [
    ("few_groups", 0.002, 0.001, 2e-4), ("random_slopes", 0.002, 0.002, 0.001),
    ("sparse_counts", 0.1, 0.025, 0.021),
  ])
  func oneFactorHasAboutTheSameEvidence(
    name: String, evidence: Double, means: Double, sds: Double
  ) throws {
    let (own, general) = try Self.pair(name, .corrected)
    let difference = try #require(general.logEvidence) - #require(own.logEvidence)
    #expect(difference.magnitude < evidence)
    let departure = general.departure(from: own)
    #expect(departure.effects.mean < means && departure.effects.sd < sds, "\(departure)")
    #expect(
      departure.hyperparameters.mean < means && departure.hyperparameters.sd < 0.001,
      "\(departure)")
    let exact = try ReferenceData(name).exact.logSd
    for (index, logSD) in general.logStandardDeviations.map(\.marginal).enumerated() {
      let offset = (logSD.mean - exact.mean[index]).magnitude / exact.sd[index]
      // .002 SD was measured, and .5 % of an SD: the exact ones are from importance sampling.
      #expect(offset < 0.005, "\(offset)")
      #expect((logSD.standardDeviation / exact.sd[index] - 1).magnitude < 0.007)
    }
  }

  private func frame(_ right: String, _ name: String) throws -> ModelFrame {
    let formula = try Formula("y ~ \(right)")
    let path = ReferenceData.url("General/\(name).csv").path
    return try ModelFrame(
      formula: formula, data: CSVReader.read(path: path, columns: formula.columnRequests))
  }

  @Test(arguments: [Approximation.structured, .corrected])
  func nestingIsTwoFactors(approximation: Approximation) throws {
    let options = FitOptions(approximation: approximation)
    let nested = try frame("x1 + x2 + (1 | school/class)", "nested").model().fit(options)
    let written = try frame("x1 + x2 + (1 | school) + (1 | school:class)", "nested").model().fit(
      options)
    #expect(nested.factors.map(\.factor) == ["school", "school:class"])
    #expect(nested.allMoments.means == written.allMoments.means)
    #expect(nested.allMoments.sds == written.allMoments.sds)
    #expect(nested.logEvidence == written.logEvidence)
  }

  /// `obs` numbers the rows, which is what `row` does where there is no such column.
  @Test(arguments: [Approximation.structured, .corrected])
  func aLevelForEachRowIsRowEffects(approximation: Approximation) throws {
    let options = FitOptions(approximation: approximation)
    let terms = "lbase * trt + lage + V4 + (1 | subject)"
    let numbered = try frame("\(terms) + (1 | obs)", "epilepsy_obs").model().fit(options)
    let rows = try frame("\(terms) + (1 | row)", "epilepsy_obs").model().fit(options)
    #expect(rows.factors.map(\.factor) == ["subject", "row"])
    #expect(numbered.allMoments.means == rows.allMoments.means)
    #expect(numbered.allMoments.sds == rows.allMoments.sds)
    #expect(numbered.logEvidence == rows.logEvidence)
  }

  /// Independent terms of one factor, and the same terms as two factors with the same levels: one
  /// model, whose effects come in another order.
  @Test func independentTermsAreFactorsOfTheirOwn() throws {
    let data = try ReferenceData("random_slopes")
    func fit(_ factors: [RandomFactor], _ approximation: Approximation) throws
      -> PoissonMixedModelFit
    {
      try DesignData(
        counts: data.columns["y"] ?? [], offset: data.offset, fixed: data.fixed.map(\.values),
        factors: factors
      ).generalFit(
        FitOptions(approximation: approximation), fixedNames: data.fixed.map(\.name))
    }
    let together = [RandomFactor(name: "g", grouping: data.grouping, terms: data.random)]
    let apart = data.random.map {
      RandomFactor(name: $0.name, grouping: data.grouping, terms: [$0])
    }
    for approximation in [Approximation.structured, .integrated] {
      let (one, two) = try (fit(together, approximation), fit(apart, approximation))
      #expect((one.evidenceLowerBound - two.evidenceLowerBound).magnitude < 1e-6)
      let b = MomentDeparture(two.fixedMoments, from: one.fixedMoments)
      let s = MomentDeparture(two.hyperparameterMoments, from: one.hyperparameterMoments)
      #expect(b.mean < 1e-5 && b.sd < 1e-5, "\(b)")
      #expect(s.mean < 1e-5 && s.sd < 1e-5, "\(s)")
    }
  }
}
