import Testing

/// The dense fit at given hyperparameters.
@Suite struct DenseGeneralFitTests {
  /// log p(y | b, phi) is the evidence of the model of u alone, and F and F + R of that model are
  /// in the files: every kind of design, with one to three terms, at one phi each.
  @Test(arguments: [
    "nested", "crossed", "crossed_sparse", "epilepsy_obs", "corr_slopes", "corr_one", "corr_three",
  ])
  func boundAndRepairAgreeWithTheDenseProgram(name: String) throws {
    let data = try GeneralReferenceData(name)
    let integrated = data.answers.integrated
    let surface = DensePhiSurface(data.model.holdingFixedEffects(at: integrated.fixedMean))
    let point = try #require(surface.maximize(at: integrated.hyperMean))
    #expect(point.optimum.isConverged)
    let repair = try #require(surface.response(at: point)).repair
    let expected = data.answers.logLikelihoodAtIntegratedMeans
    // The same formulas in double precision: sums of some hundreds of terms of up to some hundreds.
    #expect((point.gaussian.bound - expected.bound).magnitude < 1e-9)
    #expect((point.gaussian.bound + repair - expected.closedForm).magnitude < 1e-9)
    let clusters = try #require(DenseClusterRepair(surface.model, gaussian: point.gaussian)).value
    #expect((point.gaussian.bound + clusters - expected.closedFormLocal).magnitude < 1e-9)
    // The formula's own error: .003 at most was measured, and the draws' error comes on top.
    let error = point.gaussian.bound + repair - expected.value
    #expect(error.magnitude < 0.004 + 3 * expected.mcSe)
  }

  /// At the optimum S^-1 = A' diag(e) A + Lambda and A'(y - e) = Lambda m.
  @Test(arguments: ["nested", "crossed_sparse", "corr_slopes", "corr_one"])
  func theOptimumSolvesItsEquations(name: String) throws {
    let data = try GeneralReferenceData(name)
    let surface = DensePhiSurface(data.model)
    let point = try #require(surface.maximize(at: data.answers.integrated.hyperMean))
    let gaussian = point.gaussian
    for (weight, rate) in zip(gaussian.weights, gaussian.rates) {
      #expect((weight / rate - 1).magnitude < 1e-10)
    }
    let residuals = data.model.design.transposedTimes(
      zip(data.model.counts, gaussian.rates).map(-))
    let priorPart = point.prior.precision.times(gaussian.mean)
    let variances = gaussian.covariance.diagonal
    // In units of one over the SD, which is what the slope of a log density is measured in.
    for index in variances.indices {
      let slope = (residuals[index] - priorPart[index]) * variances[index].squareRoot()
      #expect(slope.magnitude < 1e-9)
    }
  }

  /// From a start far away the same optimum is found, also without any event, where v is 5 to 15.
  @Test(arguments: [-2.0, 0, 1.5], [true, false])
  func theOptimumDoesNotDependOnTheStart(logSD: Double, hasEvents: Bool) throws {
    let data = try GeneralReferenceData("crossed_sparse").model
    let model = DenseGeneralModel(
      counts: data.counts.map { hasEvents ? $0 : 0 },
      fixed: (0..<data.fixedCount).map { column in
        (0..<data.rows).map { data.design[$0, column] }
      },
      blocks: data.blocks)
    let surface = DensePhiSurface(model)
    let cold = try #require(surface.maximize(at: [logSD, logSD]))
    let elsewhere = try #require(surface.maximize(at: [-1, 0.5]))
    let warm = try #require(surface.maximize(at: [logSD, logSD], from: elsewhere.gaussian))
    #expect(cold.optimum.isConverged && warm.optimum.isConverged)
    if !hasEvents { #expect(cold.gaussian.predictorVariances.max() ?? 0 > 4) }
    #expect((cold.gaussian.bound - warm.gaussian.bound).magnitude < 1e-10)
    for (first, second) in zip(cold.gaussian.mean, warm.gaussian.mean) {
      #expect((first - second).magnitude < 1e-8)
    }
    // Newton's steps: 8 at the most with events, 12 without.
    #expect(cold.optimum.iterations < 20)
  }

  /// The slope of F in phi with q held is the slope with q following (envelope theorem).
  @Test(arguments: ["nested", "crossed_sparse", "corr_slopes", "corr_three"])
  func theEnvelopeGradientIsTheSlopeOfTheBound(name: String) throws {
    let data = try GeneralReferenceData(name)
    let surface = DensePhiSurface(data.model)
    let point = try #require(surface.maximize(at: data.answers.integrated.hyperMean))
    let slopes = Differences.gradient(at: point.phi, step: 0.005) { phi in
      surface.maximize(at: phi, from: point.gaussian)?.gaussian.bound ?? .nan
    }
    // The formula of differences leaves 0.005^4 times a fifth derivative of up to some tens.
    for (envelope, slope) in zip(surface.gradient(at: point), slopes) {
      #expect((envelope - slope).magnitude < 1e-7)
    }
  }

  /// F's derivative in t is m, and the derivative of m is P_eff^-1: linear response.
  @Test(arguments: ["nested", "corr_slopes", "corr_one"])
  func linearResponseIsTheDerivativeOfTheMeans(name: String) throws {
    let data = try GeneralReferenceData(name)
    let surface = DensePhiSurface(data.model)
    let phi = data.answers.integrated.hyperMean
    let point = try #require(surface.maximize(at: phi))
    let covariance = try #require(surface.response(at: point)).covariance
    for index in [0, 1, data.model.fixedCount] {
      func tilted(_ amount: Double) -> DenseGeneralGaussian? {
        var tilt = [Double](repeating: 0, count: data.model.effectCount)
        tilt[index] = amount
        return surface.maximize(at: phi, tilt: tilt, from: point.gaussian)?.gaussian
      }
      let step = 1e-3 / covariance[index, index].squareRoot()
      let up = try #require(tilted(step))
      let down = try #require(tilted(-step))
      // Both sides in posterior SDs; the third derivative leaves step^2 of it.
      let scale = covariance[index, index].squareRoot()
      let slope = (up.bound - down.bound) / (2 * step)
      #expect((slope - point.gaussian.mean[index]).magnitude < 1e-6 * scale)
      for other in up.mean.indices {
        let change = (up.mean[other] - down.mean[other]) / (2 * step)
        let unit = scale * covariance[other, other].squareRoot()
        #expect((change - covariance[other, index]).magnitude < 1e-5 * unit)
      }
    }
  }

  /// A Gaussian of independent blocks, one for b and one for each factor, has SDs far too small,
  /// but its linear response returns the full Gaussian's covariance, and its evidence comes close.
  @Test(arguments: ["nested", "crossed_sparse"])
  func independentBlocksRespondAsTheFullGaussian(name: String) throws {
    let data = try GeneralReferenceData(name)
    let model = data.model
    let blocks =
      [0..<model.fixedCount]
      + model.blocks.indices.map { index in
        let levels = model.levelRanges(ofBlock: index)
        return levels[0].lowerBound..<levels[levels.count - 1].upperBound
      }
    let phi = data.answers.integrated.hyperMean
    let (full, block) = (DensePhiSurface(model), DensePhiSurface(model, blocks: blocks))
    let fullPoint = try #require(full.maximize(at: phi))
    let blockPoint = try #require(block.maximize(at: phi))
    #expect(blockPoint.gaussian.bound < fullPoint.gaussian.bound - 0.1)
    let fullResponse = try #require(full.response(at: fullPoint))
    let blockResponse = try #require(block.response(at: blockPoint))
    // .0089 below and .33 % were measured.
    let evidence = blockPoint.gaussian.bound + blockResponse.repair
    let gap = evidence - fullPoint.gaussian.bound - fullResponse.repair
    #expect(gap.magnitude < 0.01)
    for (own, other) in zip(
      blockResponse.covariance.diagonal, fullResponse.covariance.diagonal)
    {
      #expect(((own / other).squareRoot() - 1).magnitude < 0.005)
    }
  }
}
