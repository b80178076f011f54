import PlatformEssentials

/// A zero of an inflated family: l = log(pi + (1 - pi) exp(a)), see `OverdispersedFamily`.
struct InflatedZero: Sendable {
  private let logit: Double
  private let size: Double?
  private let logSize: Double
  /// pi.
  let share: Double
  /// log(1 - pi).
  let logOther: Double
  /// The distance of the nearest zero of pi + (1 - pi) exp(a), or of the singularities of a, from
  /// the real line.
  private let distance: Double

  /// Beyond this linear predictor a zero is of the other kind with a probability of 0.
  private static let largestPredictor = 150.0
  /// Below this linear predictor a count is zero, to 3e-10.
  private static let certainZero = -22.0
  /// Beyond this one a zero is of the inflated kind, to exp(-37).
  private let certainShare: Double
  /// log pi.
  private let logShare: Double

  init(logitShare logit: Double, size: Double?, logSize: Double) {
    (self.logit, self.size, self.logSize) = (logit, size, logSize)
    share = 1 / (1 + exp(-logit))
    logOther = -(max(logit, 0) + log1p(exp(-logit.magnitude)))
    logShare = logit + logOther
    // (1 - pi) exp(a) / pi = exp(-37).
    let depth = max(37 - logit, 1)
    certainShare =
      size.map { logSize + depth / $0 + log(-expm1(-depth / $0)) } ?? log(depth)
    if let size {
      // exp z = exp((i pi - logit) / k) - 1, which is on the principal sheet for k > 1.
      let angle = Double.pi / size
      distance =
        size > 1
        ? min(atan2(sin(angle), cos(angle) - exp(logit / size)).magnitude, Double.pi) : Double.pi
    } else {
      // exp(eta) = -logit + i pi.
      distance = atan2(Double.pi, -logit)
    }
  }

  /// a and its first four derivatives by eta, and softplus(z) and the logistic function of z.
  private struct OtherZero {
    let value: SIMD8<Double>
    let first: SIMD8<Double>
    let second: SIMD8<Double>
    let third: SIMD8<Double>
    let fourth: SIMD8<Double>
    /// The derivative of a by d.
    let overdispersionSlope: SIMD8<Double>
  }

  @inline(__always)
  private func other(_ eta: SIMD8<Double>) -> OtherZero {
    guard let k = size else {
      let a = -rate(eta)
      return OtherZero(
        value: a, first: a, second: a, third: a, fourth: a, overdispersionSlope: .zero)
    }
    let (softplus, p) = vectorSoftplus(eta - logSize)
    let product = p * (1 - p)
    return OtherZero(
      value: -k * softplus, first: -k * p, second: -k * product,
      third: -k * product * (1 - 2 * p), fourth: -k * product * (1 - 6 * product),
      overdispersionSlope: 2 * k * (softplus - p))
  }

  @inline(__always)
  private func rate(_ eta: SIMD8<Double>) -> SIMD8<Double> {
    let isFar = eta .> Self.largestPredictor
    return vectorExponential(
      eta.replacing(with: SIMD8(repeating: Self.largestPredictor), where: isFar))
  }

  /// l, r and 1 - r.
  @inline(__always)
  private func mixed(
    _ a: SIMD8<Double>
  ) -> (value: SIMD8<Double>, other: SIMD8<Double>, own: SIMD8<Double>) {
    // log(exp(logit) + exp(a)) is the larger of both, and more by what the smaller adds.
    let difference = a - logit
    let isOtherLarger = difference .> 0
    let (softplus, smaller) = vectorSoftplus(
      difference.replacing(with: -difference, where: isOtherLarger))
    let larger = 1 - smaller
    let value = SIMD8(repeating: logit).replacing(with: a, where: isOtherLarger) + softplus
    return (
      value + logOther, smaller.replacing(with: larger, where: isOtherLarger),
      larger.replacing(with: smaller, where: isOtherLarger)
    )
  }

  func moments(mean: Double, variance: Double) -> RowMoments {
    let sd = max(variance, 0).squareRoot()
    let rule = NormalRules.shared.rule(distance: distance / sd)
    var (value, first, second) = (SIMD8<Double>.zero, SIMD8<Double>.zero, SIMD8<Double>.zero)
    var (third, fourth) = (first, first)
    var (overdispersion, own) = (first, first)
    let places = rule.places(
      from: (Self.certainZero - mean) / sd, to: (certainShare - mean) / sd)
    for index in stride(from: places.lowerBound, to: places.upperBound, by: 8) {
      let weight = load(rule.weights + index)
      let a = other(mean + sd * load(rule.points + index))
      let (l, r, rest) = mixed(a.value)
      let u = r * rest
      let (thirdByA, fourthByA) = (u * (rest - r), u * (1 - 6 * u))
      let square = a.first * a.first
      value += weight * l
      first += weight * (r * a.first)
      second += weight * (u * square + r * a.second)
      var thirds = thirdByA * square * a.first
      thirds += 3 * u * a.first * a.second
      thirds += r * a.third
      third += weight * thirds
      var fourths = fourthByA * square * square
      fourths += 6 * thirdByA * square * a.second
      fourths += u * (3 * a.second * a.second + 4 * a.first * a.third)
      fourths += r * a.fourth
      fourth += weight * fourths
      overdispersion += weight * (r * a.overdispersionSlope)
      own += weight * rest
    }
    // Of the points that are left out l is 0 below and log pi above.
    let above = rule.sums(from: places.upperBound).weight
    let below = rule.sums(from: 0).weight - rule.sums(from: places.lowerBound).weight
    return RowMoments(
      value: sumOfLanes(value) + above * logShare, first: sumOfLanes(first),
      second: sumOfLanes(second), third: sumOfLanes(third), fourth: sumOfLanes(fourth),
      overdispersionSlope: sumOfLanes(overdispersion),
      shareSlope: sumOfLanes(own) + above + below * share - share)
  }

  /// E l for eight means and one variance.
  func values(means: SIMD8<Double>, variance: Double) -> SIMD8<Double> {
    let sd = variance.squareRoot()
    let rule = NormalRules.shared.briefRule(distance: distance / sd)
    var sum = SIMD8<Double>.zero
    for index in 0..<rule.count {
      let eta = means + sd * rule.points[index]
      let a = size.map { -$0 * vectorSoftplus(eta - logSize).softplus } ?? -rate(eta)
      sum += rule.weights[index] * mixed(a).value
    }
    return sum
  }
}
