import PlatformEssentials

/// The quadrature about the mode m. With delta = v - m the distance of a node, d_i = sum_k z_ik
/// sd_k delta_k its change of eta_i, phi(d) = e^d - 1 - d and g the gradient at m (zero but for
/// rounding),
///
///     h(v) - h(m) = g' delta - |delta|^2 / 2 - sum_i exp(eta_i) phi(d_i)
///
/// in which nothing large cancels, however large the counts. Split d_i = c + a_i such that sum_i
/// exp(eta_i) a_i = 0:
///
///     sum_i exp(eta_i) phi(d_i) = phi(c) sum_i exp(eta_i) + e^c sum_i exp(eta_i) phi(a_i)
///
/// Here too all terms are of one sign, and a term that is constant in the group enters c alone, so
/// that the last sum over rows is needed for the varying terms' nodes only.
extension GroupIntegral {
  /// The sum of weight * exp(h(v) - h(m)) over the nodes of the tensor rule.
  func sumOverNodes() -> Double {
    sumOverVarying(term: termCount - 1, weight: 1, exponent: 0, change: 0)
  }

  /// The sum over the nodes of the terms up to this one, given those of the terms after it.
  /// - Parameters:
  ///   - weight: the product of the given nodes' weights.
  ///   - exponent: their part of g' delta - |delta|^2 / 2.
  ///   - change: their part of c.
  private func sumOverVarying(
    term: Int, weight: Double, exponent: Double, change: Double
  ) -> Double {
    guard term >= constantCount else {
      return sumOverConstant(
        weight: weight, exponent: exponent, change: change, remainder: remainderOverRows())
    }
    let center = centers.pointer[term]
    var sum = 0.0
    for node in rule.nodes.indices {
      let delta = distance(term: term, node: node)
      sum += sumOverVarying(
        term: term - 1, weight: weight * rule.weights[node],
        exponent: exponent + (gradient.pointer[term] - 0.5 * delta) * delta,
        change: change + center * delta)
    }
    return sum
  }

  /// The same over the nodes of the term that is constant in the group, if there is one.
  /// - Parameter remainder: sum_i exp(eta_i) phi(a_i).
  private func sumOverConstant(
    weight: Double, exponent: Double, change: Double, remainder: Double
  ) -> Double {
    guard constantCount > 0 else {
      return weight
        * Self.integrand(
          exponent: exponent, growth: expm1(change), change: change, totalMean: totalMean,
          remainder: remainder)
    }
    var (shift, unit) = (0.0, 1 / factor.pointer[0])
    for k in 1..<max(termCount, 1) { shift -= factor.pointer[k * termCount] * step.pointer[k] }
    shift *= unit
    unit *= 2.0.squareRoot()
    let (slope, center) = (gradient.pointer[0], centers.pointer[0])
    var sum = SIMD8<Double>.zero
    for node in stride(from: 0, to: paddedNodes.count, by: 8) {
      let delta = unit * load(paddedNodes.pointer + node) + shift
      let total = change + center * delta
      let growth = vectorExponentialMinusOne(
        total.clamped(lowerBound: -Self.range, upperBound: Self.range))
      let height =
        (slope - 0.5 * delta) * delta + exponent - totalMean * (growth - total)
        - remainder * (1 + growth)
      // False for NaN too, which infinite terms give: the integrand is 0 there.
      let counts = height .> -708
      let value = vectorExponential(height.replacing(with: -708, where: .!counts))
      sum +=
        load(paddedWeights.pointer + node) * value.replacing(with: 0, where: .!counts)
    }
    return weight * sumOfLanes(sum)
  }

  /// Larger changes of eta, up or down, are cut off here: rates that grow by e^700 leave no
  /// posterior weight, and rates that fall by as much are 0.
  private static let range = SIMD8<Double>(repeating: 700)

  /// exp(h(v) - h(m)).
  /// - Parameters:
  ///   - exponent: g' delta - |delta|^2 / 2.
  ///   - growth: e^c - 1.
  ///   - change: c.
  ///   - totalMean: sum_i exp(eta_i).
  ///   - remainder: sum_i exp(eta_i) phi(a_i).
  @inline(__always)
  static func integrand(
    exponent: Double, growth: Double, change: Double, totalMean: Double, remainder: Double
  ) -> Double {
    let height = exponent - totalMean * (growth - change) - remainder * (1 + growth)
    // False for NaN too, which infinite terms give: the integrand is 0 there.
    return height > -746 ? exp(height) : 0
  }

  /// delta of a term at a node, by the back substitution L' delta = sqrt(2) t; kept for the terms
  /// before it.
  func distance(term: Int, node: Int) -> Double {
    var sum = 2.0.squareRoot() * rule.nodes[node]
    for later in (term + 1)..<max(termCount, term + 1) {
      sum -= factor.pointer[later * termCount + term] * step.pointer[later]
    }
    let delta = sum / factor.pointer[term * termCount + term]
    step.pointer[term] = delta
    return delta
  }

  /// sum_i exp(eta_i) phi(a_i) at the varying terms' nodes.
  private func remainderOverRows() -> Double {
    guard constantCount < termCount else { return 0 }
    var remainder = SIMD8<Double>.zero
    for i in stride(from: 0, to: rowCount, by: 8) {
      var change = SIMD8<Double>.zero
      for k in constantCount..<termCount {
        change += (load(column(k) + i) - centers.pointer[k]) * step.pointer[k]
      }
      change.clamp(lowerBound: -Self.range, upperBound: Self.range)
      var product = load(mean.pointer + i) * (vectorExponentialMinusOne(change) - change)
      // These lanes are beyond the group's rows.
      for lane in min(8, rowCount - i)..<8 { product[lane] = 0 }
      remainder += product
    }
    return sumOfLanes(remainder)
  }
}
