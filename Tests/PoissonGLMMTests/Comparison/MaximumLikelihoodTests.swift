import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// The largest log-likelihoods against lme4, glmmTMB and glm; see
/// `Reference/maximum_likelihood.R`.
@Suite struct MaximumLikelihoodTests {
  struct Case: Decodable, CustomTestStringConvertible {
    let name: String
    let file: String
    let formula: String
    let program: String
    let logLikelihood: Double
    let parameters: Int
    let fixed: [Double]
    let sds: [Double]

    var testDescription: String { name }

    func fitted(_ priors: Priors = Priors()) throws -> MaximumLikelihood {
      let formula = try Formula(formula)
      let table = try CSVReader.read(
        path: ReferenceData.url(file).path, columns: formula.columnRequests)
      let model = try ModelFrame(formula: formula, data: table).model(priors: priors)
      return try model.maximumLikelihood(from: model.fit())
    }
  }

  static let all: [Case] = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let data = try? Data(contentsOf: ReferenceData.url("maximum_likelihood.json")),
      let cases = try? decoder.decode([Case].self, from: data)
    else { return [] }
    return cases
  }()

  @Test func thereAreCases() {
    #expect(Self.all.count == 16)
    // The likelihood of two has its maximum at an SD of 0.
    #expect(Self.all.count { $0.sds == [0] } == 2)
  }

  /// lme4 ends within 1e-5 of the maximum, where its effects are within 1e-3 of an SD of the right
  /// ones; glm ends at it.
  @Test(arguments: all.filter { $0.program != "glmmTMB" })
  func itIsThatOfQuadrature(_ exact: Case) throws {
    let found = try exact.fitted()
    #expect(found.converged)
    #expect((found.criteria.logLikelihood - exact.logLikelihood).magnitude < 5e-5)
    #expect(found.criteria.logLikelihood > exact.logLikelihood - 1e-6)
    #expect(found.criteria.parameterCount == exact.parameters)
    #expect(found.fixedEffects.count == exact.fixed.count)
    for (own, other) in zip(found.fixedEffects, exact.fixed) {
      #expect((own - other).magnitude < 3e-3)
    }
    #expect(found.standardDeviations.count == exact.sds.count)
    for (own, other) in zip(found.standardDeviations, exact.sds) {
      #expect((own - other).magnitude < 2e-3)
    }
  }

  /// Priors are where the search begins, and no more.
  @Test func priorsDoNotMatter() throws {
    let exact = try #require(Self.all.first { $0.name == "few_groups" })
    let found = try exact.fitted(Priors(fixedEffectSD: 0.5, logSDSD: 0.3))
    #expect((found.criteria.logLikelihood - exact.logLikelihood).magnitude < 5e-5)
  }

  /// A level without events: the supremum, which is the likelihood of the other rows.
  @Test func anEffectWithoutAMaximumGoesAsFarAsItMatters() throws {
    let counts: [Double] = [3, 1, 4, 1, 5, 0, 0, 0]
    let model = try PoissonMixedModel(
      counts: counts,
      fixed: [
        .intercept(rows: 8),
        DesignColumn(name: "b", values: counts.indices.map { $0 < 5 ? 0 : 1 }),
      ], factors: [])
    let found = try model.maximumLikelihood(from: model.fit())
    let rate = 14.0 / 5
    let expected = counts.prefix(5).reduce(0) { $0 + $1 * log(rate) - rate - lgamma($1 + 1) }
    // The search ends where 1e-7 is left to gain.
    #expect((found.criteria.logLikelihood - expected).magnitude < 1e-6)
    #expect(found.converged)
    #expect(found.fixedEffects[1] < -10)
  }

  /// exp(-x) and a parabola at an angle, with the maximum (1, 0).
  @Test func theAscentFindsAMaximum() throws {
    let ascent = try QuasiNewtonAscent(from: [-2, 3]) { x in
      let (u, v) = (x[0] - 1 + 0.5 * x[1], x[1])
      return -(exp(u) - u) - 0.7 * v * v
    }
    #expect(ascent.converged)
    #expect((ascent.position[0] - 1).magnitude < 1e-3)
    #expect(ascent.position[1].magnitude < 1e-3)
    #expect((ascent.value + 1).magnitude < 1e-7)
    let none = try QuasiNewtonAscent(from: [0]) { _ in .nan }
    #expect(!none.converged)
  }

  /// L L' of the roots is the covariance of the hyperparameters that follow from them, also where
  /// columns have changed their sign, and the way there and back is none.
  @Test func rootsAreThoseOfTheCovariances() throws {
    let factor = GroupingFactor(
      name: "g", levels: ["1"], terms: ["a", "b", "c", "d"], correlatedSets: [0..<3, 3..<4])
    let roots = CovarianceRoots([factor])
    #expect(roots.count == 7)
    #expect(roots.terms == [0, 1, 1, 2, 2, 2, 3])
    let (sds, partials) = ([0.5, 2, 0.1, 3], [0.4, -1.2, 0.7])
    let values = roots.roots(standardDeviations: sds, partialCorrelations: partials)
    let back = roots.hyperparameters(of: values)
    for (own, sd) in zip(back.logSDs, sds) { #expect((own - log(sd)).magnitude < 1e-12) }
    for (own, z) in zip(back.partialCorrelations, partials) {
      #expect((own - z).magnitude < 1e-12)
    }
    var turned = values
    // The second column of the first set.
    turned[2] *= -1
    turned[4] *= -1
    let structure = CovarianceStructure(setSizes: [3, 1])
    let (logSDs, z) = roots.hyperparameters(of: turned)
    let sigma = HyperparameterLayout([structure]).covariances(
      at: Array(logSDs[0..<3]) + z + [logSDs[3]])[0]
    var rows = [[turned[0], 0, 0], [turned[1], turned[2], 0], Array(turned[3..<6])]
    rows = rows.map { $0 + [0] } + [[0, 0, 0, turned[6]]]
    for i in 0..<4 {
      for j in 0..<4 {
        let product = zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 }
        #expect((sigma[i, j] - product).magnitude < 1e-12)
      }
    }
  }

  /// Zeros and correlations of 1 are numbers too.
  @Test func singularRootsAreFinite() {
    let factor = GroupingFactor(
      name: "g", levels: ["1"], terms: ["a", "b"], correlatedSets: [0..<2])
    let roots = CovarianceRoots([factor])
    for values in [[0.0, 0, 0], [1, 2, 0], [0, 1, 0], [1e-200, 1e-200, 0]] {
      let (logSDs, partials) = roots.hyperparameters(of: values)
      #expect(logSDs.allSatisfy(\.isFinite) && partials.allSatisfy(\.isFinite))
    }
    #expect(roots.hyperparameters(of: [1, 2, 0]).partialCorrelations[0] == 8)
  }

  /// An equal mixture of chi-squared with one degree of freedom less and with all: the tails of one
  /// and two degrees are erfc(sqrt(x / 2)) and exp(-x / 2).
  @Test func testsAtTheBoundaryAreMixtures() throws {
    func criteria(_ value: Double, _ count: Int) -> InformationCriteria {
      InformationCriteria(logLikelihood: value, parameterCount: count, observationCount: 50)
    }
    let one = try #require(
      LikelihoodRatioTest(
        of: criteria(-100, 3), in: criteria(-98.5, 4), standardDeviationCount: 1))
    let tail = erfc(1.5.squareRoot())
    #expect((one.p - tail).magnitude < 1e-12)
    #expect((try #require(one.boundaryP) - 0.5 * tail).magnitude < 1e-12)
    // A slope with its correlation.
    let two = try #require(
      LikelihoodRatioTest(
        of: criteria(-100, 3), in: criteria(-98.5, 5), standardDeviationCount: 1))
    #expect((try #require(two.boundaryP) - 0.5 * (tail + exp(-1.5))).magnitude < 1e-12)
    let none = try #require(
      LikelihoodRatioTest(of: criteria(-100, 3), in: criteria(-100, 4), standardDeviationCount: 1))
    #expect(none.boundaryP == 1)
    let rounded = try #require(
      LikelihoodRatioTest(of: criteria(-100, 3), in: criteria(-100 - 1e-7, 4)))
    #expect(rounded.statistic == 0 && rounded.p == 1)
    let several = try #require(
      LikelihoodRatioTest(of: criteria(-100, 3), in: criteria(-98, 5), standardDeviationCount: 2))
    #expect(several.boundaryP == nil)
    #expect(
      try #require(LikelihoodRatioTest(of: criteria(-100, 3), in: criteria(-98, 5))).boundaryP
        == nil)
  }
}

extension MaximumLikelihoodTests {
  /// Laplace's approximation is too low where counts are small: by up to 0.6 with an effect for
  /// each of 403 rows of grouse ticks, and too high by 0.02 with correlated slopes. Its estimates
  /// are near: within 0.01 and, of SDs, 0.03.
  @Test(arguments: all.filter { $0.program == "glmmTMB" })
  func itIsNearLaplaces(_ other: Case) throws {
    let found = try other.fitted()
    #expect(found.converged)
    #expect(found.criteria.logLikelihood > other.logLikelihood - 0.02)
    #expect(found.criteria.logLikelihood < other.logLikelihood + 0.6)
    #expect(found.criteria.parameterCount == other.parameters)
    for (own, value) in zip(found.fixedEffects, other.fixed) {
      #expect((own - value).magnitude < 0.01)
    }
    // Nested factors come in another order.
    for (own, value) in zip(found.standardDeviations.sorted(), other.sds.sorted()) {
      #expect((own - value).magnitude < 0.03)
    }
  }
}
