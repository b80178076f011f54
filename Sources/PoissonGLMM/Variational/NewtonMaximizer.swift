import Foundation

/// Maximizes the evidence bound of the mean-field or the structured approximation.
///
/// Both are Newton's method with an inflated rate: with P = A' diag(e) A + prior precisions, a step of length rho is
///
///     m <- m + rho P^-1 grad_m      S^-1 <- (1 - rho) S^-1 + rho P        (its diagonal alone in mean-field)
///
/// q(s) is at its optimum given (m, S) at all times, so that the bound is a function of (m, S) alone. The prior precisions
/// E exp(-2 s) under which a step is taken are extrapolated to where the alternation between (b, u) and s is heading.
/// A step that would lower the bound is retried without extrapolation, then halved.
final class NewtonMaximizer {
  private let data: ModelData
  private let priors: Priors
  private let approximation: Approximation
  private let maximumIterations: Int
  private let fixedPrecision: Double

  private let factorization: ArrowFactorization
  private var posterior: GaussianPosterior
  private var expectations: Expectations
  private var trial: GaussianPosterior
  private var trialExpectations: Expectations
  private var current = Evaluation()

  private let randomStep: DoubleStorage
  private let fixedStep: DoubleStorage
  /// Variances under mean-field; empty in structured.
  private let randomVariance: DoubleStorage
  private let fixedVariance: DoubleStorage

  /// What the bound is at some (m, S), with q(s) at its optimum there.
  private struct Evaluation {
    var bound = -Double.infinity
    /// The rounding error that `bound` may carry.
    var roundingError = 0.0
    var logSDs: [LogSDPosterior] = []
    var fixedVariances: [Double] = []
  }

  /// A fit ends when the square length of its last step, in posterior SDs, is below this. Convergence is linear, at a
  /// rate seldom above 1/2, so that what is left is of the same size: 1e-8 of an SD.
  private static let tolerance = 1e-16
  /// Steps shorter than this that do not improve the bound end a fit at the limit of double precision.
  private static let nearlyConverged = 1e-8
  private static let halvings = 30

  init(_ model: PoissonMixedModel, options: FitOptions) {
    data = model.data
    priors = model.priors
    approximation = options.approximation
    maximumIterations = options.maximumIterations
    fixedPrecision = 1 / (priors.fixedEffectSD * priors.fixedEffectSD)
    let shape = data.shape
    let chunks = GroupChunks(groupStarts: data.groupStarts, threads: options.threads)
    factorization = ArrowFactorization(shape, chunks: chunks)
    posterior = GaussianPosterior(shape)
    expectations = Expectations(data, chunks: chunks)
    trial = GaussianPosterior(shape)
    trialExpectations = Expectations(data, chunks: chunks)
    randomStep = DoubleStorage(count: shape.randomEffectCount)
    fixedStep = DoubleStorage(count: shape.fixedCount)
    let isDiagonal = approximation == .meanField
    randomVariance = DoubleStorage(count: isDiagonal ? shape.randomEffectCount : 0)
    fixedVariance = DoubleStorage(count: isDiagonal ? shape.fixedCount : 0)
  }

  /// Runs to the optimum, or to the reason why not.
  func maximize() throws(FitError) -> VariationalOptimum {
    try start()
    var bounds = [current.bound]
    var reason: StopReason?
    var shortest = Double.infinity
    var stagnation = 0
    while reason == nil && bounds.count <= maximumIterations {
      let previous = current
      guard let length = step() else {
        reason = shortest < Self.nearlyConverged ? .precisionLimit : .stalled
        break
      }
      bounds.append(current.bound)
      // At the limit of precision steps no longer get shorter and the bound no longer rises.
      let rises = current.bound > previous.bound + current.roundingError
      stagnation = rises || length < shortest ? 0 : stagnation + 1
      shortest = min(shortest, length)
      if length < Self.tolerance {
        reason = .converged
      } else if stagnation == 8 && shortest < Self.nearlyConverged {
        reason = .precisionLimit
      }
    }
    return optimum(OptimizationSummary(bounds: bounds, stopReason: reason ?? .iterationLimit))
  }

  // MARK: Start

  /// A weighted least-squares fit to the log counts, with unit variance for every random term.
  private func start() throws(FitError) {
    expectations.startFromLogCounts()
    factorization.factor(
      expectations.gram, termPrecisions: trial.termPrecisions, fixedPrecision: fixedPrecision)
    trial.randomMean.copy(from: expectations.randomResidual)
    trial.fixedMean.copy(from: expectations.fixedResidual)
    factorization.solve(randomSide: trial.randomMean, fixedSide: trial.fixedMean)
    // A start that overflows is drawn towards the prior mean.
    for _ in 0..<Self.halvings {
      let evaluation = evaluateTrial(precision: expectations.gram)
      if evaluation.bound.isFinite {
        accept(evaluation, fraction: 1)
        return
      }
      trial.randomMean.scale(by: 0.5)
      trial.fixedMean.scale(by: 0.5)
    }
    throw FitError(
      "No finite starting point was found: the expected counts overflow; "
        + "check the scale of the offset and of the columns.")
  }

  // MARK: One iteration

  /// Takes one step that does not lower the bound.
  /// - Returns: the step's square length in posterior SDs; nil if there is no such step.
  private func step() -> Double? {
    let extrapolated = extrapolatedLogSDs()
    if let length = attempt(weightsOf: extrapolated, fraction: 1, newDirection: true) {
      return length
    }
    var fraction = 1.0
    for halving in 0..<Self.halvings {
      let length = attempt(
        weightsOf: current.logSDs, fraction: fraction, newDirection: halving == 0)
      if let length { return length }
      fraction *= 0.5
    }
    return nil
  }

  /// Tries one step; accepts it unless it lowers the bound by more than rounding error.
  private func attempt(
    weightsOf logSDs: [LogSDPosterior], fraction: Double, newDirection: Bool
  ) -> Double? {
    let target = expectations.gram
    let termWeights = data.componentOfTerm.map { logSDs[$0].weight }
    if newDirection {
      factorization.factor(target, termPrecisions: termWeights, fixedPrecision: fixedPrecision)
      solveForStep(termWeights)
    }
    trial.randomMean.setToSum(of: posterior.randomMean, and: randomStep, times: fraction)
    trial.fixedMean.setToSum(of: posterior.fixedMean, and: fixedStep, times: fraction)
    trial.termPrecisions = termWeights
    if fraction < 1 {
      trial.precision.interpolate(from: posterior.precision, to: target, fraction: fraction)
      trial.termPrecisions = zip(posterior.termPrecisions, termWeights).map {
        (1 - fraction) * $0 + fraction * $1
      }
      if approximation == .structured {
        factorization.factor(
          trial.precision, termPrecisions: trial.termPrecisions, fixedPrecision: fixedPrecision)
      }
    }
    let evaluation = evaluateTrial(precision: fraction < 1 ? trial.precision : target)
    let slack = max(evaluation.roundingError, current.roundingError)
    guard evaluation.bound >= current.bound - slack else { return nil }
    let length = squareLength(to: evaluation, termWeights: termWeights)
    accept(evaluation, fraction: fraction)
    return length
  }

  /// P^-1 times the gradient of the bound with respect to the mean.
  private func solveForStep(_ termWeights: [Double]) {
    let q = data.shape.termCount
    for index in 0..<data.shape.randomEffectCount {
      randomStep.pointer[index] =
        expectations.randomResidual.pointer[index]
        - termWeights[index % q] * posterior.randomMean.pointer[index]
    }
    for c in 0..<data.shape.fixedCount {
      fixedStep.pointer[c] =
        expectations.fixedResidual.pointer[c] - fixedPrecision * posterior.fixedMean.pointer[c]
    }
    factorization.solve(randomSide: randomStep, fixedSide: fixedStep)
  }

  /// The square length of a full step: of the means in the metric P, of the log SDs and of the log variances of the
  /// fixed effects in units of their own SDs (that of a log variance taken as 1).
  private func squareLength(to evaluation: Evaluation, termWeights: [Double]) -> Double {
    let q = data.shape.termCount
    var length = 0.0
    for index in 0..<data.shape.randomEffectCount {
      let gradient =
        expectations.randomResidual.pointer[index]
        - termWeights[index % q] * posterior.randomMean.pointer[index]
      length += gradient * randomStep.pointer[index]
    }
    for c in 0..<data.shape.fixedCount {
      let gradient =
        expectations.fixedResidual.pointer[c] - fixedPrecision * posterior.fixedMean.pointer[c]
      length += gradient * fixedStep.pointer[c]
    }
    length = length.magnitude
    for (term, component) in data.componentOfTerm.enumerated() {
      let logSD = evaluation.logSDs[component]
      // A change d of log w is a change d / 2 of s.
      let change = 0.5 * (logSD.logWeight - log(termWeights[term]))
      length += change * change / logSD.variance
    }
    for (old, new) in zip(current.fixedVariances, evaluation.fixedVariances) {
      let change = log(new / old)
      length += change * change
    }
    return length
  }

  /// Makes the trial the current point; storages change places, so that nothing is copied.
  private func accept(_ evaluation: Evaluation, fraction: Double) {
    current = evaluation
    if fraction < 1 {
      swap(&posterior.precision, &trial.precision)
    } else {
      swap(&posterior.precision, &expectations.gram)
    }
    swap(&posterior.randomMean, &trial.randomMean)
    swap(&posterior.fixedMean, &trial.fixedMean)
    posterior.termPrecisions = trial.termPrecisions
    swap(&expectations, &trialExpectations)
  }

  // MARK: The bound

  /// The bound at the trial mean and the covariance S whose inverse is `precision` + the trial's term precisions (in
  /// structured, `factorization` holds it already).
  private func evaluateTrial(precision: ArrowMatrix) -> Evaluation {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    let form: CovarianceForm
    var logDeterminant = 0.0
    var evaluation = Evaluation()
    if approximation == .meanField {
      logDeterminant = invertDiagonal(of: precision)
      form = .diagonal(random: randomVariance, fixed: fixedVariance)
      evaluation.fixedVariances = fixedVariance.array
    } else {
      logDeterminant = -factorization.logDeterminant
      form = .arrow(factorization)
      evaluation.fixedVariances = (0..<p).map {
        factorization.fixedCovariance.pointer[$0 * p + $0]
      }
    }
    trialExpectations.evaluate(
      randomMean: trial.randomMean, fixedMean: trial.fixedMean, covariance: form)

    var fixedSquares = 0.0
    for c in 0..<p {
      let mean = trial.fixedMean.pointer[c]
      fixedSquares += mean * mean + evaluation.fixedVariances[c]
    }
    var bound = trialExpectations.expectedLogLikelihood - data.sumLogFactorials
    bound += 0.5 * Double(p) * log(fixedPrecision / (2 * Double.pi))
    bound -= 0.5 * fixedPrecision * fixedSquares
    let dimension = Double(data.shape.randomEffectCount + p)
    bound += 0.5 * (logDeterminant + dimension * (1 + log(2 * Double.pi)))
    var squares = [Double](repeating: 0, count: data.componentCount)
    for k in 0..<q { squares[data.componentOfTerm[k]] += trialExpectations.termSquares[k] }
    for (component, sum) in squares.enumerated() {
      let effects = data.effectsOfComponent[component]
      let logSD = LogSDPosterior(sumOfSquares: sum, effects: effects, priorSD: priors.logSDSD)
      bound += logSD.bound(sumOfSquares: sum, effects: effects, priorSD: priors.logSDSD)
      evaluation.logSDs.append(logSD)
    }
    evaluation.bound = bound
    let scale =
      trialExpectations.magnitude + data.sumLogFactorials + logDeterminant.magnitude + dimension
    evaluation.roundingError = 4 * 0x1p-52 * scale
    return evaluation
  }

  /// Fills the mean-field variances 1 / P_dd; returns the sum of their logs.
  private func invertDiagonal(of precision: ArrowMatrix) -> Double {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    var logDeterminant = 0.0
    for index in 0..<data.shape.randomEffectCount {
      let k = index % q
      let diagonal = precision.blocks.pointer[index * q + k] + trial.termPrecisions[k]
      randomVariance.pointer[index] = 1 / diagonal
      logDeterminant -= log(diagonal)
    }
    for c in 0..<p {
      let diagonal = precision.corner.pointer[c * p + c] + fixedPrecision
      fixedVariance.pointer[c] = 1 / diagonal
      logDeterminant -= log(diagonal)
    }
    return logDeterminant
  }

  // MARK: Extrapolation of q(s)

  /// q(s) where the alternation between (b, u) and s is heading.
  ///
  /// At weights w the pass gives sums of squares T(w); the optimum solves log T_k(w) + log w_k = log E_k. One Newton
  /// step on it, with y = log w, from the optimum y* that the alternation would take next:
  ///
  ///     (diag(T_k (1 + kappa_k)) + H) (y - y*) = -H (y* - y_now),    H_kl = d T_k / d y_l,  kappa = -d log E / d y
  ///
  /// where H is the effect of w on the Gaussian with rates e held: with S the covariance under the current weights,
  /// H_kl = -w_l (2 m_k' S m_l + sum_j Cov(u_jk, u_jl)^2).
  private func extrapolatedLogSDs() -> [LogSDPosterior] {
    let q = data.shape.termCount
    let count = data.componentCount
    let forms = factorization.termQuadraticForms(posterior.randomMean)
    var response = [Double](repeating: 0, count: count * count)
    for k in 0..<q {
      for l in 0..<q {
        response[data.componentOfTerm[k] * count + data.componentOfTerm[l]] -=
          posterior.termPrecisions[l]
          * (2 * forms[k * q + l] + expectations.termCovarianceSquares[k * q + l])
      }
    }
    var squares = [Double](repeating: 0, count: count)
    var weightsNow = [Double](repeating: 0, count: count)
    for k in 0..<q {
      squares[data.componentOfTerm[k]] += expectations.termSquares[k]
      weightsNow[data.componentOfTerm[k]] = log(posterior.termPrecisions[k])
    }
    let priorPrecision = 1 / (priors.logSDSD * priors.logSDSD)
    let system = DoubleStorage(response)
    let step = DoubleStorage(count: count)
    for k in 0..<count {
      let logSD = current.logSDs[k]
      let expected = data.effectsOfComponent[k] + logSD.mean * priorPrecision
      let slope = logSD.logWeightSlope(priorSD: priors.logSDSD)
      system.pointer[k * count + k] += squares[k] * (1 - priorPrecision / (expected * slope))
      for l in 0..<count {
        step.pointer[k] -=
          response[k * count + l] * (current.logSDs[l].logWeight - weightsNow[l])
      }
    }
    _ = SmallCholesky.factor(system.pointer, order: count)
    SmallCholesky.solve(system.pointer, order: count, step.pointer)
    return (0..<count).map { k in
      current.logSDs[k].shifted(
        logWeightBy: step.pointer[k], effects: data.effectsOfComponent[k], priorSD: priors.logSDSD)
    }
  }

  // MARK: Result

  private func optimum(_ summary: OptimizationSummary) -> VariationalOptimum {
    let p = data.shape.fixedCount
    var fixedCovariance = [Double](repeating: 0, count: p * p)
    var randomVariances = [Double](repeating: 0, count: data.shape.randomEffectCount)
    if approximation == .meanField {
      trial.termPrecisions = posterior.termPrecisions
      _ = invertDiagonal(of: posterior.precision)
      for c in 0..<p { fixedCovariance[c * p + c] = fixedVariance.pointer[c] }
      randomVariances = randomVariance.array
    } else {
      factorization.factor(
        posterior.precision, termPrecisions: posterior.termPrecisions,
        fixedPrecision: fixedPrecision)
      fixedCovariance = factorization.fixedCovariance.array
      randomVariances = factorization.randomVariances()
    }
    return VariationalOptimum(
      fixedMean: posterior.fixedMean.array, fixedCovariance: fixedCovariance,
      randomMean: posterior.randomMean.array, randomVariance: randomVariances,
      logSDs: current.logSDs, bound: current.bound, summary: summary,
      pivotsRaised: factorization.pivotsRaised)
  }
}
