extension GeneralProblem {
  /// log p(y | b, phi): the evidence F + R of the model of u alone, with X b in the offset.
  /// - Throws: `FitError` if it is not finite, or the design is beyond what can be factored.
  static func logLikelihood(
    _ data: DesignData, priors: Priors, fixedEffects: [Double], logSDs: [Double],
    partialCorrelations: [Double]
  ) throws(FitError) -> Double {
    var offset = data.offset
    for (column, effect) in zip(data.fixed, fixedEffects) {
      for row in offset.indices { offset[row] += effect * column[row] }
    }
    let problem = try GeneralProblem(
      DesignData(counts: data.counts, offset: offset, fixed: [], factors: data.factors),
      priors: priors, wanted: "log-likelihood")
    let fit = ConditionalGaussianFit(problem)
    let phi = problem.hyperparameters(logSDs: logSDs, partialCorrelations: partialCorrelations)
    let monitor = try fit.maximize(at: phi, from: nil, maximumIterations: 1000).monitor
    let node = fit.node(at: phi, monitor)
    let value = node.bound + (fit.evidenceCorrection() ?? 0)
    guard value.isFinite else {
      throw FitError("The log-likelihood at the given parameters is beyond the range of numbers.")
    }
    return value
  }
}
