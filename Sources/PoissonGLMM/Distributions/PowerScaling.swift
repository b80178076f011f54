import PlatformEssentials

/// How a distribution changes where its density is multiplied by a power of some function.
///
/// With the posterior proportional to likelihood p(theta)^alpha, the distribution function F of one
/// parameter changes at alpha = 1 by
///
///     dF(x)/d alpha = Cov(1{X <= x}, log p(theta)) = int_{-inf}^x (l(t) - E l) dF(t)
///     l(t) = E[log p(theta) | X = t]
///
/// The sensitivity of Kallioinen, Paananen, Buerkner & Vehtari (2023, arXiv 2107.14054) is the
/// cumulative Jensen-Shannon distance of Nguyen & Vreeken (2015) between F at 1 and at alpha for
/// each unit of log2 alpha. Their program priorsense takes differences between 0.99 and 1.01; the
/// limit of these is, with D = ln 2 dF/d alpha,
///
///     psi^2 = int D^2 / F dx / (8 ln 2 int F dx)
///
/// or the same with 1 - F in place of F, whichever is larger, so that it does not depend on the
/// sign of X. The distance is relative to int F dx, which grows with the range of x; this is the
/// one that 4,000 draws are expected to have.
enum PowerScaling {
  /// The probability beyond either end of the range.
  private static let beyond = 1.0 / 8000
  /// With a parabola for l and a normal, ten times as many change psi by 1e-5 of it.
  private static let cells = 400
  private static let tailParts = [1.0 / 6, 0.5, 5.0 / 6]

  /// psi of a marginal; NaN if it has no spread, or `logFactor` no values, as without a density.
  /// - Parameter logFactor: l, up to a constant.
  static func sensitivity(of marginal: Marginal, logFactor: (Double) -> Double) -> Double {
    let (low, high) = marginal.interval(alpha: 2 * beyond)
    guard low.isFinite, high.isFinite, low < high else { return .nan }
    let step = (high - low) / Double(cells)
    let ends = (0...cells).map { low + Double($0) * step }
    let below = ends.map { marginal.cumulativeProbability(at: $0) }
    var masses = [below[0]]
    // Of each tail three quantiles count: psi changes by 4e-4 of it with hundreds of them, by 1e-3
    // with its median alone.
    let tails = tailParts.map { marginal.interval(alpha: 2 * beyond * $0) }
    func mean(_ points: [Double]) -> Double {
      points.reduce(0) { $0 + logFactor($1) } / Double(points.count)
    }
    var values = [mean(tails.map(\.lower))]
    for cell in 0..<cells {
      masses.append(below[cell + 1] - below[cell])
      values.append(logFactor(ends[cell] + 0.5 * step))
    }
    masses.append(1 - below[cells])
    values.append(mean(tails.map(\.upper)))
    let center = zip(masses, values).reduce(0) { $0 + $1.0 * $1.1 }
    var (change, fromBelow, fromAbove) = (0.0, Distance(), Distance())
    for end in ends.indices {
      change += masses[end] * (values[end] - center)
      // The trapezoid rule.
      let width = end == 0 || end == cells ? 0.5 : 1
      fromBelow.add(below[end], change: change, width: width)
      fromAbove.add(1 - below[end], change: change, width: width)
    }
    return log(2) * max(fromBelow.value, fromAbove.value)
  }

  /// The integrals of psi over dF/d alpha, for one of both tails.
  private struct Distance {
    private var changes = 0.0
    private var probabilities = 0.0

    mutating func add(_ probability: Double, change: Double, width: Double) {
      guard probability > 0 else { return }
      changes += width * change * change / probability
      probabilities += width * probability
    }

    var value: Double { (changes / (8 * log(2) * probabilities)).squareRoot() }
  }
}
