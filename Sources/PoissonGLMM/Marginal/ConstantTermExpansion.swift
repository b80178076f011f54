import Foundation

/// What the groups have in which every random term is constant, a random intercept's say.
final class ConstantTermGroups: Sendable {
  /// For each group, whether it is one of these.
  let included: [Bool]
  /// For each group, sum_i y_i.
  let totalCounts: DoubleStorage

  init(_ data: MarginalRows) {
    included = (0..<data.groupCount).map { group in
      let rows = data.rows(ofGroup: group)
      return !rows.isEmpty
        && (0..<data.termCount).allSatisfy { data.isConstant(term: $0, in: rows) }
    }
    totalCounts = DoubleStorage(
      (0..<data.groupCount).map { group in
        data.rows(ofGroup: group).reduce(0) { $0 + data.counts.pointer[$1] }
      })
  }
}

/// `GroupExpansion` for a group in which every random term is constant: they are one term that adds t ~ N(0, x) to every
/// linear predictor of the group, x = sum_k (z_k sd_k)^2, and one exponential a row is all.
///
/// With Y the sum of the counts and M = e^t sum_i exp(eta0_i) that of the rates, the mode is where t = x (Y - M). Thus
/// w = x M solves w + log w = log x + log sum_i exp(eta0_i) + x Y, and in terms of t the distances are those of one term
/// with z sd = sqrt(x).
///
/// Sendable because a thread uses its own only.
final class ConstantTermExpansion: @unchecked Sendable {
  private let data: MarginalRows
  private let groups: ConstantTermGroups
  private let rule: AdaptiveRule
  private let rowCapacity: Int
  private var fixedEffects: [Double] = []
  private var standardDeviations: [Double] = []
  /// eta0_i, then exp(eta0_i), then mu_i(m)
  private let predictor: DoubleStorage
  private let mean: DoubleStorage
  /// a_i: p columns.
  private let panel: DoubleStorage
  /// sum_i mu_i(m) x_i
  private let totals: DoubleStorage

  init(_ data: MarginalRows, groups: ConstantTermGroups, rule: AdaptiveRule, rowCapacity: Int) {
    self.data = data
    self.groups = groups
    self.rule = rule
    self.rowCapacity = rowCapacity
    predictor = DoubleStorage(count: rowCapacity)
    mean = DoubleStorage(count: rowCapacity)
    panel = DoubleStorage(count: rowCapacity * data.fixedCount)
    totals = DoubleStorage(count: data.fixedCount)
  }

  func setParameters(fixedEffects: [Double], standardDeviations: [Double]) {
    self.fixedEffects = fixedEffects
    self.standardDeviations = standardDeviations
  }

  /// Adds a group's share of the gradient, and of the lower triangle of the negative Hessian.
  /// - Returns: the group's log integral; nil, with nothing added, for a group of another kind, or where sums of rates are
  ///   too near the limits of doubles.
  func add(
    group: Int, gradient: UnsafeMutablePointer<Double>, precision: UnsafeMutablePointer<Double>
  ) -> Double? {
    guard groups.included[group] else { return nil }
    let rows = data.rows(ofGroup: group)
    let n = rows.count
    var variance = 0.0
    for k in 0..<data.termCount {
      let scale = data.randomDesign.pointer[k * data.rowCount + rows.lowerBound]
      variance += scale * scale * standardDeviations[k] * standardDeviations[k]
    }
    let y = data.counts.pointer + rows.lowerBound
    let (height, sum) = predict(rows)
    guard sum > 1e-200, sum < 1e200, variance < 1e100 else { return nil }

    let peak = Peak(totalCount: groups.totalCounts.pointer[group], sum: sum, variance: variance)
    let moments = Moments(peak, rule: rule)
    // mu_i(m), its loading B / sd, and the rows' weights E mu_i.
    let mean = mean.pointer
    let scale = peak.mean / sum
    for i in 0..<n { mean[i] *= scale }
    let shrinkage = 1 / peak.curvature
    let p = data.fixedCount
    for c in 0..<p {
      let x = data.fixedDesign.pointer + c * data.rowCount + rows.lowerBound
      var (slope, total) = (0.0, 0.0)
      for i in 0..<n {
        slope += (y[i] - mean[i]) * x[i]
        total += mean[i] * x[i]
      }
      totals.pointer[c] = total
      let loading = variance * shrinkage * total
      gradient[c] +=
        slope - loading * peak.slope - moments.phi * shrinkage * total
      let a = panel.pointer + c * rowCapacity
      for i in 0..<n { a[i] = x[i] - loading }
      let factor = shrinkage * shrinkage * total * (variance - moments.phiVariance)
      for d in 0...c {
        let other = panel.pointer + d * rowCapacity
        var product = 0.0
        for i in 0..<n { product += mean[i] * a[i] * other[i] }
        precision[c * p + d] += (1 + moments.growth) * product + factor * totals.pointer[d]
      }
    }
    return height + peak.height - 0.5 * log(peak.curvature * Double.pi) + log(moments.mass)
  }

  /// Fills exp(eta0_i).
  /// - Returns: sum_i y_i eta0_i and sum_i exp(eta0_i).
  private func predict(_ rows: Range<Int>) -> (height: Double, sum: Double) {
    let (n, first) = (rows.count, rows.lowerBound)
    let eta = predictor.pointer
    eta.update(from: data.offset.pointer + first, count: n)
    for c in 0..<data.fixedCount {
      let x = data.fixedDesign.pointer + c * data.rowCount + first
      let b = fixedEffects[c]
      for i in 0..<n { eta[i] += b * x[i] }
    }
    let y = data.counts.pointer + first
    var (height, sum) = (0.0, 0.0)
    for i in 0..<n {
      let value = exp(eta[i])
      mean.pointer[i] = value
      height += y[i] * eta[i]
      sum += value
    }
    return (height, sum)
  }

  /// The integrand's peak, t and M there.
  private struct Peak {
    /// M
    let mean: Double
    /// x
    let variance: Double
    /// 1 + x M: H in units of sqrt(x).
    let curvature: Double
    /// The derivative in t: Y - M - t / x; zero but for rounding.
    let slope: Double
    /// Y t - M - t^2 / (2 x).
    let height: Double

    /// - Parameters:
    ///   - totalCount: Y
    ///   - sum: sum_i exp(eta0_i)
    init(totalCount: Double, sum: Double, variance: Double) {
      self.variance = variance
      guard variance > 1e-200 else {
        // t is as good as 0.
        (mean, curvature, slope, height) = (sum, 1, 0, -sum)
        return
      }
      let target = log(variance) + log(sum) + variance * totalCount
      let w = ConstantTermExpansion.solution(target)
      let large = variance * totalCount
      // Of two expressions for t the one that loses fewer digits.
      let t = max(large, w) < 1 ? large - w : log(w) - log(variance) - log(sum)
      mean = w / variance
      curvature = 1 + w
      slope = totalCount - mean - t / variance
      height = totalCount * t - mean - 0.5 * t * t / variance
    }
  }

  /// The sums over nodes, with the deviations c of t from the mode, phi(c) = e^c - 1 - c.
  private struct Moments {
    /// The sum of weight times integrand.
    private(set) var mass = 0.0
    /// E phi
    private(set) var phi = 0.0
    /// Var phi
    private(set) var phiVariance = 0.0
    /// E e^c - 1
    private(set) var growth = 0.0

    init(_ peak: Peak, rule: AdaptiveRule) {
      let unit = (2 / peak.curvature).squareRoot()
      let root = peak.variance.squareRoot()
      var square = 0.0
      for node in rule.nodes.indices {
        let delta = unit * rule.nodes[node]
        let c = root * delta
        let g = expm1(c)
        let f = g - c
        let height = peak.slope * c - 0.5 * delta * delta - peak.mean * f
        // False for NaN too, which comes of infinite terms: the integrand is 0 there.
        guard height > -746 else { continue }
        let weight = rule.weights[node] * exp(height)
        mass += weight
        phi += weight * f
        growth += weight * g
        square += weight * f * f
      }
      phi /= mass
      growth /= mass
      // The log-likelihood is concave in b (Prekopa 1973): what exceeds this bound is the rule's error, where the
      // integrand is a step.
      phiVariance = min(square / mass - phi * phi, peak.variance + (1 + growth) / peak.mean)
    }
  }

  /// The w > 0 with w + log w = `target`, that is, Lambert's W(e^target), by the iteration of Fritsch, Shafer & Crowley
  /// (1973), whose error falls to its fourth power.
  static func solution(_ target: Double) -> Double {
    // The solution is e^target (1 - e^target + ...).
    if target < -36 { return exp(target) }
    var w: Double
    if target > 1 {
      let logTarget = log(target)
      w = target - logTarget + logTarget / target
    } else {
      // Padé's approximation of W at 0.
      let e = exp(target)
      w = e * (1 + 4.0 / 3 * e) / (1 + e * (7.0 / 3 + 5.0 / 6 * e))
    }
    for _ in 0..<2 {
      let z = target - log(w) - w
      let doubled = 2 * (1 + w) * (1 + w + 2.0 / 3 * z)
      w *= 1 + z / (1 + w) * (doubled - z) / (doubled - 2 * z)
    }
    return w
  }
}
