import PlatformEssentials

/// The integral over one group's random effects, and the memory it is computed in; one for each
/// thread.
///
/// In units of their standard deviations, u = sd v, the random effects are standard normal a
/// priori, and the log of the integrand, a concave function, is
///
///     h(v) = sum_i (y_i eta_i - exp(eta_i)) - |v|^2 / 2 - q/2 log(2 pi)
///     eta_i = eta0_i + sum_k z_ik sd_k v_k
///
/// With m its mode, H = I + sum_i exp(eta_i) (z sd)(z sd)' its negative Hessian there and H = L L',
/// the substitution v = m + sqrt(2) L^-T t makes it close to exp(-|t|^2), which Gauss-Hermite rules
/// integrate.
///
/// Terms whose column is constant within the group (an intercept) move all of its linear predictors
/// alike. Their sum is normal too, so that they count as one term, with the root of the sum of
/// their (z sd)^2 for its z sd. It comes before the varying terms in every array here: their
/// distances from the mode then do not depend on its nodes, which need no pass over the rows.
///
/// Sendable because each thread uses only its own.
final class GroupIntegral: @unchecked Sendable {
  let data: MarginalRows
  let rule: AdaptiveRule
  /// The rule's nodes and weights: whole blocks of eight, the last filled up with zeros.
  let paddedNodes: DoubleStorage
  let paddedWeights: DoubleStorage
  /// Room for the rows of the largest group, in whole blocks of eight.
  let rowCapacity: Int
  /// b and exp(s).
  private var fixedEffects: [Double] = []
  private var standardDeviations: [Double] = []

  /// The group's rows, and the first of them among the data's.
  private(set) var rowCount = 0
  private(set) var firstRow = 0
  /// How many terms there are, those that are constant in the group counted as one.
  private(set) var termCount = 0
  /// How many of them are constant in the group: 0 or 1.
  private(set) var constantCount = 0

  /// y_i
  var counts: UnsafePointer<Double> { UnsafePointer(data.counts.pointer + firstRow) }
  /// eta0_i
  let fixedPart: DoubleStorage
  /// eta_i
  let linearPredictor: DoubleStorage
  /// exp(eta_i)
  let mean: DoubleStorage
  /// eta_i and exp(eta_i) at a trial value of v.
  let trialPredictor: DoubleStorage
  let trialMean: DoubleStorage
  /// The change of eta_i along a step.
  let change: DoubleStorage
  /// z_ik sd_k: q columns.
  private let design: DoubleStorage

  /// v
  let effects: DoubleStorage
  /// The gradient of h.
  let gradient: DoubleStorage
  /// H, q x q, then L in its lower triangle.
  let factor: DoubleStorage
  /// Newton's step; later a node's distance from the mode.
  let step: DoubleStorage
  /// The mean of z_ik sd_k over the group's rows, weighted by exp(eta_i) at the mode.
  let centers: DoubleStorage
  /// sum_i exp(eta_i) at the mode.
  private(set) var totalMean = 0.0

  init(_ data: MarginalRows, rule: AdaptiveRule, rowCapacity: Int) {
    self.data = data
    self.rule = rule
    let rowCapacity = (rowCapacity + 7) / 8 * 8
    self.rowCapacity = rowCapacity
    let padding = [Double](repeating: 0, count: (8 - rule.nodes.count % 8) % 8)
    paddedNodes = DoubleStorage(rule.nodes + padding)
    paddedWeights = DoubleStorage(rule.weights + padding)
    let q = data.termCount
    fixedPart = DoubleStorage(count: rowCapacity)
    linearPredictor = DoubleStorage(count: rowCapacity)
    mean = DoubleStorage(count: rowCapacity)
    trialPredictor = DoubleStorage(count: rowCapacity)
    trialMean = DoubleStorage(count: rowCapacity)
    change = DoubleStorage(count: rowCapacity)
    design = DoubleStorage(count: rowCapacity * q)
    effects = DoubleStorage(count: q)
    gradient = DoubleStorage(count: q)
    factor = DoubleStorage(count: q * q)
    step = DoubleStorage(count: q)
    centers = DoubleStorage(count: q)
  }

  /// Sets the parameters at which the integrals that follow are computed.
  func setParameters(fixedEffects: [Double], standardDeviations: [Double]) {
    self.fixedEffects = fixedEffects
    self.standardDeviations = standardDeviations
  }

  /// Column k of z sd.
  func column(_ k: Int) -> UnsafeMutablePointer<Double> { design.pointer + k * rowCapacity }

  /// log integral exp(h(v)) dv for a group.
  func logIntegral(group: Int) -> Double {
    guard !data.rows(ofGroup: group).isEmpty else { return 0 }
    guard let logScale = findPeak(group: group) else { return -.infinity }
    return logScale + log(sumOverNodes())
  }

  /// Moves to a group, which must have rows, and finds the mode of its integrand.
  /// - Returns: what the log of `sumOverNodes` is added to: h at the mode and the log of the
  ///   substitution's Jacobian; nil if h is not finite anywhere that was tried.
  func findPeak(group: Int) -> Double? {
    gather(rows: data.rows(ofGroup: group))
    guard let logDeterminant = findMode() else { return nil }
    var logPeak = 0.0
    totalMean = 0
    for i in 0..<rowCount {
      logPeak += counts[i] * linearPredictor.pointer[i] - mean.pointer[i]
      totalMean += mean.pointer[i]
    }
    for k in 0..<termCount {
      logPeak -= 0.5 * effects.pointer[k] * effects.pointer[k]
      // A constant column's mean is itself, free of rounding; without any weight every center will
      // do.
      let z = column(k)
      var center = z[0]
      if k >= constantCount, totalMean > 0 {
        var sum = 0.0
        for i in 0..<rowCount { sum += mean.pointer[i] * (z[i] - z[0]) }
        center += sum / totalMean
      }
      centers.pointer[k] = center
    }
    // The substitution's Jacobian 2^(q/2) / |L|, times the normal density's (2 pi)^(-q/2).
    return logPeak - 0.5 * logDeterminant - 0.5 * Double(termCount) * log(Double.pi)
  }

  /// Copies the group's rows.
  private func gather(rows: Range<Int>) {
    firstRow = rows.lowerBound
    rowCount = rows.count
    let n = data.rowCount
    for i in 0..<rowCount { fixedPart.pointer[i] = data.offset.pointer[firstRow + i] }
    for c in 0..<data.fixedCount {
      let x = data.fixedDesign.pointer + c * n + firstRow
      let b = fixedEffects[c]
      for i in 0..<rowCount { fixedPart.pointer[i] += b * x[i] }
    }
    var constantScale = 0.0
    constantCount = 0
    for k in 0..<data.termCount where data.isConstant(term: k, in: rows) {
      constantCount = 1
      constantScale = hypot(
        constantScale, data.randomDesign.pointer[k * n + firstRow] * standardDeviations[k])
    }
    termCount = constantCount
    if constantCount > 0 { column(0).update(repeating: constantScale, count: rowCount) }
    for k in (0..<data.termCount).reversed() where !data.isConstant(term: k, in: rows) {
      let z = data.randomDesign.pointer + k * n + firstRow
      let target = column(termCount)
      let sd = standardDeviations[k]
      for i in 0..<rowCount { target[i] = z[i] * sd }
      termCount += 1
    }
  }
}
