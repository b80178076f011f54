/// log p(y | o, phi) of a design without fixed effects, whatever its offset o: the evidence F + R,
/// with the random effects integrated out. Each thread has its own.
final class GeneralLogLikelihood {
  private let problem: GeneralProblem
  private let fit: ConditionalGaussianFit
  private let isContinued: Bool
  /// Where the last fit ended, if the next is to start there.
  private var last: DoubleStorage?

  /// So close to the optimum differences of values are exact to 1e-10.
  private static let continuedTolerance = 1e-12

  /// - Parameter isContinued: whether the values at points near each other are wanted, one after
  ///   the other and with more digits.
  /// - Throws: `FitError` if the design is beyond what can be factored.
  init(
    counts: [Double], factors: [RandomFactor], priors: Priors, family: CountFamily,
    isContinued: Bool = false
  ) throws(FitError) {
    problem = try GeneralProblem(
      DesignData(counts: counts, offset: nil, fixed: [], factors: factors, family: family),
      priors: priors, wanted: "log-likelihood")
    self.isContinued = isContinued
    fit = ConditionalGaussianFit(
      problem,
      tolerance: isContinued ? Self.continuedTolerance : ConditionalGaussianFit.tolerance)
  }

  /// - Parameters:
  ///   - offset: one number a row, in the caller's order.
  ///   - logSDs: factor after factor, as `partialCorrelations`.
  ///   - familyParameters: in the order of `CountFamily.parameters`.
  /// - Throws: `FitError` if it is not finite.
  func value(
    offset: [Double], logSDs: [Double], partialCorrelations: [Double],
    familyParameters: [Double]
  ) throws(FitError) -> Double {
    for (place, row) in problem.layout.rowOrder.enumerated() {
      problem.offset.pointer[place] = offset[row]
    }
    let phi = problem.hyperparameters(
      logSDs: logSDs, partialCorrelations: partialCorrelations, family: familyParameters)
    let monitor = try fit.maximize(at: phi, from: last, maximumIterations: 1000).monitor
    let node = fit.node(at: phi, monitor)
    if isContinued {
      let state = fit.state
      let copy = last ?? DoubleStorage(count: state.count)
      copy.copy(from: state)
      last = copy
    }
    let value = node.bound + (fit.evidenceCorrection() ?? 0)
    guard value.isFinite else {
      throw FitError("The log-likelihood at the given parameters is beyond the range of numbers.")
    }
    return value
  }
}

extension GeneralProblem {
  /// log p(y | b, phi): the evidence F + R of the model of u alone, with X b in the offset.
  /// - Throws: `FitError` if it is not finite, or the design is beyond what can be factored.
  static func logLikelihood(
    _ data: DesignData, priors: Priors, fixedEffects: [Double], logSDs: [Double],
    partialCorrelations: [Double], familyParameters: [Double]
  ) throws(FitError) -> Double {
    try GeneralLogLikelihood(
      counts: data.counts, factors: data.factors, priors: priors, family: data.family
    ).value(
      offset: data.linearPredictor(fixedEffects), logSDs: logSDs,
      partialCorrelations: partialCorrelations, familyParameters: familyParameters)
  }
}
