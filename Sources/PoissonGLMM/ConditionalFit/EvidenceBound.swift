import PlatformEssentials

/// The evidence bound as a function of (m, S), under a mean-field or an arrow covariance, with q(s)
/// at its optimum:
///
///     sum_i (y_i eta_i - e_i - log y_i!) + E log p(b) + entropy of q(b, u)
///       + E log p(u | s) + E log p(s) + entropy of q(s)
///
/// All constants are in it, so that it is a bound on log p(y). With s given instead, the last two
/// terms are left out, and it is a bound on log p(y | s).
final class EvidenceBound {
  let priors: Priors
  /// The log SDs, one per random term, where they are given; nil where q(s) is optimized.
  var givenLogSDs: [Double]?
  private let data: ModelData
  private let isDiagonal: Bool
  private let factorization: ArrowFactorization
  private let chunks: GroupChunks
  private let fixedPrecision: Double
  /// Variances where S is diagonal; empty otherwise.
  private let randomVariance: DoubleStorage
  private let fixedVariance: DoubleStorage

  /// Whether S comes from the factorization.
  var usesFactorization: Bool { !isDiagonal }

  /// - Parameters:
  ///   - isDiagonal: whether S is diagonal, as in mean-field.
  ///   - factorization: holds S of the last state evaluated, unless S is diagonal; then it is free
  ///     for other use.
  init(
    _ model: PoissonMixedModel, isDiagonal: Bool, factorization: ArrowFactorization,
    chunks: GroupChunks
  ) {
    self.chunks = chunks
    data = model.data
    priors = model.priors
    self.isDiagonal = isDiagonal
    self.factorization = factorization
    fixedPrecision = model.priors.fixedEffectPrecision
    randomVariance = DoubleStorage(count: isDiagonal ? data.shape.randomEffectCount : 0)
    fixedVariance = DoubleStorage(count: isDiagonal ? data.shape.fixedCount : 0)
  }

  /// Evaluates the bound; fills `value`, `expectations`, and `gram` with A' diag(e) A at the state.
  /// - Parameter prepare: called with a range of groups before their part of the state is read, to
  ///   fill it; the part that belongs to no group is there already.
  func evaluate(
    _ state: GaussianState, into value: inout BoundValue, expectations: Expectations,
    gram: ArrowMatrix, prepare: @Sendable (Range<Int>) -> Void = { _ in }
  ) {
    let p = data.shape.fixedCount
    let (form, logDeterminant) = covariance(of: state, prepare: prepare)
    expectations.evaluate(state, covariance: form, gram: gram)

    var bound = expectations.expectedLogLikelihood - data.sumLogFactorials
    for c in 0..<p {
      let mean = state.fixedMean.pointer[c]
      bound += 0.5 * log(fixedPrecision / (2 * Double.pi))
      bound -= 0.5 * fixedPrecision * (mean * mean + fixedVariance(c))
    }
    let squares = expectations.termSquares
    value.complete(
      bound, magnitude: expectations.magnitude, logDeterminant: logDeterminant, data: data,
      priors: priors, givenLogSDs: givenLogSDs
    ) { squares[$0] }
  }

  private func fixedVariance(_ c: Int) -> Double {
    isDiagonal
      ? fixedVariance.pointer[c]
      : factorization.fixedCovariance.pointer[c * (data.shape.fixedCount + 1)]
  }

  /// S in the form of the approximation, and log|S|.
  private func covariance(
    of state: GaussianState, prepare: @Sendable (Range<Int>) -> Void = { _ in }
  ) -> (form: CovarianceForm, logDeterminant: Double) {
    if isDiagonal {
      chunks.run { _, _, groups in prepare(groups) }
      let logDeterminant = invertDiagonal(of: state)
      return (.diagonal(random: randomVariance, fixed: fixedVariance), logDeterminant)
    }
    factorization.factor(
      state.precision, termPrecisions: state.termPrecisions, fixedPrecision: fixedPrecision,
      prepare: prepare)
    return (.arrow(factorization), -factorization.logDeterminant)
  }

  /// Fills the mean-field variances, 1 / diagonal of S^-1; returns the sum of their logs.
  private func invertDiagonal(of state: GaussianState) -> Double {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    var logDeterminant = 0.0
    for index in 0..<data.shape.randomEffectCount {
      let k = index % q
      let diagonal =
        state.precision.blocks.pointer[index * q + k] + state.termPrecisions.pointer[k]
      randomVariance.pointer[index] = 1 / diagonal
      logDeterminant -= log(diagonal)
    }
    for c in 0..<p {
      let diagonal = state.precision.corner.pointer[c * (p + 1)] + fixedPrecision
      fixedVariance.pointer[c] = 1 / diagonal
      logDeterminant -= log(diagonal)
    }
    return logDeterminant
  }

  /// The Gaussian of a state, with q(s).
  func posterior(of state: GaussianState, logSDs: [LogSDPosterior]) -> GaussianPosterior {
    let p = data.shape.fixedCount
    _ = covariance(of: state)
    return GaussianPosterior(
      logSDMean: logSDs.map(\.mean), logSDVariance: logSDs.map(\.variance),
      fixedMean: state.fixedMean.array,
      fixedCovariance: isDiagonal
        ? Matrix(diagonal: fixedVariance.array)
        : Matrix(order: p, elements: factorization.fixedCovariance.array),
      randomMean: state.randomMean.array,
      randomVariance: isDiagonal ? randomVariance.array : factorization.randomVariances(),
      covarianceSource: isDiagonal ? .independent : .bound)
  }
}

/// The bound at a point, with the q(s) that goes with it.
struct BoundValue {
  private(set) var level = BoundLevel()
  /// q(s_k) of each random term: the optimal one, or a point mass where s is given.
  private(set) var logSDs: [LogSDPosterior]

  init(termCount: Int) {
    logSDs = [LogSDPosterior](repeating: LogSDPosterior(at: 0), count: termCount)
  }

  /// Completes the bound: adds the entropy of q(b, u) and the terms that contain the log SDs,
  ///
  ///     1/2 log|S| + d/2 (1 + log(2 pi)) + E log p(u | s) + E log p(s) + entropy of q(s)
  ///
  /// - Parameters:
  ///   - partial: the expected log-likelihood and E log p(b).
  ///   - magnitude: the sum of the absolute values of the likelihood's terms, without the log
  ///     factorials.
  ///   - logDeterminant: log|S|.
  ///   - givenLogSDs: s where it is given; E log p(s) and the entropy of q(s) are then left
  ///     out.
  ///   - squares: E sum_j u_jk^2 of a random term.
  @inline(__always)
  mutating func complete(
    _ partial: Double, magnitude: Double, logDeterminant: Double, data: ModelData,
    priors: Priors, givenLogSDs: [Double]?, squares: (Int) -> Double
  ) {
    let dimension = Double(data.shape.randomEffectCount + data.shape.fixedCount)
    let effects = Double(data.shape.groupCount)
    var bound = partial
    bound += 0.5 * (logDeterminant + dimension * (1 + log(2 * Double.pi)))
    for k in logSDs.indices {
      let sum = squares(k)
      if let givenLogSDs {
        logSDs[k] = LogSDPosterior(at: givenLogSDs[k])
        bound += logSDs[k].effectsTerm(sumOfSquares: sum, effects: effects)
      } else {
        logSDs[k] = LogSDPosterior(
          sumOfSquares: sum, effects: effects, priorSD: priors.logSDSD)
        bound += logSDs[k].bound(sumOfSquares: sum, effects: effects, priorSD: priors.logSDSD)
      }
    }
    let scale = magnitude + data.sumLogFactorials + logDeterminant.magnitude + dimension
    level = BoundLevel(bound: bound, roundingError: 4 * 0x1p-52 * scale)
  }
}
