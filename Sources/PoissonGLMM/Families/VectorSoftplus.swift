/// log(1 + exp(z)) and the logistic function of z, exp(z) / (1 + exp(z)), of eight numbers at once,
/// to a few units in the last place where z < 0, and of the largest of 1 and z elsewhere.
///
/// log(1 + x) = 2 artanh(x / (2 + x)) for x = exp(-|z|), whose argument is at most 1/3.
@inline(__always)
func vectorSoftplus(
  _ z: SIMD8<Double>
) -> (softplus: SIMD8<Double>, logistic: SIMD8<Double>) {
  let isPositive = z .> 0
  let falling = z.replacing(with: -z, where: isPositive)
  let x = vectorExponential(falling)
  let s = x / (x + 2)
  let square = s * s
  var series = SIMD8<Double>(repeating: 1.0 / 31)
  series = series * square + 1.0 / 29
  series = series * square + 1.0 / 27
  series = series * square + 1.0 / 25
  series = series * square + 1.0 / 23
  series = series * square + 1.0 / 21
  series = series * square + 1.0 / 19
  series = series * square + 1.0 / 17
  series = series * square + 1.0 / 15
  series = series * square + 1.0 / 13
  series = series * square + 1.0 / 11
  series = series * square + 1.0 / 9
  series = series * square + 1.0 / 7
  series = series * square + 1.0 / 5
  series = series * square + 1.0 / 3
  series = series * square + 1
  let logarithm = 2 * s * series
  let inverse = 1 / (x + 1)
  let logistic = (x * inverse).replacing(with: inverse, where: isPositive)
  return (logarithm + z.replacing(with: 0, where: .!isPositive), logistic)
}

/// E softplus(z) and the expectations of its first four derivatives, for z ~ N(mean, variance): the
/// logistic function p, then p (1 - p), p (1 - p) (1 - 2 p) and p (1 - p) (1 - 6 p (1 - p)).
struct SoftplusMoments {
  private(set) var value = 0.0
  private(set) var first = 0.0
  private(set) var second = 0.0
  private(set) var third = 0.0
  private(set) var fourth = 0.0

  /// Singularities are at +- i pi.
  static let distance = Double.pi

  init(mean: Double, variance: Double) {
    let sd = max(variance, 0).squareRoot()
    let rule = NormalRules.shared.rule(distance: Self.distance / sd)
    // softplus(z) = z + softplus(-z): below 0 the rules know where the mass is.
    let center = -mean.magnitude
    var (values, firsts) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    var (seconds, thirds, fourths) = (firsts, firsts, firsts)
    let (points, weights) = (rule.points.pointer, rule.weights.pointer)
    for index in stride(from: 0, to: rule.points.count, by: 8) {
      let weight = load(weights + index)
      let (softplus, p) = vectorSoftplus(center + sd * load(points + index))
      let product = p * (1 - p)
      values += weight * softplus
      firsts += weight * p
      let weighted = weight * product
      seconds += weighted
      thirds += weighted * (1 - 2 * p)
      fourths += weighted * (1 - 6 * product)
    }
    value = sumOfLanes(values)
    first = sumOfLanes(firsts)
    second = sumOfLanes(seconds)
    third = sumOfLanes(thirds)
    fourth = sumOfLanes(fourths)
    guard mean > 0 else { return }
    value += mean
    first = 1 - first
    third = -third
  }
}
