import Testing

@testable import PoissonGLMM

@Suite struct RandomEffectMarginalTests {
  /// Every random effect against 40,000 NUTS draws. Their 2.5 % points are uncertain by about 0.025
  /// SD each; of some 300 effects the worst may be three times as far off, and few or sparse counts
  /// make posteriors skewed for every s, which a mixture of normals over s cannot follow.
  @Test(arguments: ReferenceData.names)
  func theEndsAgreeWithNUTS(name: String) throws {
    let reference = try ReferenceData(name)
    let fit = try reference.model().fit(FitOptions(keepsRandomEffects: true))
    let draws = reference.answers.nuts.randomEffects
    // In `exposure` some groups have hardly any exposure.
    let isSkewed =
      name.hasPrefix("seed_example")
      || ["sparse_counts", "few_groups", "exposure"].contains(name)
    let tolerance = isSkewed ? 0.2 : 0.1
    var (worst, sum, count) = (0.0, 0.0, 0.0)
    for group in fit.randomEffects.groupLabels.indices {
      for term in fit.randomEffects.termNames.indices {
        let index = group * fit.randomEffects.termNames.count + term
        let marginal = try fit.randomEffectMarginal(group: group, term: term)
        let interval = marginal.interval(alpha: 0.05)
        let lower = (interval.lower - draws.q025[index]) / draws.sd[index]
        let upper = (interval.upper - draws.q975[index]) / draws.sd[index]
        worst = max(worst, lower.magnitude, upper.magnitude)
        sum += lower.magnitude + upper.magnitude
        count += 2
        // What is left out weighs 1e-4; it lies within some 10 SD.
        let sd = fit.randomEffects.standardDeviations[index]
        #expect(abs(marginal.mean - fit.randomEffects.means[index]) < 1e-3 * sd)
        #expect(abs(marginal.standardDeviation / sd - 1) < 1e-2)
      }
    }
    #expect(worst < tolerance, "\(name): \(worst)")
    #expect(sum / count < 0.5 * tolerance, "\(name): \(sum / count)")
  }

  /// Where the posterior of s is wide a normal would not do: the mixture's ends are those of the
  /// draws, the normal's are not.
  @Test func aMixtureIsNotItsNormal() throws {
    let reference = try ReferenceData("seed_example_1")
    let fit = try reference.model().fit(FitOptions(keepsRandomEffects: true))
    let marginal = try fit.randomEffectMarginal(group: 0, term: 0)
    let normal = Marginal(mean: marginal.mean, standardDeviation: marginal.standardDeviation)
    // Far out the mixture has much more probability, as heavy tails do.
    let far = marginal.mean + 4 * marginal.standardDeviation
    #expect(
      1 - marginal.cumulativeProbability(at: far) > 10 * (1 - normal.cumulativeProbability(at: far))
    )
  }

  @Test func aNormalNeedsNoMixture() throws {
    let fit = try ReferenceData("random_slopes").model().fit(
      FitOptions(approximation: .structured))
    let marginal = try fit.randomEffectMarginal(group: 2, term: 1)
    #expect(
      marginal
        == Marginal(
          mean: fit.randomEffects.means[5],
          standardDeviation: fit.randomEffects.standardDeviations[5]))
  }

  @Test func whatIsNotThereIsOneSentence() throws {
    let model = try ReferenceData("few_groups").model()
    let fit = try model.fit()
    #expect(
      throws: FitError(
        "The fit has not kept the random effects' distributions: "
          + "ask for them with FitOptions.keepsRandomEffects.")
    ) { try fit.randomEffectMarginal(group: 0, term: 0) }
    for (group, term) in [(-1, 0), (6, 0), (0, 1)] {
      #expect(
        throws: FitError(
          "There is no random effect of group \(group) and term \(term): there are 6 groups and "
            + "1 terms, counted from 0.")
      ) { try fit.randomEffectMarginal(group: group, term: term) }
    }
  }
}
