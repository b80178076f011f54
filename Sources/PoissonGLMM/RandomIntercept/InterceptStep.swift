import PlatformEssentials

/// The Newton step on (E b, log w) of a random-intercept model, from the sums of a pass.
///
/// With every q(u_j | b) at its optimum, the gradient in E b is g = X'(y - e) - E b / sd^2 and its
/// exact derivative, with S fixed, is -T* with T* = X'EX + 1 / sd^2 - sum_j kappa_j C_j C_j'. Under
/// y = log w, X'e changes by c dy and T = E sum u^2 by h dy + k' dm, k = 2 c / w. With y* the
/// optimum for the present T, the two equations
///
///     T* dm + c dy = g      (T (1 + r) + h) dy + k' dm = T (1 + r) (y* - y)
///
/// give both parts of a Newton step. r = -d log E / d y comes from the prior of s, as in
/// `LogSDPosterior`. The part tr S M of T is taken at the next S, and changes by -w (2 sum_j Q_j
/// W_j' S W_j + tr S M S M) dy, as it would with the rates fixed.
struct InterceptStep {
  /// The change of E b, p.
  let meanChange: DoubleStorage
  /// The change of log w.
  private(set) var logTermPrecisionChange = 0.0
  /// The change of E b alone by a natural-gradient step, T^-1 g, along which the bound always rises
  /// at first.
  let safeMeanChange: DoubleStorage
  /// d E b / d log w, p.
  let meanSlope: DoubleStorage
  /// d T / d log w, with E b and all groups following.
  private(set) var squaresSlope = 0.0
  /// The next S^-1: the Schur complement T = X'EX + 1 / sd^2 - sum_j Q_j C_j C_j', p x p.
  let precision: DoubleStorage
  /// (T*)^-1, p x p: the covariance of b where the Q_j respond as well.
  let responseCovariance: DoubleStorage
  /// The diagonal of X'EX + 1 / sd^2, before the sum over groups is subtracted: the scale of the
  /// rounding errors of `precision`.
  let sizes: DoubleStorage
  /// The step's square length in posterior SDs.
  private(set) var length = 0.0
  private let factor: DoubleStorage
  /// Two matrices for `regressionSquares`, p x p.
  private let covariance: DoubleStorage
  private let product: DoubleStorage
  private let source: InterceptData

  /// The largest change of log w, which is twice that of s.
  private static let maximumLogTermPrecisionChange = 2.0

  init(_ source: InterceptData) {
    self.source = source
    let p = source.data.shape.fixedCount
    meanChange = DoubleStorage(count: p)
    safeMeanChange = DoubleStorage(count: p)
    meanSlope = DoubleStorage(count: p)
    precision = DoubleStorage(count: p * p)
    responseCovariance = DoubleStorage(count: p * p)
    sizes = DoubleStorage(count: p)
    factor = DoubleStorage(count: p * p)
    covariance = DoubleStorage(count: p * p)
    product = DoubleStorage(count: p * p)
  }

  /// Fills `precision` and `sizes`, and `factor` with T*.
  mutating func setMatrices(_ sums: InterceptSums, fixedPrecision: Double) {
    let p = source.data.shape.fixedCount
    let varying = source.varyingColumns.count
    let target = precision.pointer
    for (row, c) in source.varyingColumns.enumerated() {
      for (column, d) in source.varyingColumns.prefix(row + 1).enumerated() {
        target[c * p + d] = sums.gram[row * varying + column]
        target[d * p + c] = sums.gram[row * varying + column]
      }
    }
    if let ones = source.onesColumn {
      for c in 0..<p {
        target[ones * p + c] = sums.rates[c]
        target[c * p + ones] = sums.rates[c]
      }
      target[ones * (p + 1)] = sums.expectedCount.pointee
    }
    for c in 0..<p {
      target[c * (p + 1)] += fixedPrecision
      sizes.pointer[c] = target[c * (p + 1)]
    }
    for c in 0..<p {
      for d in 0...c {
        let gram = target[c * p + d]
        let packed = c * (c + 1) / 2 + d
        let (schur, responseSchur) = (sums.schur[packed], sums.responseSchur[packed])
        target[c * p + d] = gram - schur
        target[d * p + c] = gram - schur
        factor.pointer[c * p + d] = gram - responseSchur
        factor.pointer[d * p + c] = gram - responseSchur
      }
    }
  }

  /// The step from `posterior`; `isConditional` says whether s is given.
  mutating func set(
    _ sums: InterceptSums, at posterior: InterceptPosterior, isConditional: Bool, priors: Priors
  ) {
    let effects = Double(source.data.shape.groupCount)
    let p = source.data.shape.fixedCount
    let fixedPrecision = priors.fixedEffectPrecision
    setMatrices(sums, fixedPrecision: fixedPrecision)
    SmallCholesky.factor(factor.pointer, order: p, sizes: sizes.pointer)
    for c in 0..<p {
      meanChange.pointer[c] =
        source.fixedCounts[c] - sums.rates[c] - fixedPrecision * posterior.mean.pointer[c]
      meanSlope.pointer[c] = -sums.ratesSlope[c]
    }
    safeMeanChange.copy(from: meanChange)
    SmallCholesky.solve(factor.pointer, order: p, meanChange.pointer)
    SmallCholesky.solve(factor.pointer, order: p, meanSlope.pointer)
    SmallCholesky.invert(factor.pointer, order: p, into: responseCovariance.pointer)
    let (squares, squaresShift) = regressionSquares(sums, posterior)
    let perMean = 2 / posterior.termPrecision
    squaresSlope =
      sums.squaresSlope.pointee + squaresShift
      + perMean * dotProduct(UnsafePointer(sums.ratesSlope), meanSlope.pointer, p)
    logTermPrecisionChange = 0
    length = 0
    if !isConditional {
      let optimum = LogSDPosterior(
        sumOfSquares: squares, effects: effects, priorSD: priors.logSDSD)
      let priorPrecision = 1 / (priors.logSDSD * priors.logSDSD)
      let expected = effects + optimum.mean * priorPrecision
      let own =
        squares
        * (1 - priorPrecision / (expected * optimum.logTermPrecisionSlope(priorSD: priors.logSDSD)))
      let alternation = optimum.logTermPrecision - log(posterior.termPrecision)
      let follows = perMean * dotProduct(UnsafePointer(sums.ratesSlope), meanChange.pointer, p)
      let newton = (own * alternation - follows) / (own + squaresSlope)
      // Far from the optimum the slope of the equation may have the wrong sign: the step is then
      // that of the alternation between (b, u) and s.
      let isSound = own + squaresSlope > 0.01 * own && newton.isFinite
      logTermPrecisionChange = max(
        -Self.maximumLogTermPrecisionChange,
        min(Self.maximumLogTermPrecisionChange, isSound ? newton : alternation))
      // A change d of log w is a change d / 2 of s.
      length += 0.25 * logTermPrecisionChange * logTermPrecisionChange / optimum.variance
    }
    meanChange.add(meanSlope, times: logTermPrecisionChange)
    for c in 0..<p {
      let row = precision.pointer + c * p
      let product = dotProduct(UnsafePointer(row), meanChange.pointer, p)
      length += meanChange.pointer[c] * product
      let change = (row[c] - posterior.precision.pointer[c * (p + 1)]) / row[c]
      length += 0.5 * change * change
    }
    for c in 0..<p {
      for d in 0...c {
        let shift = sums.regressionShifts[c * (c + 1) / 2 + d]
        length += (c == d ? 1 : 2) * posterior.covariance.pointer[c * p + d] * shift
      }
    }
  }

  /// T at the next S, and the derivative of its part tr S M with respect to log w.
  private func regressionSquares(
    _ sums: InterceptSums, _ posterior: InterceptPosterior
  ) -> (squares: Double, slope: Double) {
    let p = source.data.shape.fixedCount
    product.copy(from: precision)
    SmallCholesky.factor(product.pointer, order: p, sizes: sizes.pointer)
    SmallCholesky.invert(product.pointer, order: p, into: covariance.pointer)
    product.fill(with: 0)
    for c in 0..<p {
      for d in 0..<p {
        let factor = covariance.pointer[c * p + d]
        for e in 0..<p {
          let (high, low) = (max(d, e), min(d, e))
          product.pointer[c * p + e] += factor * sums.regressions[high * (high + 1) / 2 + low]
        }
      }
    }
    var (trace, square) = (0.0, 0.0)
    for c in 0..<p {
      trace += product.pointer[c * (p + 1)]
      for d in 0..<p { square += product.pointer[c * p + d] * product.pointer[d * p + c] }
    }
    return (
      sums.squares.pointee - sums.regressionSquares.pointee + trace,
      -posterior.termPrecision * (2 * sums.regressionProduct.pointee + square)
    )
  }

  /// Turns `safeMeanChange` from the gradient into the step, once; only needed where the Newton
  /// step fails.
  func solveSafely(_ posterior: InterceptPosterior) {
    let p = sizes.count
    factor.copy(from: precision)
    SmallCholesky.factor(factor.pointer, order: p, sizes: sizes.pointer)
    SmallCholesky.solve(factor.pointer, order: p, safeMeanChange.pointer)
  }
}
