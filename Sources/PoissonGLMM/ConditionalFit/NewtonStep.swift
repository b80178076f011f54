import PlatformEssentials

/// A full step from a state, and the residual by which steps are accelerated: two sweeps over the
/// groups.
///
/// With P = A' diag(e) A + prior precisions, a full step is
///
///     m <- m + P^-1 grad_m      S^-1 <- P
///
/// With two random terms, S^-1 can anticipate the step of u: the blocks of P are then those of the
/// rates e_i (1 + z_i' du_j), the first order of what the rates will be. Otherwise the errors of m
/// and S feed each other from one step to the next; with anticipation they mostly cancel.
final class NewtonStep {
  private let data: ModelData
  private let fixedPrecision: Double
  private let chunks: GroupChunks
  private let factorization: ArrowFactorization
  private let anderson: AndersonAcceleration
  /// The gradient, then P^-1 times it.
  private let change: GaussianState.Mean
  /// By chunk of groups: the square lengths of the changes of means and precisions, then the
  /// products of residuals.
  private let sums: DoubleStorage
  private static let stride = 2 + AndersonAcceleration.productCount
  /// Whether the combination of the last steps differs from the last one.
  private(set) var isAccelerated = false

  /// The only number of random terms for which steps can anticipate.
  static let anticipatedTermCount = 2

  /// The length of the residual: for each effect a mean and a precision, and the term precisions.
  static func residualCount(_ shape: ArrowShape) -> Int {
    2 * (shape.randomEffectCount + shape.fixedCount) + shape.termCount
  }

  init(
    _ data: ModelData, fixedPrecision: Double, chunks: GroupChunks,
    factorization: ArrowFactorization, anderson: AndersonAcceleration
  ) {
    self.data = data
    self.fixedPrecision = fixedPrecision
    self.chunks = chunks
    self.factorization = factorization
    self.anderson = anderson
    change = GaussianState.Mean(data.shape)
    sums = DoubleStorage(count: chunks.count * Self.stride)
  }

  /// Completes `image`, which holds A' diag(e) A, to the point that `share` of a full step leads
  /// to, and opens a step of the acceleration with it.
  /// - Parameters:
  ///   - expectations: those of the state.
  ///   - logSDs: the q(s) under which the step is taken.
  ///   - optima: the q(s) that is optimal for the state.
  ///   - anticipates: whether S^-1 is to follow the step of u; only with `anticipatedTermCount`
  ///     random terms.
  /// - Returns: the square length of the full step in posterior SDs: that of the means in the
  ///   metric P, plus those of the log SDs and of the log precisions.
  func complete(
    _ image: GaussianState, from state: GaussianState, _ expectations: Expectations,
    logSDs: [LogSDPosterior], optima: [LogSDPosterior], share: Double, anticipates: Bool
  ) -> Double {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    let (gradient, change) = (expectations.randomResidual, change)
    let (sums, anderson) = (sums, anderson)
    for k in 0..<q {
      image.termPrecisions.pointer[k] = logSDs[k].termPrecision
    }
    for c in 0..<p {
      change.fixed.pointer[c] = fixedGradient(c, state, expectations)
    }
    factorization.factor(
      image.precision, termPrecisions: image.termPrecisions, fixedPrecision: fixedPrecision,
      projecting: change.random
    ) { groups in
      for group in groups {
        for k in 0..<q {
          let index = group &* q &+ k
          let prior = image.termPrecisions.pointer[k] * state.randomMean.pointer[index]
          change.random.pointer[index] = gradient.pointer[index] - prior
        }
      }
    }
    anderson.open()
    let thirds = anticipates ? expectations.randomThirds : nil
    factorization.solve(randomSide: change.random, fixedSide: change.fixed, isProjected: true) {
      chunk, groups in
      let own = sums.pointer + chunk * Self.stride
      own.update(repeating: 0, count: Self.stride)
      Self.move(
        image, from: state, groups, change, gradient: gradient, weights: anderson.weights,
        sums: own)
      if let thirds { Self.anticipate(image, groups, change, thirds: thirds) }
      if share < 1 {
        image.forEachRange(of: groups) {
          image.vector.interpolate(
            from: state.vector, to: image.vector, fraction: share, in: $0)
        }
      }
      Self.measure(anderson.residual, image, from: state, groups)
      anderson.addProducts(
        in: 2 * q * groups.lowerBound..<2 * q * groups.upperBound, to: own + 2)
    }
    // The sums of the other chunks are added to those of the first.
    for chunk in 1..<max(chunks.count, 1) {
      for index in 0..<Self.stride {
        sums.pointer[index] += sums.pointer[chunk * Self.stride + index]
      }
    }
    let length = moveShared(image, from: state, expectations, optima: optima)
    if share < 1 {
      image.forEachSharedRange {
        image.vector.interpolate(from: state.vector, to: image.vector, fraction: share, in: $0)
      }
    }
    measureShared(image, from: state)
    let first = 2 * data.shape.randomEffectCount
    anderson.addProducts(in: first..<anderson.residual.count, to: sums.pointer + 2)
    isAccelerated = anderson.close(sums.pointer + 2)
    return length
  }

  private func fixedGradient(
    _ c: Int, _ state: GaussianState, _ expectations: Expectations
  ) -> Double {
    expectations.fixedResidual.pointer[c] - fixedPrecision * state.fixedMean.pointer[c]
  }

  /// Moves the means of some groups; writes to `sums` their decrement and the square length
  /// of the change of the precisions.
  /// - Parameter weights: where the weights of the residual are written.
  @inline(__always)
  private static func move(
    _ image: GaussianState, from state: GaussianState, _ groups: Range<Int>,
    _ change: GaussianState.Mean, gradient: DoubleStorage, weights: DoubleStorage,
    sums: UnsafeMutablePointer<Double>
  ) {
    let q = image.termPrecisions.count
    let priors = image.termPrecisions.pointer
    var (decrement, precisionLength) = (0.0, 0.0)
    for group in groups {
      for k in 0..<q {
        let index = group &* q &+ k
        let mean = state.randomMean.pointer[index]
        let step = change.random.pointer[index]
        decrement += step * (gradient.pointer[index] - priors[k] * mean)
        image.randomMean.pointer[index] = mean + step
        let own = image.precision.blocks.pointer[index &* q &+ k]
        let precision = own + priors[k]
        let precisionChange = own - state.precision.blocks.pointer[index &* q &+ k]
        let weight = 0.5 / (precision * precision)
        precisionLength += weight * precisionChange * precisionChange
        weights.pointer[2 &* index] = precision
        weights.pointer[2 &* index &+ 1] = weight
      }
    }
    sums[0] = decrement
    sums[1] = precisionLength
  }

  /// Adds D = sum_i e_i z_i' du_j z_i z_i' to the blocks B of some groups, but only where D is
  /// small: between -B / 2 and B.
  @inline(__always)
  private static func anticipate(
    _ image: GaussianState, _ groups: Range<Int>, _ change: GaussianState.Mean,
    thirds: DoubleStorage
  ) {
    for group in groups {
      let block = image.precision.blocks.pointer + group &* 4
      let step = change.random.pointer + group &* 2
      let third = thirds.pointer + group &* Expectations.thirdCount
      let own = third[0] * step[0] + third[1] * step[1]
      let cross = third[1] * step[0] + third[2] * step[1]
      let other = third[2] * step[0] + third[3] * step[1]
      let isSmall =
        isPositive(0.5 * block[0] + own, 0.5 * block[1] + cross, 0.5 * block[3] + other)
        && isPositive(block[0] - own, block[1] - cross, block[3] - other)
      guard isSmall else { continue }
      block[0] += own
      block[1] += cross
      block[2] += cross
      block[3] += other
    }
  }

  /// Whether the symmetric matrix (a b; b d) is positive definite.
  @inline(__always)
  private static func isPositive(_ a: Double, _ b: Double, _ d: Double) -> Bool {
    a > 0 && d > 0 && a * d > b * b
  }

  /// Fills the residual that acceleration reduces, for some groups: the changes of the means and of
  /// the diagonal of the precision, whose weights put them in units of posterior SDs.
  @inline(__always)
  private static func measure(
    _ residual: DoubleStorage, _ image: GaussianState, from state: GaussianState,
    _ groups: Range<Int>
  ) {
    let q = image.termPrecisions.count
    for group in groups {
      for k in 0..<q {
        let index = group &* q &+ k
        let old = state.precision.blocks.pointer[index &* q &+ k]
        let new = image.precision.blocks.pointer[index &* q &+ k]
        residual.pointer[2 &* index] =
          image.randomMean.pointer[index] - state.randomMean.pointer[index]
        residual.pointer[2 &* index &+ 1] = new - old
      }
    }
  }

  /// Moves the part of the state that belongs to no group.
  /// - Returns: the square length of the step, groups included.
  private func moveShared(
    _ image: GaussianState, from state: GaussianState, _ expectations: Expectations,
    optima: [LogSDPosterior]
  ) -> Double {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    var (decrement, precisionLength) = (sums.pointer[0], sums.pointer[1])
    for c in 0..<p {
      decrement += change.fixed.pointer[c] * fixedGradient(c, state, expectations)
      image.fixedMean.pointer[c] = state.fixedMean.pointer[c] + change.fixed.pointer[c]
      let precision = image.precision.corner.pointer[c * (p + 1)]
      let precisionChange = precision - state.precision.corner.pointer[c * (p + 1)]
      let relative = precisionChange / (precision + fixedPrecision)
      precisionLength += 0.5 * relative * relative
    }
    for k in 0..<q {
      let logSD = optima[k]
      guard logSD.variance > 0 else { continue }
      // A change d of log w is a change d / 2 of s.
      let change =
        0.5 * log(image.termPrecisions.pointer[k] / state.termPrecisions.pointer[k])
      precisionLength += change * change / logSD.variance
    }
    return decrement.magnitude + precisionLength
  }

  /// Fills the residual of the part that belongs to no group.
  private func measureShared(_ image: GaussianState, from state: GaussianState) {
    let shape = data.shape
    let (p, q) = (shape.fixedCount, shape.termCount)
    let residual = anderson.residual.pointer + 2 * shape.randomEffectCount
    let weights = anderson.weights.pointer + 2 * shape.randomEffectCount
    for c in 0..<p {
      let old = state.precision.corner.pointer[c * (p + 1)]
      let new = image.precision.corner.pointer[c * (p + 1)]
      let precision = new + fixedPrecision
      residual[2 * c] = image.fixedMean.pointer[c] - state.fixedMean.pointer[c]
      residual[2 * c + 1] = new - old
      weights[2 * c] = precision
      weights[2 * c + 1] = 0.5 / (precision * precision)
    }
    for k in 0..<q {
      let (old, new) = (state.termPrecisions.pointer[k], image.termPrecisions.pointer[k])
      residual[2 * p + k] = new - old
      weights[2 * p + k] = 0.5 * Double(shape.groupCount) / (new * new)
    }
  }
}
