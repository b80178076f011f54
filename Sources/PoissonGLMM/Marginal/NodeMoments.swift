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
