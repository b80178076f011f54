import Foundation
import Testing

@testable import PoissonGLMM

/// Posteriors under priors of standard deviations, against sums over grids by
/// `Reference/SDPriors/sd_priors.py`.
@Suite struct SDPriorTests {
  struct Summary: Decodable {
    let mean, sd, q025, q975: Double

    /// Whether a distribution has these means and SDs, to 0.01 SD and 1 %, and these ends of its
    /// interval.
    func expect(_ marginal: Marginal, ends: Double, _ name: Comment) {
      #expect(abs(marginal.mean - mean) < 0.01 * sd, name)
      #expect(abs(marginal.standardDeviation / sd - 1) < 0.01, name)
      let interval = marginal.interval(alpha: 0.05)
      #expect(abs(interval.lower - q025) < ends * sd, name)
      #expect(abs(interval.upper - q975) < ends * sd, name)
    }
  }

  struct OneFactor: Decodable {
    let data: String
    let rows: Int
    let y: [Double]
    let prior: String
    let intercept: Summary
    let logSd: [Summary]
    let logEvidence: Double

    func model(_ priors: Priors) throws -> PoissonMixedModel {
      let grouping = Grouping(labels: y.indices.map { "\($0 / rows)" })
      return try PoissonMixedModel(
        counts: y, fixed: [.intercept(rows: y.count)],
        factors: [
          RandomFactor(name: "g", grouping: grouping, terms: [.intercept(rows: y.count)])
        ], priors: priors)
    }
  }

  struct TwoFactors: Decodable {
    let y: [Double]
    let priors: [String: String]
    let intercept: Summary
    let logSd: [Summary]
    let logEvidence: Double

    /// Eight schools of three classes of three rows.
    func model(_ priors: Priors) throws -> PoissonMixedModel {
      let schools = Grouping(labels: y.indices.map { "\($0 / 9)" })
      let classes = Grouping(labels: y.indices.map { "\($0 / 9):\($0 / 3)" })
      let ones = DesignColumn.intercept(rows: y.count)
      return try PoissonMixedModel(
        counts: y, fixed: [ones],
        factors: [
          RandomFactor(name: "school", grouping: schools, terms: [ones]),
          RandomFactor(name: "school:class", grouping: classes, terms: [ones]),
        ], priors: priors)
    }
  }

  private struct Answers: Decodable {
    let one: [OneFactor]
    let two: [TwoFactors]
  }

  private static let answers: Answers = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode(
        Answers.self,
        from: Data(contentsOf: ReferenceData.url("SDPriors/sd_priors.json")))
    } catch { fatalError("\(error)") }
  }()

  /// Every prior, with groups that differ and with groups that are all the same, whose SD nothing
  /// but the prior keeps from 0. Ends of intervals as README has them, within 0.03 SD; the log
  /// evidence within what a posterior SD is known to, 1 %.
  @Test(arguments: answers.one.indices) func oneFactor(index: Int) throws {
    let answer = Self.answers.one[index]
    let name = Comment(rawValue: "\(answer.data), \(answer.prior)")
    let model = try answer.model(
      Priors(standardDeviations: ["sd(g)": SDPrior(parsing: answer.prior)]))
    let fit = try model.fit()
    #expect(fit.optimization.converged, name)
    answer.intercept.expect(fit.fixedEffects[0].marginal, ends: 0.03, name)
    answer.logSd[0].expect(fit.logStandardDeviations[0].marginal, ends: 0.03, name)
    #expect(abs(try #require(fit.logEvidence) - answer.logEvidence) < 0.01, name)
    #expect(fit.evidenceLowerBound < answer.logEvidence + 0.01, name)
  }

  /// The same data by the engine of several factors: a second set of terms that is correlated has
  /// no part here, the factor is handed over as a design.
  @Test(arguments: answers.one.indices) func oneFactorByTheGeneralEngine(index: Int) throws {
    let answer = Self.answers.one[index]
    let name = Comment(rawValue: "\(answer.data), \(answer.prior)")
    let grouping = Grouping(labels: answer.y.indices.map { "\($0 / answer.rows)" })
    let ones = DesignColumn.intercept(rows: answer.y.count)
    let design = DesignData(
      counts: answer.y, offset: nil, fixed: [ones.values],
      factors: [RandomFactor(name: "g", grouping: grouping, terms: [ones])])
    let posterior = try GeneralFit(
      design, priors: Priors(standardDeviations: ["sd(g)": SDPrior(parsing: answer.prior)]),
      options: FitOptions()
    ).approximated(nil).posterior
    answer.logSd[0].expect(posterior.logSDs[0], ends: 0.03, name)
    #expect(
      abs(posterior.fixedMean[0] - answer.intercept.mean) < 0.01 * answer.intercept.sd, name)
  }

  @Test(arguments: answers.two.indices) func twoFactors(index: Int) throws {
    let answer = Self.answers.two[index]
    let name = Comment(rawValue: "\(answer.priors)")
    let priors = Priors(standardDeviations: try answer.priors.mapValues(SDPrior.init(parsing:)))
    let fit = try answer.model(priors).fit()
    #expect(fit.optimization.converged, name)
    answer.intercept.expect(fit.fixedEffects[0].marginal, ends: 0.03, name)
    for (own, exact) in zip(fit.logStandardDeviations, answer.logSd) {
      exact.expect(own.marginal, ends: 0.03, name)
    }
    #expect(abs(try #require(fit.logEvidence) - answer.logEvidence) < 0.02, name)
  }

  /// N(0, 1) of all log SDs, given as their own, is the default to the last bit.
  @Test(arguments: Approximation.allCases) func theDefaultAsAPriorOfItsOwn(
    approximation: Approximation
  ) throws {
    let options = FitOptions(approximation: approximation)
    let normal = SDPrior.logNormal(mean: 0, standardDeviation: 1)
    let one = Self.answers.one[0]
    let two = Self.answers.two[0]
    let pairs = [
      (
        try one.model(Priors()).fit(options),
        try one.model(Priors(standardDeviations: ["sd(g)": normal])).fit(options)
      ),
      (
        try two.model(Priors()).fit(options),
        try two.model(Priors(standardDeviations: ["sd": normal])).fit(options)
      ),
    ]
    for (plain, own) in pairs {
      #expect(plain.evidenceLowerBound == own.evidenceLowerBound)
      for (a, b) in zip(
        plain.fixedEffects + plain.logStandardDeviations,
        own.fixedEffects + own.logStandardDeviations)
      {
        #expect(a.marginal.mean == b.marginal.mean)
        #expect(a.marginal.standardDeviation == b.marginal.standardDeviation)
      }
    }
  }

  /// One prior by three of its names, and the means of a lognormal by the units of the column.
  @Test func aLognormalMeanIsAScaleOfTheColumn() throws {
    let answer = Self.answers.one[0]
    let rows = answer.y.count
    func fit(_ scale: Double, _ prior: (name: String, SDPrior)) throws -> PoissonMixedModelFit {
      let grouping = Grouping(labels: (0..<rows).map { "\($0 / answer.rows)" })
      let column = DesignColumn(name: "z", values: Array(repeating: scale, count: rows))
      return try PoissonMixedModel(
        counts: answer.y, fixed: [.intercept(rows: rows)],
        factors: [RandomFactor(name: "g", grouping: grouping, terms: [column])],
        priors: Priors(standardDeviations: [prior.name: prior.1])
      ).fit()
    }
    // z u with z = exp(-1): its SD is exp(-1) that of u.
    let moved = try fit(1, ("sd(g)", .logNormal(mean: -1, standardDeviation: 0.7)))
    let scaled = try fit(exp(-1), ("sd(g:z)", .logNormal(mean: 0, standardDeviation: 0.7)))
    let (a, b) = (
      moved.logStandardDeviations[0].marginal, scaled.logStandardDeviations[0].marginal
    )
    // Both are lattices about modes that need not be exact.
    #expect(abs(a.mean - (b.mean - 1)) < 1e-3 * b.standardDeviation)
    #expect(abs(a.standardDeviation / b.standardDeviation - 1) < 1e-3)
  }

  /// Tiny and huge scales, and counts without any event, leave finite numbers.
  @Test(
    arguments: [
      "halfnormal(1e-6)", "halfnormal(1e6)", "halft(1, 1e-6)", "halft(1, 1e6)", "exponential(1e6)",
      "exponential(1e-6)", "lognormal(-13, 1e-6)", "lognormal(13, 0.1)", "halft(1e6, 0.5)",
    ], [false, true])
  func extremePriorsAreFitted(prior: String, hasEvents: Bool) throws {
    var answer = Self.answers.one[0]
    if !hasEvents {
      answer = OneFactor(
        data: "none", rows: 4, y: answer.y.map { _ in 0 }, prior: prior,
        intercept: answer.intercept, logSd: answer.logSd, logEvidence: 0)
    }
    for approximation in [Approximation.integrated, .corrected] {
      let model = try answer.model(
        Priors(standardDeviations: ["sd(g)": SDPrior(parsing: prior)]))
      do {
        let fit = try model.fit(FitOptions(approximation: approximation))
        let marginal = fit.logStandardDeviations[0].marginal
        #expect(marginal.mean.isFinite && marginal.standardDeviation > 0)
        #expect(fit.fixedEffects[0].marginal.mean.isFinite)
      } catch {
        // A sentence is an answer too.
        #expect(!error.description.isEmpty)
      }
    }
  }

  /// Raised to a power a prior of sigma is exponential(power rate) or halfnormal(scale /
  /// sqrt(power)): against fits under these.
  @Test(arguments: [false, true]) func sensitivitiesAreThoseOfPowersOfTheDensity(
    isExponential: Bool
  ) throws {
    let answer = Self.answers.one[0]
    func fit(_ power: Double) throws -> PoissonMixedModelFit {
      let prior: SDPrior =
        isExponential
        ? .exponential(rate: 2 * power) : .halfNormal(scale: 0.5 / power.squareRoot())
      return try answer.model(
        Priors(fixedEffectSD: 2 / power.squareRoot(), standardDeviations: ["sd": prior])
      ).fit()
    }
    try PowerScaledDistance.expectSensitivities(ofPowers: fit)
  }
}
