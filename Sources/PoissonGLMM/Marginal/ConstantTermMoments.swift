import Foundation

/// The sums over the nodes of a group in which one term adds t to every linear predictor: moments, under the posterior of t,
/// of the deviation c of t from the peak, with growth = e^c - 1 and phi(c) = e^c - 1 - c.
struct ConstantTermMoments {
  /// The sum of weight times integrand, relative to the peak.
  private(set) var mass = 0.0
  /// E phi
  private(set) var phi = 0.0
  /// E growth
  private(set) var growth = 0.0
  /// Var phi
  private(set) var phiVariance = 0.0
  /// Cov(phi, growth)
  private(set) var phiGrowth = 0.0
  /// E (phi - E phi)^3
  private(set) var phiThird = 0.0

  /// - Parameter scratch: at least `scratchSize` doubles.
  init(_ peak: ConstantTermPeak, rule: AdaptiveRule, scratch: UnsafeMutablePointer<Double>) {
    let count = rule.nodes.count
    let (changes, phis, masses) = (scratch, scratch + count, scratch + 2 * count)
    let unit = (2 * peak.variance / peak.curvature).squareRoot()
    rule.nodes.withUnsafeBufferPointer { nodes in
      for i in 0..<count { changes[i] = unit * nodes[i] }
    }
    if changes[count - 1] <= 1 {
      Self.fillPhiBySeries(phis, changes, count)
    } else {
      Self.fillPhi(phis, changes, count)
    }
    rule.weights.withUnsafeBufferPointer { weights in
      rule.nodes.withUnsafeBufferPointer { nodes in
        let scale = 1 / peak.curvature
        for i in 0..<count {
          masses[i] =
            peak.slope * changes[i] - scale * nodes[i] * nodes[i] - peak.mean * phis[i]
        }
        for i in 0..<count {
          // False for NaN too, which comes of infinite terms: the integrand is 0 there.
          masses[i] = masses[i] > -746 ? weights[i] * exp(masses[i]) : 0
        }
      }
    }
    for i in 0..<count where masses[i] > 0 {
      mass += masses[i]
      phi += masses[i] * phis[i]
      growth += masses[i] * (phis[i] + changes[i])
    }
    phi /= mass
    growth /= mass
    for i in 0..<count where masses[i] > 0 {
      let deviation = phis[i] - phi
      let weighted = masses[i] * deviation
      phiVariance += weighted * deviation
      phiGrowth += weighted * (phis[i] + changes[i] - growth)
      phiThird += weighted * deviation * deviation
    }
    // The log-likelihood is concave in b (Prekopa 1973): what exceeds this bound is the rule's error, where the
    // integrand is a step.
    phiVariance = min(phiVariance / mass, peak.variance + (1 + growth) / peak.mean)
    phiGrowth /= mass
    phiThird /= mass
  }

  static func scratchSize(_ points: Int) -> Int { 3 * points }

  /// phi for changes of up to 1 in size: its Taylor series up to the power 18, whose next term is below half a unit in the last
  /// place.
  private static func fillPhiBySeries(
    _ phis: UnsafeMutablePointer<Double>, _ changes: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    for i in 0..<count {
      let c = changes[i]
      var sum = 1.0 / 6_402_373_705_728_000
      sum = sum * c + 1.0 / 355_687_428_096_000
      sum = sum * c + 1.0 / 20_922_789_888_000
      sum = sum * c + 1.0 / 1_307_674_368_000
      sum = sum * c + 1.0 / 87_178_291_200
      sum = sum * c + 1.0 / 6_227_020_800
      sum = sum * c + 1.0 / 479_001_600
      sum = sum * c + 1.0 / 39_916_800
      sum = sum * c + 1.0 / 3_628_800
      sum = sum * c + 1.0 / 362_880
      sum = sum * c + 1.0 / 40_320
      sum = sum * c + 1.0 / 5_040
      sum = sum * c + 1.0 / 720
      sum = sum * c + 1.0 / 120
      sum = sum * c + 1.0 / 24
      sum = sum * c + 1.0 / 6
      sum = sum * c + 0.5
      phis[i] = sum * c * c
    }
  }

  /// phi for any changes that are symmetric about 0: e^-c - 1 = -(e^c - 1) / e^c.
  private static func fillPhi(
    _ phis: UnsafeMutablePointer<Double>, _ changes: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    for i in (count / 2)..<count {
      let change = changes[i]
      let rise = expm1(change)
      phis[i] = rise - change
      let opposite = count - 1 - i
      if opposite != i { phis[opposite] = (rise.isFinite ? -rise / (1 + rise) : -1) + change }
    }
  }
}
