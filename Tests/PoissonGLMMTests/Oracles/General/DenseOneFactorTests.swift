import Foundation
import Testing

/// With one factor and independent terms the general model is the one that the package fits: the
/// dense program's answers for it, from another grid and other code.
@Suite struct DenseOneFactorTests {
  private func model(_ data: ReferenceData) -> DenseGeneralModel {
    DenseGeneralModel(
      counts: data.columns["y"]!, offset: data.offset, fixed: data.fixed.map(\.values),
      blocks: [
        .init(
          codes: data.grouping.groupOfRow, terms: data.random.map(\.values), isCorrelated: false)
      ])
  }

  private func expect(
    _ means: [Double], _ sds: [Double], near answerMeans: [Double], _ answerSDs: [Double],
    tolerance: Double
  ) {
    #expect(means.count == answerMeans.count)
    for index in means.indices {
      #expect(
        (means[index] - answerMeans[index]).magnitude < tolerance * answerSDs[index])
      #expect((sds[index] / answerSDs[index] - 1).magnitude < tolerance)
    }
  }

  /// One and two terms, an offset, six groups to twenty-five, and the hardest counts.
  @Test(arguments: ["few_groups", "random_slopes", "exposure", "sparse_counts"])
  func agreesWithTheAnswersForOneFactor(name: String) throws {
    let data = try ReferenceData(name)
    let model = model(data)
    for isMeanField in [true, false] {
      let answer = isMeanField ? data.answers.meanField : data.answers.structured
      let fit = try #require(DenseIndependentPhiFit(model, isMeanField: isMeanField))
      #expect((fit.bound - answer.elbo!).magnitude < 1e-8)
      // Both programs stop at a small gradient.
      expect(
        fit.effects.means, fit.effects.sds, near: answer.fixedMean + answer.randomEffectsMean,
        answer.fixedSd + answer.randomEffectsSd, tolerance: 1e-5)
      expect(
        fit.hyperparameters.means, fit.hyperparameters.sds, near: answer.logSdMean,
        answer.logSdSd, tolerance: 1e-5)
    }
    // Half the spacing of a lattice in several dimensions costs little in one or two.
    let lattice = try #require(
      DensePhiLattice(DensePhiSurface(model), spacing: data.random.count == 1 ? 0.5 : 1))
    let integrated = DensePhiPosterior(lattice, evidence: .bound)
    let answer = data.answers.integrated
    #expect((integrated.logEvidence - answer.elbo!).magnitude < 5e-4)
    expect(
      integrated.effects.means, integrated.effects.sds,
      near: answer.fixedMean + answer.randomEffectsMean, answer.fixedSd + answer.randomEffectsSd,
      tolerance: 0.002)
    expect(
      integrated.hyperparameters.means, integrated.hyperparameters.sds, near: answer.logSdMean,
      answer.logSdSd, tolerance: 0.002)
    // `corrected` of these files has its evidence by quadrature over each group: another
    // approximation to the same integral.
    let corrected = DensePhiPosterior(lattice, evidence: .corrected)
    let quadrature = data.answers.corrected
    #expect((corrected.logEvidence - quadrature.logEvidence!).magnitude < 0.1)
    expect(
      corrected.effects.means, corrected.effects.sds,
      near: quadrature.fixedMean + quadrature.randomEffectsMean,
      quadrature.fixedSd + quadrature.randomEffectsSd, tolerance: 0.02)
    expect(
      corrected.hyperparameters.means, corrected.hyperparameters.sds, near: quadrature.logSdMean,
      quadrature.logSdSd, tolerance: 0.03)
  }
}
