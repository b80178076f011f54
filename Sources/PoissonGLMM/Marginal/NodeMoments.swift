/// Sums over the constant term's nodes of the integrand times products of phi = phi(c) and growth = e^c - 1, up to the third order.
struct NodeMoments {
  private(set) var mass = 0.0
  private(set) var phi = 0.0
  private(set) var growth = 0.0
  private(set) var phiPhi = 0.0
  private(set) var growthPhi = 0.0
  private(set) var growthGrowth = 0.0
  private(set) var phiCubed = 0.0
  private(set) var phiPhiGrowth = 0.0
  private(set) var phiGrowthGrowth = 0.0
  private(set) var growthCubed = 0.0

  /// - Parameters:
  ///   - weights: the integrand times the rule's weight at `count` nodes, an even number of them.
  ///   - growths, changes: finite wherever the weight is not 0.
  init(
    weights: UnsafePointer<Double>, growths: UnsafePointer<Double>,
    changes: UnsafePointer<Double>, count: Int
  ) {
    typealias Pair = SIMD2<Double>
    var (mass, phi, growth) = (Pair.zero, Pair.zero, Pair.zero)
    var (phiPhi, growthPhi, growthGrowth) = (Pair.zero, Pair.zero, Pair.zero)
    var (phiCubed, phiPhiGrowth) = (Pair.zero, Pair.zero)
    var (phiGrowthGrowth, growthCubed) = (Pair.zero, Pair.zero)
    for node in stride(from: 0, to: count, by: 2) {
      let (weight, g) = (loadTwo(weights + node), loadTwo(growths + node))
      let f = g - loadTwo(changes + node)
      let (weightedPhi, weightedGrowth) = (weight * f, weight * g)
      let (square, product, growthSquare) = (weightedPhi * f, weightedPhi * g, weightedGrowth * g)
      mass += weight
      phi += weightedPhi
      growth += weightedGrowth
      phiPhi += square
      growthPhi += product
      growthGrowth += growthSquare
      phiCubed += square * f
      phiPhiGrowth += square * g
      phiGrowthGrowth += product * g
      growthCubed += growthSquare * g
    }
    self.mass = mass.sum()
    self.phi = phi.sum()
    self.growth = growth.sum()
    self.phiPhi = phiPhi.sum()
    self.growthPhi = growthPhi.sum()
    self.growthGrowth = growthGrowth.sum()
    self.phiCubed = phiCubed.sum()
    self.phiPhiGrowth = phiPhiGrowth.sum()
    self.phiGrowthGrowth = phiGrowthGrowth.sum()
    self.growthCubed = growthCubed.sum()
  }

  init() {}

  @inline(__always)
  mutating func add(_ weight: Double, growth g: Double, change: Double) {
    guard weight > 0 else { return }
    let f = g - change
    let (weightedPhi, weightedGrowth) = (weight * f, weight * g)
    mass += weight
    phi += weightedPhi
    growth += weightedGrowth
    phiPhi += weightedPhi * f
    growthPhi += weightedPhi * g
    growthGrowth += weightedGrowth * g
    phiCubed += weightedPhi * f * f
    phiPhiGrowth += weightedPhi * f * g
    phiGrowthGrowth += weightedPhi * g * g
    growthCubed += weightedGrowth * g * g
  }
}
