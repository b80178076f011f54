import PlatformEssentials

extension GroupIntegral {
  /// Newton's method ends when the next step would raise h by less than half of this.
  private static let decrementTolerance = 1e-16
  /// Where exp(eta) is far too large, each step lowers eta by about 1, and eta is below 710 where
  /// exp(eta) is finite.
  private static let maximumIterations = 1000

  /// Finds the mode of h by Newton's method with step halving, and leaves `effects`,
  /// `linearPredictor`, `mean`, `gradient` and `factor` there.
  /// - Returns: log |H|, or nil if no starting point has a finite h.
  func findMode() -> Double? {
    guard findStart() else { return nil }
    var logDeterminant = computeDerivatives()
    var previous = Double.infinity
    for _ in 0..<Self.maximumIterations {
      var decrement = 0.0
      for k in 0..<termCount { step.pointer[k] = gradient.pointer[k] }
      SmallCholesky.solve(factor.pointer, order: termCount, step.pointer)
      for k in 0..<termCount { decrement += gradient.pointer[k] * step.pointer[k] }
      // A small decrement that does not fall is rounding error: a true one would fall by orders of
      // magnitude.
      guard decrement > Self.decrementTolerance, !(decrement < 1e-6 && decrement > 0.25 * previous),
        takeStep(decrement: decrement)
      else { break }
      previous = decrement
      logDeterminant = computeDerivatives()
    }
    return logDeterminant
  }

  /// Starts from the ridge regression of log(y + 1/2) - eta0 on the random design with weights y +
  /// 1/2: close to the mode where the counts are informative. The prior may hold v back, so that
  /// exp(eta) is far too large or overflows. So the regression is given more and more weight
  /// against the prior, and the start is the highest of those points.
  /// - Returns: false if exp(eta) overflows at all of them.
  private func findStart() -> Bool {
    var total = 0.0
    for i in 0..<rowCount { total += counts[i] + 1 }
    var (best, bestStrength) = (-Double.infinity, 0.0)
    var strength = 1.0
    while strength <= 1e24 {
      moveToRegression(strength: strength)
      var (height, sum) = (0.0, 0.0)
      for k in 0..<termCount { height -= 0.5 * effects.pointer[k] * effects.pointer[k] }
      for i in 0..<rowCount {
        height += counts[i] * linearPredictor.pointer[i] - mean.pointer[i]
        sum += mean.pointer[i]
      }
      if strength == 1, sum < 1000 * total { return true }
      if height > best { (best, bestStrength) = (height, strength) }
      strength *= 1000
    }
    guard bestStrength > 0 else { return false }
    moveToRegression(strength: bestStrength)
    return true
  }

  private func moveToRegression(strength: Double) {
    for k in 0..<termCount {
      let zk = column(k)
      var sum = 0.0
      for i in 0..<rowCount {
        let logWeight = Self.logsOfHalfCounts[counts[i]]
        sum += (counts[i] + 0.5) * zk[i] * (logWeight - fixedPart.pointer[i])
      }
      effects.pointer[k] = strength * sum
      for l in 0...k {
        let zl = column(l)
        var product = 0.0
        for i in 0..<rowCount { product += (counts[i] + 0.5) * zk[i] * zl[i] }
        factor.pointer[k * termCount + l] = strength * product + (k == l ? 1 : 0)
      }
    }
    _ = SmallCholesky.factor(factor.pointer, order: termCount)
    SmallCholesky.solve(factor.pointer, order: termCount, effects.pointer)
    for i in 0..<rowCount {
      var eta = fixedPart.pointer[i]
      for k in 0..<termCount { eta += column(k)[i] * effects.pointer[k] }
      linearPredictor.pointer[i] = eta
    }
    fillExponentials(of: linearPredictor.pointer, into: mean.pointer, count: rowCount)
  }

  private static let logsOfHalfCounts = LogHalfCounts()

  /// The gradient sum_i (y_i - exp(eta_i)) z_i sd - v and L of H = L L'.
  /// - Returns: log |H|.
  private func computeDerivatives() -> Double {
    for k in 0..<termCount {
      let zk = column(k)
      var slope = -effects.pointer[k]
      for i in 0..<rowCount { slope += (counts[i] - mean.pointer[i]) * zk[i] }
      gradient.pointer[k] = slope
      for l in 0...k {
        let zl = column(l)
        var product = k == l ? 1.0 : 0
        for i in 0..<rowCount { product += mean.pointer[i] * zk[i] * zl[i] }
        factor.pointer[k * termCount + l] = product
      }
    }
    return SmallCholesky.factor(factor.pointer, order: termCount)
  }

  /// Moves along `step`, halving it until h rises by at least a ten-thousandth of what the gradient
  /// promises.
  /// - Returns: false if no fraction of the step does.
  private func takeStep(decrement: Double) -> Bool {
    var squaredLength = 0.0
    for k in 0..<termCount { squaredLength += step.pointer[k] * step.pointer[k] }
    for i in 0..<rowCount { change.pointer[i] = 0 }
    for k in 0..<termCount {
      let (z, length) = (column(k), step.pointer[k])
      for i in 0..<rowCount { change.pointer[i] += z[i] * length }
    }
    var fraction = 1.0
    for _ in 0..<60 {
      // h(v + f step) - h(v), by differences: h itself may be too large to show them.
      var gain = fraction * decrement - 0.5 * fraction * fraction * squaredLength
      var size = 0.0
      for i in 0..<rowCount {
        trialPredictor.pointer[i] = linearPredictor.pointer[i] + fraction * change.pointer[i]
      }
      fillExponentials(of: trialPredictor.pointer, into: trialMean.pointer, count: rowCount)
      for i in 0..<rowCount {
        let (mean, trial) = (mean.pointer[i], trialMean.pointer[i])
        let change = fraction * change.pointer[i]
        gain -= trial - mean - mean * change
        size += trial + mean * (1 + abs(change))
      }
      // The gain's own rounding error is allowed for, so that it cannot stop the last steps.
      if gain + 0x1p-50 * size >= 1e-4 * fraction * decrement, size.isFinite {
        for k in 0..<termCount { effects.pointer[k] += fraction * step.pointer[k] }
        linearPredictor.pointer.update(from: trialPredictor.pointer, count: rowCount)
        self.mean.pointer.update(from: trialMean.pointer, count: rowCount)
        return true
      }
      fraction *= 0.5
    }
    return false
  }
}
