import PlatformEssentials

/// A group's log-likelihood l_j(b) with its gradient and Hessian in the fixed effects b, all from
/// the same nodes.
///
/// The derivatives are those of the exact integral (Louis 1982), as means and covariances under the
/// group's posterior of v at given b; the rule only computes those. For any p x q matrix B the
/// substitution v <- v - B' db leaves the integral as it is, and with it the rows x_i replaced by
/// a_i = x_i - B (z sd)_i:
///
///     gradient = E r           r(v) = sum_i (y_i - mu_i) a_i + B v
///     -Hessian = E sum_i mu_i a_i a_i' + B B' - Cov r
///
/// B = 0 is Louis' identity as it stands, in which the covariance cancels nearly all of the first
/// term where counts are large. With B = sum_i mu_i x_i (z sd)_i' H^-1 at the mode m, r has no
/// slope there, and in the notation of the node sums
///
///     r(v) = r(m) - D(v)       D(v) = sum_i mu_i(m) phi(d_i) a_i
///
/// is free of cancellation: the first terms are the Schur complement of the arrow matrix P, and Cov
/// r = Cov D is small.
///
/// In the nodes' own coordinates t all changes are sums over terms, d_i = sqrt(2) sum_k t_k (L^-1
/// z_i sd)_k, and their exponentials products: those of rows are computed once for each term and
/// point, not for each node. With d_i = c + a'_i split as in the node sums, and V, W the sums over
/// rows of mu_i(m) a_i times e^a' - 1 and a',
///
///     D = phi(c) sum_i mu_i(m) a_i + e^c V - W
///
/// so that here too a term that is constant in the group needs no pass over the rows. At the widest
/// nodes of large SDs, c is far below 0 and a' far above. Neither term is large there, unlike those
/// of V e^c - V.
///
/// The third derivative along a line b + t d is a sum of cumulants, with alpha_i = a_i'd and
/// Q = sum_i mu_i(m) (e^d_i - 1) alpha_i^2, in which nothing large cancels either:
///
///     d^3 l_j = -E sum_i mu_i alpha_i^3 + 3 Cov(D'd, Q) - E (D'd - E D'd)^3
///
/// Sendable because each thread uses only its own.
final class GroupExpansion: @unchecked Sendable {
  private let integral: GroupIntegral
  /// p
  private let fixedCount: Int
  private let rowCapacity: Int
  private let table: GrowthTable
  /// B, the regression of v on b at the mode: q numbers for each fixed effect.
  private let regressions: DoubleStorage
  /// a_i, and mu_i(m) a_i: p columns.
  private let panel: DoubleStorage
  private let weightedPanel: DoubleStorage
  /// For each row, the sum over nodes of their posterior weight, not normalized, times exp(d_i).
  private let growth: DoubleStorage
  /// phi(a'_i)
  private let remainder: DoubleStorage
  /// sum_i mu_i(m) a_i, V and W: p each.
  private let totals: DoubleStorage
  private let varyingTotals: DoubleStorage
  private let linearTotals: DoubleStorage
  /// sum_i mu_i(m) a_i times the rows' change for t_k = 1 / sqrt(2): p numbers for each term.
  private let slopes: DoubleStorage
  /// The sums over nodes of the posterior weight times 1, D and D D' (its lower triangle).
  private var mass = 0.0
  private let firstMoment: DoubleStorage
  private let secondMoment: DoubleStorage
  private let third: DirectionalThirds
  /// By node of the constant term: weight times integrand, phi(c) and e^c, `nodeCount` of each.
  private let nodes: DoubleStorage
  private var nodeCount: Int { integral.paddedWeights.count }

  init(_ integral: GroupIntegral, fixedCount: Int) {
    self.integral = integral
    self.fixedCount = fixedCount
    rowCapacity = integral.rowCapacity
    let q = integral.data.termCount
    table = GrowthTable(rule: integral.rule, termCount: q, rowCapacity: rowCapacity)
    regressions = DoubleStorage(count: fixedCount * q)
    panel = DoubleStorage(count: fixedCount * rowCapacity)
    weightedPanel = DoubleStorage(count: fixedCount * rowCapacity)
    growth = DoubleStorage(count: rowCapacity)
    remainder = DoubleStorage(count: rowCapacity)
    totals = DoubleStorage(count: fixedCount)
    varyingTotals = DoubleStorage(count: fixedCount)
    linearTotals = DoubleStorage(count: fixedCount)
    slopes = DoubleStorage(count: fixedCount * q)
    firstMoment = DoubleStorage(count: fixedCount)
    secondMoment = DoubleStorage(count: fixedCount * fixedCount)
    third = DirectionalThirds(fixedCount: fixedCount, rowCapacity: rowCapacity)
    nodes = DoubleStorage(count: 3 * integral.paddedWeights.count)
  }

  /// Adds a group's share of the derivatives.
  /// - Returns: the group's log integral.
  func add(group: Int, to sums: ExpansionSums) -> Double {
    guard !integral.data.rows(ofGroup: group).isEmpty else { return 0 }
    guard let logScale = integral.findPeak(group: group) else { return -.infinity }
    setPanel()
    table.fill(integral)
    for k in integral.constantCount..<integral.termCount {
      for c in 0..<fixedCount {
        slopes.pointer[k * fixedCount + c] = dotProduct(
          weightedPanel.pointer + c * rowCapacity, table.rowScales(k), integral.rowCount)
      }
    }
    mass = 0
    growth.pointer.update(repeating: 0, count: integral.rowCount)
    firstMoment.fill(with: 0)
    secondMoment.fill(with: 0)
    varyingTotals.fill(with: 0)
    linearTotals.fill(with: 0)
    third.start(
      sums, panel: panel, mean: integral.mean, totals: totals, rowCount: integral.rowCount)
    addNodes(term: integral.termCount - 1, weight: 1, exponent: 0)
    addDerivatives(sums)
    third.finish(sums, growth: growth, mass: mass)
    return logScale + log(mass)
  }

  /// Fills B, a_i, mu_i(m) a_i and the sum of these.
  private func setPanel() {
    let (rows, q) = (integral.rowCount, integral.termCount)
    let mean = integral.mean.pointer
    for c in 0..<fixedCount {
      let x = fixedColumn(c)
      let regression = regressions.pointer + c * q
      for k in 0..<q {
        let z = integral.column(k)
        var sum = 0.0
        for i in 0..<rows { sum += mean[i] * x[i] * z[i] }
        regression[k] = sum
      }
      SmallCholesky.solve(integral.factor.pointer, order: q, regression)
      let a = panel.pointer + c * rowCapacity
      a.update(from: x, count: rows)
      for k in 0..<q {
        let z = integral.column(k)
        for i in 0..<rows { a[i] -= regression[k] * z[i] }
      }
      let weighted = weightedPanel.pointer + c * rowCapacity
      var sum = 0.0
      for i in 0..<rows {
        weighted[i] = mean[i] * a[i]
        sum += weighted[i]
      }
      totals.pointer[c] = sum
    }
  }

  private func fixedColumn(_ c: Int) -> UnsafePointer<Double> {
    UnsafePointer(
      integral.data.fixedDesign.pointer + c * integral.data.rowCount + integral.firstRow)
  }

  /// Adds the nodes of the terms up to this one, given those of the terms after it; see
  /// `sumOverNodes`.
  private func addNodes(term: Int, weight: Double, exponent: Double) {
    guard term >= integral.constantCount else {
      addNode(weight: weight, exponent: exponent)
      return
    }
    let slope = integral.gradient.pointer[term]
    for node in 0..<table.weights.count {
      let delta = integral.distance(term: term, node: node)
      table.move(term: term, node: node, integral)
      addNodes(
        term: term - 1, weight: weight * table.weights.pointer[node],
        exponent: exponent + (slope - 0.5 * delta) * delta)
    }
  }

  /// Adds one node of the varying terms with all those of the constant one.
  private func addNode(weight: Double, exponent: Double) {
    let first = integral.constantCount
    let isVarying = first < integral.termCount
    let sum = isVarying ? setRemainders() : 0
    let moments = constantMoments(exponent: exponent, remainder: sum)
    // Where the integrand is 0, the sums over rows may be infinite.
    guard moments.mass > 0 else { return }
    if isVarying {
      linearTotals.fill(with: 0)
      for k in first..<integral.termCount {
        let coordinate = table.coordinate(k)
        for c in 0..<fixedCount {
          linearTotals.pointer[c] += coordinate * slopes.pointer[k * fixedCount + c]
        }
      }
      for c in 0..<fixedCount { varyingTotals.pointer[c] += linearTotals.pointer[c] }
    }
    mass += weight * moments.mass
    let rowWeight = weight * moments.factor
    if isVarying {
      let varying = table.growth(first)
      for i in 0..<integral.rowCount { growth.pointer[i] += rowWeight * (1 + varying[i]) }
    } else {
      for i in 0..<integral.rowCount { growth.pointer[i] += rowWeight }
    }
    for c in 0..<fixedCount {
      let (x, v, w) = (totals.pointer[c], varyingTotals.pointer[c], linearTotals.pointer[c])
      // E D_c phi(c), E D_c e^c and E D_c at these nodes, times the mass.
      var (withPhi, withFactor) = (moments.phiPhi * x, moments.factorPhi * x)
      var withOne = moments.phi * x
      if isVarying {
        withPhi += moments.factorPhi * v - moments.phi * w
        withFactor += moments.factorFactor * v - moments.factor * w
        withOne += moments.factor * v - moments.mass * w
      }
      firstMoment.pointer[c] += weight * withOne
      let second = secondMoment.pointer + c * fixedCount
      for d in 0...c {
        var value = withPhi * totals.pointer[d]
        if isVarying {
          value += withFactor * varyingTotals.pointer[d] - withOne * linearTotals.pointer[d]
        }
        second[d] += weight * value
      }
    }
    third.addNode(
      weight: weight, moments, varyingTotals: varyingTotals, linearTotals: linearTotals,
      varyingGrowth: isVarying ? table.growth(first) : nil)
  }

  /// Fills phi(a'_i) at the varying terms' nodes, and `varyingTotals` with V - W, the sum over rows
  /// of mu_i(m) a_i phi(a'_i).
  /// - Returns: sum_i mu_i(m) phi(a'_i).
  private func setRemainders() -> Double {
    let rows = integral.rowCount
    let (growth, change) = (
      table.growth(integral.constantCount), table.change(integral.constantCount)
    )
    let phi = remainder.pointer
    for i in 0..<rows { phi[i] = growth[i] - change[i] }
    for c in 0..<fixedCount {
      varyingTotals.pointer[c] = dotProduct(weightedPanel.pointer + c * rowCapacity, phi, rows)
    }
    return dotProduct(integral.mean.pointer, phi, rows)
  }

  private func constantMoments(exponent: Double, remainder: Double) -> NodeMoments {
    // The varying terms' part of c.
    var change = 0.0
    for k in integral.constantCount..<integral.termCount {
      change += table.coordinate(k) * table.centerScales.pointer[k]
    }
    let growth = expm1(change)
    guard integral.constantCount > 0 else {
      return NodeMoments(
        integrand: GroupIntegral.integrand(
          exponent: exponent, growth: growth, change: change, totalMean: integral.totalMean,
          remainder: remainder), change: change)
    }
    return momentsOverNodes(
      exponent: exponent, change: change, growth: growth, remainder: remainder)
  }

  /// The moments over the constant term's nodes, eight at a time.
  /// - Parameters:
  ///   - change, growth: the varying terms' part of c, and the growth of the rates with it.
  private func momentsOverNodes(
    exponent: Double, change: Double, growth: Double, remainder: Double
  ) -> NodeMoments {
    let (q, factor) = (integral.termCount, integral.factor.pointer)
    // The constant term's distance from the mode is the sum of the node's own distance and of a
    // shift that follows from those of the varying terms.
    var shift = 0.0
    for k in 1..<max(q, 1) { shift -= factor[k * q] * integral.step.pointer[k] }
    shift /= factor[0]
    let (slope, totalMean) = (integral.gradient.pointer[0], integral.totalMean)
    let count = nodeCount
    let weighted = nodes.pointer
    let (phis, factors) = (weighted + count, weighted + 2 * count)
    for node in stride(from: 0, to: count, by: 8) {
      let delta = load(table.constantDistance.pointer + node) + shift
      let total = load(table.constantChange.pointer + node) + change
      let own = load(table.constantGrowth.pointer + node)
      var phi = own + growth + own * growth - total
      var factor = vectorExponential(total)
      let height =
        (slope - 0.5 * delta) * delta + exponent - totalMean * phi - remainder * factor
      // False for NaN too, which infinite terms give: the integrand is 0 there.
      let counts = height .> -708
      phi.replace(with: 0, where: .!counts)
      factor.replace(with: 0, where: .!counts)
      let value = vectorExponential(height.replacing(with: -708, where: .!counts))
      store(
        load(integral.paddedWeights.pointer + node) * value.replacing(with: 0, where: .!counts),
        to: weighted + node)
      store(phi, to: phis + node)
      store(factor, to: factors + node)
    }
    return NodeMoments(weights: weighted, phis: phis, factors: factors, count: count)
  }

  private func addDerivatives(_ sums: ExpansionSums) {
    let (rows, q) = (integral.rowCount, integral.termCount)
    let scale = 1 / mass
    for i in 0..<rows { growth.pointer[i] *= scale }
    for c in 0..<fixedCount { firstMoment.pointer[c] *= scale }
    for c in 0..<fixedCount {
      let x = fixedColumn(c)
      let regression = regressions.pointer + c * q
      var slope = -firstMoment.pointer[c]
      for k in 0..<q { slope -= regression[k] * integral.gradient.pointer[k] }
      for i in 0..<rows { slope += (integral.counts[i] - integral.mean.pointer[i]) * x[i] }
      sums.gradient[c] += slope
      let weighted = weightedPanel.pointer + c * rowCapacity
      for i in 0..<rows { weighted[i] *= growth.pointer[i] }
      for d in 0...c {
        let (a, other) = (panel.pointer + d * rowCapacity, regressions.pointer + d * q)
        var value =
          firstMoment.pointer[c] * firstMoment.pointer[d]
          - scale * secondMoment.pointer[c * fixedCount + d]
        for k in 0..<q { value += regression[k] * other[k] }
        sums.precision[c * fixedCount + d] += value + dotProduct(weighted, a, rows)
      }
    }
  }
}
