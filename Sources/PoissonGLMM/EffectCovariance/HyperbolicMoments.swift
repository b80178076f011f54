import PlatformEssentials

/// What products of sinh z and cosh z are expected to be, z ~ N(m, r): the entries of R^-1 are
/// polynomials in these, of second degree at most in each z.
///
///     E cosh z = e^(r/2) cosh m           E cosh^2 z     = (1 + e^(2r) cosh 2m) / 2
///     E sinh z = e^(r/2) sinh m           E sinh z cosh z = e^(2r) sinh(2m) / 2
///                                         E sinh^2 z     = (e^(2r) cosh 2m - 1) / 2
///
/// With r = 0 these are the values at z = m. An expectation of such a polynomial is linear in the
/// six numbers of each z: its derivative by m or r is the polynomial with the derivatives of the
/// six in their place.
struct HyperbolicMoments {
  /// E 1, which is 1; its derivatives are 0.
  var one: Double
  var cosh: Double
  var sinh: Double
  var coshSquared: Double
  var sinhCosh: Double
  var sinhSquared: Double

  /// - Parameters:
  ///   - mean: m.
  ///   - variance: r; 0 for the values at m.
  init(mean: Double, variance: Double) {
    let (single, double) = (exp(variance / 2), exp(2 * variance))
    let sinhMean = PlatformEssentials.sinh(mean)
    one = 1
    cosh = single * PlatformEssentials.cosh(mean)
    sinh = single * sinhMean
    sinhCosh = double * PlatformEssentials.sinh(2 * mean) / 2
    // Written so that nothing cancels where m and r are small.
    sinhSquared = expm1(2 * variance) * PlatformEssentials.cosh(2 * mean) / 2 + sinhMean * sinhMean
    coshSquared = 1 + sinhSquared
  }

  private init(cosh: Double, sinh: Double, coshSquared: Double, sinhCosh: Double) {
    one = 0
    self.cosh = cosh
    self.sinh = sinh
    self.coshSquared = coshSquared
    self.sinhCosh = sinhCosh
    // cosh^2 - sinh^2 is constant.
    sinhSquared = coshSquared
  }

  /// The derivatives by m.
  var derivativeByMean: HyperbolicMoments {
    HyperbolicMoments(
      cosh: sinh, sinh: cosh, coshSquared: 2 * sinhCosh, sinhCosh: coshSquared + sinhSquared)
  }

  /// The derivatives by r.
  var derivativeByVariance: HyperbolicMoments {
    HyperbolicMoments(
      cosh: cosh / 2, sinh: sinh / 2, coshSquared: coshSquared + sinhSquared,
      sinhCosh: 2 * sinhCosh)
  }
}

/// E log cosh z and its derivatives, z ~ N(m, r).
///
/// By the trapezoid rule in (z - m) / sqrt(r). The poles of tanh at +-i pi/2 limit its accuracy to
/// exp(-pi^2 / (sqrt(r) step)), the normal density to exp(-2 pi^2 / step^2): the step keeps both
/// below 1e-11.
struct LogCoshMoments {
  /// E log cosh z.
  private(set) var value: Double
  /// E tanh z, the derivative by m.
  private(set) var slope: Double
  /// E sech^2 z, twice the derivative by r.
  private(set) var curvature: Double

  private static let reach = 8.5

  init(mean: Double, variance: Double) {
    guard variance > 0 else {
      value = Self.logCosh(mean)
      slope = tanh(mean)
      curvature = 1 - slope * slope
      return
    }
    (value, slope, curvature) = (0, 0, 0)
    let sd = variance.squareRoot()
    // An SD beyond 40 has a step of 1/100 all the same: the posterior of a z has none such.
    let step = max(0.01, min(0.6, 0.3 / sd))
    let points = Int(Self.reach / step)
    let scale = step / (2 * Double.pi).squareRoot()
    for index in -points...points {
      let x = Double(index) * step
      let z = mean + sd * x
      let weight = scale * exp(-0.5 * x * x)
      let tangent = tanh(z)
      value += weight * Self.logCosh(z)
      slope += weight * tangent
      curvature += weight * (1 - tangent * tangent)
    }
  }

  /// log cosh z without overflow: |z| + log(1 + e^(-2|z|)) - log 2.
  static func logCosh(_ z: Double) -> Double {
    z.magnitude + log1p(exp(-2 * z.magnitude)) - log(2)
  }
}
