import CVectorKernels

/// log(1 + exp(z)) and the logistic function of z, exp(z) / (1 + exp(z)), of eight numbers at once,
/// to a few units in the last place where z < 0, and of the largest of 1 and z elsewhere.
///
/// log(1 + x) = 2 artanh(s), s = x / (2 + x) for x = exp(-|z|) or, where 1 + x is above sqrt 2,
/// log 2 + 2 artanh(s), s = (x - 1) / (x + 3): |s| is at most 0.172.
@inline(__always)
func vectorSoftplus(
  _ z: SIMD8<Double>
) -> (softplus: SIMD8<Double>, logistic: SIMD8<Double>) {
  let isPositive = z .> 0
  let falling = z.replacing(with: -z, where: isPositive)
  let x = vectorExponential(falling)
  let isHalved = x .> 0.414_213_562_373_095
  let numerator = x - SIMD8<Double>.zero.replacing(with: 1, where: isHalved)
  let denominator = x + SIMD8<Double>(repeating: 2).replacing(with: 3, where: isHalved)
  // One division for two: 1 / (1 + x), and s.
  let common = 1 / ((x + 1) * denominator)
  let inverse = common * denominator
  let s = numerator * (common * (x + 1))
  let square = s * s
  var series = SIMD8<Double>(repeating: 1.0 / 19)
  series = series * square + 1.0 / 17
  series = series * square + 1.0 / 15
  series = series * square + 1.0 / 13
  series = series * square + 1.0 / 11
  series = series * square + 1.0 / 9
  series = series * square + 1.0 / 7
  series = series * square + 1.0 / 5
  series = series * square + 1.0 / 3
  series = series * square + 1
  let logarithm =
    2 * s * series + SIMD8<Double>.zero.replacing(with: 0.693_147_180_559_945_3, where: isHalved)
  let logistic = (x * inverse).replacing(with: inverse, where: isPositive)
  return (logarithm + z.replacing(with: 0, where: .!isPositive), logistic)
}

/// Weighted sums of softplus(z) and of its first four derivatives, lane by lane.
struct SoftplusSums {
  private(set) var value = SIMD8<Double>.zero
  private(set) var first = SIMD8<Double>.zero
  private(set) var second = SIMD8<Double>.zero
  private(set) var third = SIMD8<Double>.zero
  private(set) var fourth = SIMD8<Double>.zero

  init() {}

  /// The sums over the points of a rule at z = center + sd point, lane by lane, by the widest
  /// instructions that there are: the same bits as by `add`.
  init(
    centers: SIMD8<Double>, sds: SIMD8<Double>, _ rule: NormalRules.Rule,
    instructions: vector_instructions = VectorInstructions.here
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 56) {
      guard let room = $0.baseAddress else { return }
      store(centers, to: room)
      store(sds, to: room + 8)
      let sums = room + 16
      softplus_add_up(instructions, room, room + 8, rule.points, rule.weights, rule.count, sums)
      (value, first, second) = (load(sums), load(sums + 8), load(sums + 16))
      (third, fourth) = (load(sums + 24), load(sums + 32))
    }
  }

  /// The sums of softplus alone.
  static func values(
    centers: SIMD8<Double>, sd: Double, _ rule: NormalRules.Rule,
    instructions: vector_instructions = VectorInstructions.here
  ) -> SIMD8<Double> {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 16) {
      guard let room = $0.baseAddress else { return .zero }
      store(centers, to: room)
      softplus_add_up_values(
        instructions, room, sd, rule.points, rule.weights, rule.count, room + 8)
      return load(room + 8)
    }
  }

  @inline(__always)
  mutating func add(at z: SIMD8<Double>, weight: SIMD8<Double>) {
    let (softplus, p) = vectorSoftplus(z)
    let product = p * (1 - p)
    value += weight * softplus
    first += weight * p
    let weighted = weight * product
    second += weighted
    third += weighted * (1 - 2 * p)
    fourth += weighted * (1 - 6 * product)
  }
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
  /// Above, softplus(z) is z; below, it is exp(z), which is nothing beside values at 0.
  private static let reach = 40.0
  /// How many SDs below its center exp(z) times a normal density counts.
  private static let spread = 7.5

  init(mean: Double, variance: Double) {
    let sd = max(variance, 0).squareRoot()
    let rule = NormalRules.shared.rule(distance: Self.distance / sd)
    // softplus(z) = z + softplus(-z): below 0 the rules know where the mass is.
    let center = -mean.magnitude
    var sums = SoftplusSums()
    // Where the normal is far below 0 all there is may be below -reach, and counts in proportion.
    let low = min(-Self.reach, center + variance - Self.spread * sd)
    let places = rule.places(from: (low - center) / sd, to: (Self.reach - center) / sd)
    for index in stride(from: places.lowerBound, to: places.upperBound, by: 8) {
      sums.add(at: center + sd * load(rule.points + index), weight: load(rule.weights + index))
    }
    let above = rule.sums(from: places.upperBound)
    value = sumOfLanes(sums.value) + center * above.weight + sd * above.moment
    first = sumOfLanes(sums.first) + above.weight
    second = sumOfLanes(sums.second)
    third = sumOfLanes(sums.third)
    fourth = sumOfLanes(sums.fourth)
    guard mean > 0 else { return }
    value += mean
    first = 1 - first
    third = -third
  }
}

/// The same of eight rows at once, for variances that a Gauss-Hermite rule serves.
struct SoftplusRows {
  private(set) var value: SIMD8<Double>
  private(set) var first: SIMD8<Double>
  private(set) var second: SIMD8<Double>
  private(set) var third: SIMD8<Double>
  private(set) var fourth: SIMD8<Double>

  /// By the rule for the largest variance or, where that takes a trapezoid rule, row by row.
  @inline(__always)
  init(means: SIMD8<Double>, variances: SIMD8<Double>) {
    let sds = variances.squareRoot()
    if let rule = Self.rule(sds) {
      self.init(means: means, sds: sds, rule)
    } else {
      self.init(rowByRow: means, variances: variances)
    }
  }

  @inline(never)
  private init(rowByRow means: SIMD8<Double>, variances: SIMD8<Double>) {
    (value, first, second, third, fourth) = (.zero, .zero, .zero, .zero, .zero)
    for lane in 0..<8 {
      let row = SoftplusMoments(mean: means[lane], variance: variances[lane])
      value[lane] = row.value
      first[lane] = row.first
      second[lane] = row.second
      third[lane] = row.third
      fourth[lane] = row.fourth
    }
  }

  /// The rule for the largest of eight SDs; nil where it is a trapezoid rule.
  @inline(__always)
  static func rule(_ sds: SIMD8<Double>) -> NormalRules.Rule? {
    NormalRules.shared.gauss(distance: SoftplusMoments.distance / sds.max())
  }

  @inline(__always)
  init(means: SIMD8<Double>, sds: SIMD8<Double>, _ rule: NormalRules.Rule) {
    let isPositive = means .> 0
    let centers = means.replacing(with: -means, where: isPositive)
    let sums = SoftplusSums(centers: centers, sds: sds, rule)
    value = (sums.value + means).replacing(with: sums.value, where: .!isPositive)
    first = (1 - sums.first).replacing(with: sums.first, where: .!isPositive)
    second = sums.second
    third = sums.third.replacing(with: -sums.third, where: isPositive)
    fourth = sums.fourth
  }

  /// The moments with all means moved by `change`, a thousandth at most, by Taylor's series as far
  /// as the derivatives go: the value and the first derivative to 1e-14, the second to 4e-11 and
  /// the fourth to 3e-4.
  func moved(by change: Double) -> SoftplusRows {
    var moved = self
    let (half, sixth) = (change / 2, change / 6)
    let fromFourth = fourth * (change * change / 24)
    moved.value += change * (first + half * second + change * (sixth * third + fromFourth))
    moved.first += change * (second + half * third + change * sixth * fourth)
    moved.second += change * (third + half * fourth)
    moved.third += change * fourth
    return moved
  }

  /// The largest move that `moved` serves.
  static let largestMove = 1e-3
}
