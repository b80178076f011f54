import Testing

/// `integrated` and `corrected` on a lattice, against the files.
@Suite struct DensePhiPosteriorTests {
  /// The largest departures of means, in the given SDs, and of SDs, relative.
  private func departures(
    _ own: DensePhiPosterior.Moments, means: [Double], sds: [Double]
  ) -> (mean: Double, sd: Double) {
    var largest = (mean: 0.0, sd: 0.0)
    for index in means.indices {
      largest.mean = max(
        largest.mean, ((own.means[index] - means[index]) / sds[index]).magnitude)
      largest.sd = max(largest.sd, (own.sds[index] / sds[index] - 1).magnitude)
    }
    return largest
  }

  private func expect(
    _ own: DensePhiPosterior, near answer: GeneralReferenceData.Answer, means: Double, sds: Double
  ) {
    for (moments, answerMeans, answerSDs) in [
      (
        own.effects, answer.fixedMean + answer.randomEffectsMean,
        answer.fixedSd + answer.randomEffectsSd
      ),
      (own.hyperparameters, answer.hyperMean, answer.hyperSd),
    ] {
      #expect(moments.means.count == answerMeans.count)
      let largest = departures(moments, means: answerMeans, sds: answerSDs)
      #expect(largest.mean < means)
      #expect(largest.sd < sds)
    }
  }

  private func expect(_ own: DensePhiPosterior.Moments, near draws: GeneralReferenceData.Draws) {
    for index in draws.mean.indices {
      // Beside the draws' own error, which is three Monte Carlo SEs at the most.
      let allowance = 0.04 * draws.sd[index] + 3 * draws.mcseMean[index]
      #expect((own.means[index] - draws.mean[index]).magnitude < allowance)
      // An SD of the draws is known to .5 to .9 %.
      #expect((own.sds[index] / draws.sd[index] - 1).magnitude < 0.025)
    }
  }

  @Test(arguments: ["nested", "crossed", "crossed_sparse", "corr_slopes", "corr_one"])
  func agreesWithTheFiles(name: String) throws {
    let data = try GeneralReferenceData(name)
    let answers = data.answers
    let lattice = try #require(DensePhiLattice(DensePhiSurface(data.model)))
    let integrated = DensePhiPosterior(lattice, evidence: .bound)
    let corrected = DensePhiPosterior(lattice, evidence: .corrected)

    // Two lattices over the same function: each is good to about 1e-4, most of it in the SDs of
    // hyperparameters.
    let bound = try #require(answers.integrated.elbo)
    #expect((integrated.logEvidence - bound).magnitude < 2e-4)
    expect(integrated, near: answers.integrated, means: 0.001, sds: 0.001)
    let evidence = try #require(answers.corrected.logEvidence)
    #expect((corrected.logEvidence - evidence).magnitude < 2e-4)
    expect(corrected, near: answers.corrected, means: 0.001, sds: 0.001)
    #expect(integrated.logEvidence < corrected.logEvidence)
    let clusters = DensePhiPosterior(lattice, evidence: .clusters)
    let clusterEvidence = try #require(answers.correctedLocal.logEvidence)
    #expect((clusters.logEvidence - clusterEvidence).magnitude < 2e-4)
    expect(clusters, near: answers.correctedLocal, means: 0.001, sds: 0.001)
    for (posterior, answer) in [
      (integrated, answers.integrated), (corrected, answers.corrected),
      (clusters, answers.correctedLocal),
    ] {
      for (own, other) in zip(posterior.standardDeviations.means, answer.sdMean ?? []) {
        #expect((own / other - 1).magnitude < 1e-3)
      }
      for (own, other) in zip(posterior.correlations.means, answer.correlationMean ?? []) {
        #expect((own - other).magnitude < 1e-3)
      }
    }

    // The error of the approximation, with that of 8,192 draws at each node of the other lattice:
    // .0064 SD and .76 % are the largest measured.
    let exact = try #require(answers.importanceSampling)
    expect(corrected, near: exact, means: 0.01, sds: 0.01)
    #expect((corrected.logEvidence - (exact.logEvidence ?? .nan)).magnitude < 0.005)

    for index in 0..<data.model.fixedCount {
      let draws = answers.nuts.fixed
      let sd = draws.sd[index]
      // An end of the draws is known to .03 SD, and the mixture's are up to .09 SD off.
      let lower = corrected.quantile(0.025, ofEffect: index)
      let upper = corrected.quantile(0.975, ofEffect: index)
      #expect((lower - draws.q025[index]).magnitude < 0.1 * sd)
      #expect((upper - draws.q975[index]).magnitude < 0.1 * sd)
    }
    let (b, u) = corrected.effects.split(at: data.model.fixedCount)
    expect(b, near: answers.nuts.fixed)
    expect(u, near: answers.nuts.randomEffects)
    expect(corrected.hyperparameters, near: answers.nuts.hyper)
    if let correlation = answers.nuts.correlation {
      expect(corrected.correlations, near: correlation)
    }
  }

  /// The body-centred lattice is another rule for the same integrals. Its variance error is
  /// -4 (h - 1) (4 pi^2 / spacing^2) exp(-4 pi^2 / spacing^2), 3e-7 at 1.4 in three dimensions.
  @Test func theBodyCentredLatticeAgrees() throws {
    let data = try GeneralReferenceData("corr_one")
    let surface = DensePhiSurface(data.model)
    let lattice = try #require(DensePhiLattice(surface, isBodyCentred: true, spacing: 1.4))
    let corrected = DensePhiPosterior(lattice, evidence: .corrected)
    let evidence = try #require(data.answers.corrected.logEvidence)
    #expect((corrected.logEvidence - evidence).magnitude < 2e-4)
    expect(corrected, near: data.answers.corrected, means: 0.001, sds: 0.001)
  }

  /// With own-effect quadrature and dR/dt the log evidence and the means of b come closer to
  /// importance sampling, or stay within its error.
  @Test func completedRepairsAgreeWithImportanceSampling() throws {
    let data = try GeneralReferenceData("corr_one")
    let exact = try #require(data.answers.importanceSampling)
    let lattice = try #require(DensePhiLattice(DensePhiSurface(data.model), isCompleted: true))
    let corrected = DensePhiPosterior(lattice, evidence: .corrected)
    let completed = DensePhiPosterior(lattice, evidence: .completed)
    expect(completed, near: exact, means: 0.005, sds: 0.005)
    // The variational means of b are .0026 SD off at most, the repaired ones .0009: the draws' own
    // error is about the latter.
    func offset(_ posterior: DensePhiPosterior) -> Double {
      departures(posterior.effects, means: exact.fixedMean, sds: exact.fixedSd).mean
    }
    #expect(offset(corrected) > 0.002)
    #expect(offset(completed) < 0.0015)
    #expect(completed.logEvidence > corrected.logEvidence)
    #expect((completed.logEvidence - (exact.logEvidence ?? .nan)).magnitude < 0.004)
  }
}

extension DensePhiPosterior.Moments {
  /// The first ones and the others.
  fileprivate func split(at index: Int) -> (Self, Self) {
    (
      Self(means: Array(means[..<index]), sds: Array(sds[..<index])),
      Self(means: Array(means[index...]), sds: Array(sds[index...]))
    )
  }
}
