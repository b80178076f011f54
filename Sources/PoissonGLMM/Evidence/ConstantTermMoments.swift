import PlatformEssentials

/// The sums over the nodes of a group in which one term adds t to every linear predictor: moments,
/// under the posterior of t, of the deviation c of t from the peak, with growth = e^c - 1 and
/// phi(c) = e^c - 1 - c.
struct ConstantTermMoments {
  /// The sum of weight times integrand, relative to the peak.
  let mass: Double
  /// E phi
  let phi: Double
  /// E growth
  let growth: Double
  /// Var phi
  let phiVariance: Double
  /// Cov(phi, growth)
  let phiGrowth: Double
  /// E (phi - E phi)^3
  let phiThird: Double

  private typealias Lanes = SIMD8<Double>

  /// - Parameter scratch: `scratchSize` doubles.
  init(
    _ peak: ConstantTermPeak, rule: ConstantTermRules.Rule, scratch: UnsafeMutablePointer<Double>
  ) {
    let blocks = UnsafeMutableRawPointer(scratch)
    let (nodes, weights) = (UnsafeRawPointer(rule.nodes), UnsafeRawPointer(rule.weights))
    let size = MemoryLayout<Lanes>.size
    let unit = (2 * peak.variance / peak.curvature).squareRoot()
    let doublings = Self.doublings(unit * rule.largestNode)
    let scale = 1 / peak.curvature

    var (sum, phiSum, growthSum) = (Lanes.zero, Lanes.zero, Lanes.zero)
    for block in 0..<rule.blockCount {
      let node = nodes.loadUnaligned(fromByteOffset: block * size, as: Lanes.self)
      let weight = weights.loadUnaligned(fromByteOffset: block * size, as: Lanes.self)
      let change = unit * node
      var phi = Self.phi(change, doublings: doublings)
      var growth = phi + change
      let height = peak.slope * change - scale * node * node - peak.mean * phi
      // False for NaN too, which infinite terms give: the integrand is 0 there.
      let counts = height .> -746
      phi.replace(with: 0, where: .!counts)
      growth.replace(with: 0, where: .!counts)
      let mass = (weight * vectorExponential(height)).replacing(with: 0, where: .!counts)
      sum += mass
      phiSum += mass * phi
      growthSum += mass * growth
      let place = 3 * block * size
      blocks.storeBytes(of: mass, toByteOffset: place, as: Lanes.self)
      blocks.storeBytes(of: phi, toByteOffset: place + size, as: Lanes.self)
      blocks.storeBytes(of: growth, toByteOffset: place + 2 * size, as: Lanes.self)
    }
    let mass = sum.sum()
    let (phi, growth) = (phiSum.sum() / mass, growthSum.sum() / mass)
    var (square, product, cube) = (Lanes.zero, Lanes.zero, Lanes.zero)
    for block in 0..<rule.blockCount {
      let place = 3 * block * size
      let deviation = blocks.loadUnaligned(fromByteOffset: place + size, as: Lanes.self) - phi
      let weighted = blocks.loadUnaligned(fromByteOffset: place, as: Lanes.self) * deviation
      let squared = weighted * deviation
      square += squared
      cube += squared * deviation
      product +=
        weighted * (blocks.loadUnaligned(fromByteOffset: place + 2 * size, as: Lanes.self) - growth)
    }
    self.mass = mass
    self.phi = phi
    self.growth = growth
    // The log-likelihood is concave in b (Prekopa 1973): a larger value is an error of the rule,
    // where the integrand is close to a step.
    phiVariance = min(square.sum() / mass, peak.variance + (1 + growth) / peak.mean)
    phiGrowth = product.sum() / mass
    phiThird = cube.sum() / mass
  }

  /// How many doubles the sums over so many blocks take.
  static func scratchSize(blockCount: Int) -> Int { 3 * 8 * blockCount }

  /// How often changes of up to `largest` in size are to be halved until they are 1 at most. 11
  /// times are enough: e^c is out of the range of doubles for changes of 2^11.
  private static func doublings(_ largest: Double) -> Int {
    var (count, reach) = (0, 1.0)
    while largest > reach, count < 11 {
      count += 1
      reach *= 2
    }
    return count
  }

  /// phi(c) for c up to 2^`doublings` in size, without cancellation: its Taylor series for the
  /// change halved so often, up to the power 18, whose next term is below half a unit in the last
  /// place, and phi(2 c) = 2 phi(c) + growth(c)^2.
  @inline(__always)
  private static func phi(_ change: Lanes, doublings: Int) -> Lanes {
    var c = change * (1 / Double(1 << doublings))
    var sum = Lanes(repeating: 1.0 / 6_402_373_705_728_000)
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
    var phi = sum * c * c
    for _ in 0..<doublings {
      let growth = phi + c
      phi = 2 * phi + growth * growth
      c += c
    }
    return phi
  }
}
