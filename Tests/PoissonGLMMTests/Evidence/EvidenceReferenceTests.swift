import Foundation
import Testing

@testable import PoissonGLMM

/// q(s) from the evidence by quadrature, at the variational means that the lattice of `integrated`
/// visits, against an independent dense program (numpy/scipy) that used a grid of 41 points (19 x
/// 19) over s and 25 (13 x 13) nodes a group.
struct EvidenceReferenceTests {
  private struct Answers: Decodable {
    struct Corrected: Decodable {
      let logEvidence: Double
      let logSdMean: [Double]
      let logSdSd: [Double]
    }
    let corrected: Corrected
  }

  @Test(arguments: ReferenceData.names) func agreesWithTheReference(name: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let answer = try decoder.decode(
      Answers.self, from: Data(contentsOf: ReferenceData.url("\(name).json"))
    ).corrected
    let model = try ReferenceData(name).model()
    let maximizer = NewtonMaximizer(model, options: FitOptions(approximation: .structured))
    let structured = try maximizer.maximize()
    let fitter = LogSDEvaluator(maximizer, model: model)
    let (lattice, fits) = try LogSDLattice.fitted(
      fitter,
      mode: LogSDMode(fitter, start: structured.posterior.logSDMean, priors: model.logSDPriors))
    let evidence = try QuadratureEvidence(
      MarginalRows(model.data), fixedEffectSD: model.priors.fixedEffectSD)
    let logDensities = try fits.map { fit in
      let s = fit.logSDs
      let value = try evidence.expansion(
        fixedEffects: fit.optimum.posterior.fixedMean, logSDs: s
      ).logEvidence.get()
      return s.reduce(value) { $0 - 0.5 * $1 * $1 - 0.5 * log(2 * Double.pi) }
    }
    let logMasses = zip(logDensities, lattice.points).map { $0 + lattice.logVolume($1.index) }
    let peak = try #require(logMasses.max())
    let masses = logMasses.map { exp($0 - peak) }
    let total = masses.reduce(0, +)
    let logEvidence = peak + log(total)
    // The largest differences seen are 1.3 * 10^-4, 3 * 10^-4 SD and 0.08 %: those of the two
    // grids.
    #expect(abs(logEvidence - answer.logEvidence) < 1e-3)
    for k in model.randomNames.indices {
      let mean =
        zip(masses, fits).reduce(0) { $0 + $1.0 * $1.1.logSDs[k] } / total
      let variance =
        zip(masses, fits).reduce(0) {
          $0 + $1.0 * ($1.1.logSDs[k] - mean) * ($1.1.logSDs[k] - mean)
        } / total
      #expect(abs(mean - answer.logSdMean[k]) < 0.002 * answer.logSdSd[k])
      #expect(abs(variance.squareRoot() / answer.logSdSd[k] - 1) < 0.002)
    }
  }
}
