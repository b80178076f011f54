import Foundation
import GSLNumerics

/// Gauss-Hermite rules of few points for groups whose integrand is close to a Gaussian, and the full rule for all others.
///
/// In units of the SD at its peak the integrand of a group with one term N(0, x) is
///
///     -z^2 / 2 - theta (rho z^3 / 6 + rho^2 z^4 / 24 + ...)     rho^2 = x / (1 + x M),  theta = x M / (1 + x M)
///
/// M the sum of the rates there. The error of a rule thus depends on rho and theta alone, and grows with both. Against a rule of
/// 151 points, over rho <= 0.8 and theta from 0.02 to 0.995, errors in the log integral are below 2 * 10^-7 a group, and those of
/// the means of e^c and of M rho phi below 2 * 10^-6, where rho sqrt(theta) is at most 0.12 with 7 points, 0.17 with 9, 0.23 with 11 and
/// 0.3 with 13.
struct ConstantTermRules: Sendable {
  private let full: AdaptiveRule
  private let small: [(limit: Double, rule: AdaptiveRule)]

  private static let limits = [(7, 0.12), (9, 0.17), (11, 0.23), (13, 0.3)]
  private static let mostSpread = 0.8
  private static let smallRules = Result { () throws(GSLError) in
    var rules: [(limit: Double, rule: AdaptiveRule)] = []
    for (points, limit) in limits {
      rules.append((limit, try AdaptiveRule(.adaptiveGaussHermite(points: points))))
    }
    return rules
  }

  /// - Parameters:
  ///   - full: for groups far from Gaussian.
  ///   - isAdaptive: whether others may have fewer points.
  init(full: AdaptiveRule, isAdaptive: Bool) throws(GSLError) {
    self.full = full
    let count = full.nodes.count
    small = isAdaptive ? try Self.smallRules.get().filter { $0.rule.nodes.count < count } : []
  }

  /// The largest number of points.
  var mostPoints: Int { full.nodes.count }

  func rule(for peak: ConstantTermPeak) -> AdaptiveRule {
    let spread = peak.variance / peak.curvature
    guard spread <= Self.mostSpread * Self.mostSpread else { return full }
    let size = spread * (peak.curvature - 1) / peak.curvature
    for (limit, rule) in small where size <= limit * limit { return rule }
    return full
  }
}
