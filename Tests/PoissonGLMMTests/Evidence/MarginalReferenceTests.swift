import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// The marginal log-likelihood against an independent dense program (numpy/scipy), adaptive
/// Gauss-Hermite with 61 points (31 x 31 for two terms), at the posterior means of the `integrated`
/// approximation.
struct MarginalReferenceTests {
  private struct Answers: Decodable {
    struct Means: Decodable {
      let fixedMean: [Double]
      let logSdMean: [Double]
    }
    let integrated: Means
    let logLikelihoodAtIntegratedMeans: Double
  }

  private func answers(_ name: String) throws -> Answers {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      Answers.self, from: Data(contentsOf: ReferenceData.url("\(name).json")))
  }

  /// The largest differences seen are 3 * 10^-12 with one term and 1.2 * 10^-8 with two.
  @Test(arguments: ReferenceData.names) func agreesWithTheReference(name: String) throws {
    let answers = try answers(name)
    let model = try ReferenceData(name).model()
    let criteria = try model.informationCriteria(
      fixedEffects: answers.integrated.fixedMean,
      logStandardDeviations: answers.integrated.logSdMean)
    let tolerance = model.randomNames.count == 1 ? 1e-10 : 1e-7
    #expect(abs(criteria.logLikelihood - answers.logLikelihoodAtIntegratedMeans) < tolerance)
    #expect(criteria.observationCount == model.rowCount)
    #expect(criteria.parameterCount == model.fixedNames.count + model.randomNames.count)
  }

  /// The maximum over the parameters on the epilepsy data. Published maximum likelihood by adaptive
  /// quadrature gives -665.29, to the two digits it is printed with.
  @Test func theMaximumOnTheEpilepsyDataIsThePublishedOne() throws {
    let model = try ReferenceData("epilepsy").model()
    let likelihood = try MarginalLogLikelihood(MarginalRows(model.data))
    func deviance(_ point: [Double]) -> Double {
      -likelihood.value(fixedEffects: Array(point.dropLast()), logSDs: Array(point.suffix(1)))
    }
    let minimum = try BFGSMinimizer.minimize(
      from: [1.8, 0.9, -0.3, 0.5, -0.2, 0.3, -0.7], gradientTolerance: 1e-3
    ) { point, gradient in
      for index in point.indices {
        var (below, above) = (point, point)
        below[index] -= 1e-5
        above[index] += 1e-5
        gradient[index] = (deviance(above) - deviance(below)) / 2e-5
      }
      return deviance(point)
    }
    #expect(minimum.reason == .gradientTolerance)
    #expect(abs(-minimum.value - -665.29) < 0.005)
  }
}
