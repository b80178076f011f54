import Foundation

/// The integral over one group's random effects, and the memory it is computed in; one for each thread.
///
/// In units of their standard deviations, u = sd v, the random effects are standard normal a priori, and the log of
/// the integrand, a concave function, is
///
///     h(v) = sum_i (y_i eta_i - exp(eta_i)) - |v|^2 / 2 - q/2 log(2 pi)        eta_i = eta0_i + sum_k z_ik sd_k v_k
///
/// With m its mode, H = I + sum_i exp(eta_i) (z sd)(z sd)' its negative Hessian there and H = L L', the substitution
/// v = m + sqrt(2) L^-T t makes it close to exp(-|t|^2), which Gauss-Hermite rules integrate.
///
/// Terms whose column is constant within the group (an intercept) come before the varying ones in every array here:
/// the varying terms' distances from the mode then do not depend on the constant terms' nodes, which need no pass
/// over the rows.
///
/// Sendable because a thread uses its own only.
final class GroupIntegral: @unchecked Sendable {
  let data: MarginalRows
  let rule: AdaptiveRule
  private let fixedEffects: [Double]
  private let standardDeviations: [Double]
  /// q
  let termCount: Int

  private let rowCapacity: Int

  /// The group's rows, and the first of them among the data's.
  private(set) var rowCount = 0
  private var firstRow = 0
  /// How many terms are constant in the group; they come first.
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

  init(
    _ data: MarginalRows, rule: AdaptiveRule, fixedEffects: [Double], standardDeviations: [Double],
    rowCapacity: Int
  ) {
    self.data = data
    self.rule = rule
    self.fixedEffects = fixedEffects
    self.standardDeviations = standardDeviations
    self.rowCapacity = rowCapacity
    termCount = data.termCount
    fixedPart = DoubleStorage(count: rowCapacity)
    linearPredictor = DoubleStorage(count: rowCapacity)
    mean = DoubleStorage(count: rowCapacity)
    trialPredictor = DoubleStorage(count: rowCapacity)
    trialMean = DoubleStorage(count: rowCapacity)
    design = DoubleStorage(count: rowCapacity * termCount)
    effects = DoubleStorage(count: termCount)
    gradient = DoubleStorage(count: termCount)
    factor = DoubleStorage(count: termCount * termCount)
    step = DoubleStorage(count: termCount)
    centers = DoubleStorage(count: termCount)
  }

  /// Column k of z sd.
  func column(_ k: Int) -> UnsafeMutablePointer<Double> { design.pointer + k * rowCapacity }

  /// log integral exp(h(v)) dv for a group.
  func logIntegral(group: Int) -> Double {
    gather(rows: data.rows(ofGroup: group))
    guard rowCount > 0 else { return 0 }
    guard let logDeterminant = findMode() else { return -.infinity }
    var logPeak = 0.0
    totalMean = 0
    for i in 0..<rowCount {
      logPeak += counts[i] * linearPredictor.pointer[i] - mean.pointer[i]
      totalMean += mean.pointer[i]
    }
    for k in 0..<termCount {
      logPeak -= 0.5 * effects.pointer[k] * effects.pointer[k]
      // A constant column's mean is itself, free of rounding; without any weight every center will do.
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
      + log(sumOverNodes())
  }

  /// Copies the group's rows, the terms that are constant in it first.
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
    constantCount = 0
    var varyingCount = 0
    for k in 0..<termCount {
      let z = data.randomDesign.pointer + k * n + firstRow
      let isConstant = (0..<rowCount).allSatisfy { z[$0] == z[0] }
      let position = isConstant ? constantCount : termCount - 1 - varyingCount
      if isConstant { constantCount += 1 } else { varyingCount += 1 }
      let target = column(position)
      let sd = standardDeviations[k]
      for i in 0..<rowCount { target[i] = z[i] * sd }
    }
  }
}
