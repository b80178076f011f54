import GSLNumerics
import PlatformEssentials

/// A Gauss-Hermite rule of few points for groups whose integrand is close to a Gaussian, and the
/// full rule for all others.
///
/// In units of the SD at its peak the integrand of a group with one term N(0, x) is
///
///     -z^2 / 2 - theta (rho z^3 / 6 + rho^2 z^4 / 24 + ...)
///     rho^2 = x / (1 + x M),  theta = x M / (1 + x M)
///
/// M the sum of the rates there. The error of a rule thus depends only on rho and theta, and grows
/// with both. The relative error of the information about a common shift of the rates, M E e^c -
/// M^2 Var e^c, grows more where counts make that information small against M. Against a rule of
/// 151 points, over rho <= 0.65 and theta from 0.002 to 0.9999, errors in the log integral are
/// below 10^-7 a group and relative errors of the information below 8 * 10^-6, where rho
/// sqrt(theta) (1 + x M)^(1/4) is at most 0.18 with 8 points.
struct ConstantTermRules: Sendable {
  /// One rule, in blocks of eight nodes, the last filled up with weights of 0; the weights are
  /// those of `AdaptiveRule`.
  struct Rule {
    let nodes: UnsafePointer<Double>
    let weights: UnsafePointer<Double>
    let blockCount: Int
    let largestNode: Double
  }

  /// For each rule its number of blocks and its largest node, the full rule's at the end; then the
  /// limits up to which the others are accurate.
  private let blockCounts: [Int]
  private let largestNodes: [Double]
  private let limits: [Double]
  /// For each rule its nodes, then its weights.
  private let numbers: DoubleStorage
  private let starts: [Int]

  private static let maximumSpread = 0.65
  private static let smallRules = Result { () throws(GSLError) in
    var rules: [(limit: Double, rule: AdaptiveRule)] = []
    for (points, limit) in [(8, 0.18)] {
      rules.append((limit, try AdaptiveRule(.adaptiveGaussHermite(points: points))))
    }
    return rules
  }

  /// - Parameters:
  ///   - full: for groups far from Gaussian.
  ///   - isAdaptive: whether others may have fewer points.
  init(full: AdaptiveRule, isAdaptive: Bool) throws(GSLError) {
    self.init(
      full,
      small: isAdaptive
        ? try Self.smallRules.get().filter { $0.rule.nodes.count < full.nodes.count } : [])
  }

  /// One rule for all groups, or others for those near a Gaussian.
  init(_ full: AdaptiveRule, small: [(limit: Double, rule: AdaptiveRule)] = []) {
    let rules = small.map(\.rule) + [full]
    limits = small.map { $0.limit * $0.limit }
    blockCounts = rules.map { ($0.nodes.count + 7) / 8 }
    largestNodes = rules.map { $0.nodes.max() ?? 0 }
    var numbers: [Double] = []
    var starts: [Int] = []
    for (rule, blocks) in zip(rules, blockCounts) {
      starts.append(numbers.count)
      let padding = [Double](repeating: 0, count: 8 * blocks - rule.nodes.count)
      numbers += rule.nodes + padding + rule.weights + padding
    }
    self.numbers = DoubleStorage(numbers)
    self.starts = starts
  }

  /// The largest number of blocks.
  var maximumBlocks: Int { blockCounts.max() ?? 0 }

  func rule(for peak: ConstantTermPeak) -> Rule {
    let spread = peak.variance / peak.curvature
    let size = spread * (peak.curvature - 1) / peak.curvature.squareRoot()
    var index = spread <= Self.maximumSpread * Self.maximumSpread ? 0 : limits.count
    while index < limits.count, !(size <= limits[index]) { index += 1 }
    let (nodes, blocks) = (numbers.pointer + starts[index], blockCounts[index])
    return Rule(
      nodes: nodes, weights: nodes + 8 * blocks, blockCount: blocks,
      largestNode: largestNodes[index])
  }
}
