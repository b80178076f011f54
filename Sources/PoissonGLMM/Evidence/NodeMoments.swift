import PlatformEssentials

/// Sums over the constant term's nodes of the integrand times products of phi = phi(c) and factor =
/// e^c, up to the third order.
struct NodeMoments {
  private(set) var mass = 0.0
  private(set) var phi = 0.0
  private(set) var factor = 0.0
  private(set) var phiPhi = 0.0
  private(set) var factorPhi = 0.0
  private(set) var factorFactor = 0.0
  private(set) var phiCubed = 0.0
  private(set) var phiPhiFactor = 0.0
  private(set) var phiFactorFactor = 0.0
  private(set) var factorCubed = 0.0

  /// - Parameters:
  ///   - weights: the integrand times the rule's weight at `count` nodes, an even number of them.
  ///   - phis, factors: finite.
  init(
    weights: UnsafePointer<Double>, phis: UnsafePointer<Double>,
    factors: UnsafePointer<Double>, count: Int
  ) {
    typealias Pair = SIMD2<Double>
    var (mass, phi, factor) = (Pair.zero, Pair.zero, Pair.zero)
    var (phiPhi, factorPhi, factorFactor) = (Pair.zero, Pair.zero, Pair.zero)
    var (phiCubed, phiPhiFactor) = (Pair.zero, Pair.zero)
    var (phiFactorFactor, factorCubed) = (Pair.zero, Pair.zero)
    for node in stride(from: 0, to: count, by: 2) {
      let (weight, f, e) = (loadTwo(weights + node), loadTwo(phis + node), loadTwo(factors + node))
      let (weightedPhi, weightedFactor) = (weight * f, weight * e)
      let (square, product, factorSquare) = (weightedPhi * f, weightedPhi * e, weightedFactor * e)
      mass += weight
      phi += weightedPhi
      factor += weightedFactor
      phiPhi += square
      factorPhi += product
      factorFactor += factorSquare
      phiCubed += square * f
      phiPhiFactor += square * e
      phiFactorFactor += product * e
      factorCubed += factorSquare * e
    }
    self.mass = mass.sum()
    self.phi = phi.sum()
    self.factor = factor.sum()
    self.phiPhi = phiPhi.sum()
    self.factorPhi = factorPhi.sum()
    self.factorFactor = factorFactor.sum()
    self.phiCubed = phiCubed.sum()
    self.phiPhiFactor = phiPhiFactor.sum()
    self.phiFactorFactor = phiFactorFactor.sum()
    self.factorCubed = factorCubed.sum()
  }

  /// Those of a single node, where no term is constant; all 0 where the integrand is.
  init(integrand: Double, change: Double) {
    guard integrand > 0 else { return }
    let (f, e) = (expm1(change) - change, exp(change))
    mass = integrand
    phi = integrand * f
    factor = integrand * e
    phiPhi = phi * f
    factorPhi = phi * e
    factorFactor = factor * e
    phiCubed = phiPhi * f
    phiPhiFactor = phiPhi * e
    phiFactorFactor = factorPhi * e
    factorCubed = factorFactor * e
  }
}
