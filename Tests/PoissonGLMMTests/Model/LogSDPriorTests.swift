import Foundation
import Testing

@testable import PoissonGLMM

/// Densities, names and texts of the priors of standard deviations.
@Suite struct LogSDPriorTests {
  static let priors: [SDPrior] = [
    .logNormal(mean: -1, standardDeviation: 0.7), .halfNormal(scale: 0.5),
    .halfT(degreesOfFreedom: 3, scale: 1), .halfT(degreesOfFreedom: 1, scale: 0.2),
    .exponential(rate: 2), .penalizedComplexity(upper: 1, probability: 0.05),
  ]

  /// By sums over a fine grid that reaches where half-Cauchy's tail exp(-s) has 1e-15.
  @Test(arguments: priors) func densitiesIntegrateToOne(prior: SDPrior) {
    let density = LogSDPrior(prior)
    let sum = stride(from: -40.0, to: 40, by: 0.01).reduce(0) {
      $0 + 0.01 * exp(density.logDensity(at: $1))
    }
    #expect(abs(sum - 1) < 1e-10)
  }

  /// Differences of a millionth are good to 1e-8 or so.
  @Test(arguments: priors) func slopesAndCurvaturesAreDifferences(prior: SDPrior) {
    let density = LogSDPrior(prior)
    for s in stride(from: -6.0, to: 3, by: 0.7) {
      let step = 1e-5
      let slope =
        (density.logDensity(at: s + step) - density.logDensity(at: s - step)) / (2 * step)
      let curvature = (density.slope(at: s + step) - density.slope(at: s - step)) / (2 * step)
      #expect(abs(density.slope(at: s) - slope) < 1e-7 * (1 + abs(slope)))
      #expect(abs(density.curvature(at: s) - curvature) < 1e-7 * (1 + abs(curvature)))
      #expect(density.curvature(at: s) <= 0)
    }
    #expect(abs(density.slope(at: density.mode)) < 1e-12)
  }

  /// P(sigma > 1) = 0.05: the log of the tail of an exponential.
  @Test func penalizedComplexityHasItsTail() {
    guard case .exponential(let rate) = SDPrior.penalizedComplexity(upper: 2, probability: 0.05)
    else {
      Issue.record("no exponential prior")
      return
    }
    #expect(abs(exp(-rate * 2) - 0.05) < 1e-15)
  }

  @Test(arguments: priors) func farOutAllIsFiniteOrNothing(prior: SDPrior) {
    let density = LogSDPrior(prior)
    for s in [-800.0, 800] {
      #expect(!density.logDensity(at: s).isNaN && !density.slope(at: s).isNaN)
      #expect(!density.curvature(at: s).isNaN)
    }
    #expect(density.logDensity(at: -800).isFinite)
  }

  @Test(arguments: priors) func textsAreReadBack(prior: SDPrior) throws {
    #expect(try SDPrior(parsing: prior.description) == prior)
    #expect(SDPrior.halfNormal(scale: 0.5).description == "halfnormal(0.5)")
    #expect(SDPrior.halfT(degreesOfFreedom: 3, scale: 1).description == "halft(3, 1)")
  }

  @Test(arguments: [
    ("normal(0, 1)", "not 'normal(0, 1)'"), ("halfnormal", "not 'halfnormal'"),
    ("halfnormal(1, 2)", "not 'halfnormal(1, 2)'"), ("halfnormal(x)", "takes finite numbers"),
    ("halfnormal(0)", "its scale must lie between 1e-06 and 1e+06, not 0"),
    ("halft(0.5, 1)", "its degrees of freedom must lie between 1 and 1e+06, not 0.5"),
    ("exponential(-2)", "its rate must lie"), ("lognormal(20, 1)", "its mean must lie"),
    ("lognormal(0, 0)", "its standard deviation must lie"), ("pc(1, 1)", "the probability"),
    ("pc(0, 0.1)", "the probability"),
  ])
  func whatIsNoPriorIsRefused(text: String, sentence: String) {
    do {
      _ = try SDPrior(parsing: text)
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.description.contains(sentence), "\(error.description)")
    }
  }

  // MARK: Names

  private func refusal(
    _ standardDeviations: [String: SDPrior], factors: [(name: String, terms: [String])],
    approximation: Approximation = .corrected
  ) -> String {
    let rows = 12
    do {
      let model = try PoissonMixedModel(
        counts: (0..<rows).map { Double($0 % 3) }, fixed: [.intercept(rows: rows)],
        factors: factors.enumerated().map { index, factor in
          RandomFactor(
            name: factor.name,
            grouping: Grouping(labels: (0..<rows).map { "\($0 / (index + 2))" }),
            terms: factor.terms.map { name in
              DesignColumn(
                name: name,
                values: (0..<rows).map { name == "Intercept" ? 1 : Double($0 % 5) - 2 })
            })
        }, priors: Priors(standardDeviations: standardDeviations))
      _ = try model.fit(FitOptions(approximation: approximation))
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func namesThatAreNoneAreRefused() {
    let own = SDPrior.halfNormal(scale: 1)
    let site = [(name: "site", terms: ["Intercept", "x"])]
    for name in ["sd", "sd(site)", "sd(site:Intercept)", "sd(site:x)"] {
      #expect(refusal([name: own], factors: site).isEmpty)
    }
    #expect(
      refusal(["sd(sites)": own], factors: site)
        == "There is a prior for 'sd(sites)', which is no standard deviation of the model; these "
        + "are 'sd(site)', 'sd(site:x)', or 'sd' for all.")
    #expect(
      refusal(["sd(site)": own, "sd(site:Intercept)": own], factors: site).contains(
        "are the same standard deviation"))
    #expect(refusal(["sd": .halfNormal(scale: .nan)], factors: site).contains("its scale must lie"))
    #expect(refusal(["sd(site)": own], factors: []).contains("no random effects"))
    #expect(
      refusal(
        ["sd(a:b)": own],
        factors: [
          (name: "a", terms: ["Intercept", "b"]), (name: "a:b", terms: ["Intercept"]),
        ]
      ).contains("is the name of two standard deviations"))
  }

  @Test(arguments: [Approximation.structured, .meanField])
  func approximationsWithNormalPosteriorsRefuse(approximation: Approximation) {
    let site = [(name: "site", terms: ["Intercept"])]
    #expect(
      refusal(["sd": .exponential(rate: 1)], factors: site, approximation: approximation)
        .contains("need integrated or corrected"))
    // One normal prior of all is what they have.
    #expect(
      refusal(
        ["sd": .logNormal(mean: 0, standardDeviation: 2)], factors: site,
        approximation: approximation
      ).isEmpty)
  }

  @Test func aTermHasThePriorOfItsNarrowestName() {
    let priors = Priors(
      logSDSD: 3,
      standardDeviations: ["sd(site)": .halfNormal(scale: 1), "sd(farm:x)": .exponential(rate: 2)])
    let factors = [
      GroupingFactor(name: "site", levels: [], terms: ["Intercept", "x"], correlatedSets: []),
      GroupingFactor(name: "farm", levels: [], terms: ["x"], correlatedSets: []),
    ]
    #expect(
      priors.logSDPriors(of: factors).map(\.prior) == [
        .halfNormal(scale: 1), .logNormal(mean: 0, standardDeviation: 3), .exponential(rate: 2),
      ])
    var all = priors
    all.standardDeviations["sd"] = .halfNormal(scale: 9)
    #expect(all.logSDPriors(of: factors)[1].prior == .halfNormal(scale: 9))
  }
}
