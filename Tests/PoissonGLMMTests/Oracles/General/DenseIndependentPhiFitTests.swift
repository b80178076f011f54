import Testing

/// `structured` and `mean-field` against the dense program.
@Suite struct DenseIndependentPhiFitTests {
  @Test(arguments: ["nested", "crossed_sparse", "corr_slopes", "corr_one"], [false, true])
  func agreesWithTheDenseProgram(name: String, isMeanField: Bool) throws {
    let data = try GeneralReferenceData(name)
    let answer = isMeanField ? data.answers.meanField : data.answers.structured
    let fit = try #require(DenseIndependentPhiFit(data.model, isMeanField: isMeanField))
    // The same maximum found twice, each by a program that stops at a gradient of 1e-5 or less: a
    // bound is off by the square of that, parameters by up to 1e-5 of an SD.
    #expect((fit.bound - (answer.elbo ?? .nan)).magnitude < 1e-8)
    for (own, means, sds) in [
      (
        fit.effects, answer.fixedMean + answer.randomEffectsMean,
        answer.fixedSd + answer.randomEffectsSd
      ),
      (fit.hyperparameters, answer.hyperMean, answer.hyperSd),
    ] {
      #expect(own.means.count == means.count)
      for index in means.indices {
        #expect((own.means[index] - means[index]).magnitude < 1e-5 * sds[index])
        #expect((own.sds[index] / sds[index] - 1).magnitude < 1e-5)
      }
    }
  }
}
