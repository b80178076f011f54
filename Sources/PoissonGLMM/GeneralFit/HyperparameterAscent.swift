import PlatformEssentials

/// How q(phi), independent normals N(m_a, r_a), moves uphill on the joint bound together with
/// q(theta): its coordinates are (m, log r), and a step is Newton's with the second moments of the
/// effects held.
///
/// Held second moments make the bound's curvature too large by what the effects would follow, so
/// that the steps are those of an EM algorithm: slow by themselves where data say little about a
/// standard deviation, and made fast by the acceleration of all coordinates together.
struct HyperparameterAscent {
  private let layout: HyperparameterLayout
  /// By factor; those of log SDs are normal.
  private let priors: [HyperparameterPrior]
  private let levels: [Int]
  private let family: FamilyAscent
  /// Where the curvature was found, and its inverse with the signs turned: H, one block a factor.
  private var place: [Double] = []
  /// How many steps it was used for.
  private var age = 0
  private var inverse = Matrix(order: 0)
  /// The diagonal of the curvature of the factors' coordinates, never below a quarter of that of
  /// q(phi)'s own variances.
  private var ownWeights: [Double] = []
  /// The same of all coordinates.
  private(set) var weights: [Double] = []

  /// A step moves no coordinate by more.
  private static let longestStep = 1.5
  /// The curvature is found anew where a coordinate has moved by more of its own SDs, and after so
  /// many steps: the second moments of the effects have moved too.
  private static let reach = 0.3
  private static let longestUse = 5
  /// No direction counts as flatter than this, in units of the SDs of q(phi) and of its log r.
  private static let smallestCurvature = 0.25
  /// The distances of differences of gradients, in the same units.
  private static let difference = 0.05

  init(
    _ layout: HyperparameterLayout, priors: [HyperparameterPrior], levels: [Int],
    family: FamilyAscent
  ) {
    (self.layout, self.priors, self.levels, self.family) = (layout, priors, levels, family)
  }

  /// The number of coordinates.
  var count: Int { 2 * (layout.count + family.count) }

  /// The means and the variances at (m, log r): of the factors' hyperparameters, then of the
  /// family's.
  func normals(at point: [Double]) -> (means: [Double], variances: [Double]) {
    let half = point.count / 2
    return (Array(point[..<half]), point[half...].map { exp($0) })
  }

  /// The expectations at (m, log r).
  func moments(at point: [Double]) -> HyperparameterMoments {
    let (means, variances) = normals(at: point)
    return layout.moments(means: means, variances: variances)
  }

  /// E log p(phi) and the entropy of q(phi).
  func logPriorAndEntropy(_ moments: HyperparameterMoments, at point: [Double]) -> Double {
    let (means, variances) = familyNormals(at: point)
    return moments.logPriorAndEntropy(priors)
      + family.logPriorAndEntropy(means: means, variances: variances)
  }

  private func familyNormals(at point: [Double]) -> (means: [Double], variances: [Double]) {
    let (means, variances) = normals(at: point)
    return (Array(means.dropFirst(layout.count)), Array(variances.dropFirst(layout.count)))
  }

  /// - Parameters:
  ///   - secondMoments: T_k, by factor.
  ///   - familySlopes: the derivatives of the log likelihood by the family's part of the point.
  /// - Returns: the step, and the square length of it in SDs.
  mutating func step(
    at point: [Double], secondMoments: [Matrix], familySlopes: [Double]
  ) -> (step: [Double], length: Double) {
    let (h, half) = (layout.count, point.count / 2)
    let own = step(
      at: Array(point[..<h]) + point[half..<(half + h)], secondMoments: secondMoments)
    let (means, variances) = familyNormals(at: point)
    let others = family.step(means: means, variances: variances, slopes: familySlopes)
    func merged(_ own: [Double], _ others: [Double]) -> [Double] {
      let count = family.count
      return Array(own[..<h]) + others[..<count] + own[h...] + others[count...]
    }
    weights = merged(ownWeights, others.weights)
    return (merged(own.step, others.steps), own.length + others.length)
  }

  /// The same of the factors' hyperparameters.
  private mutating func step(
    at point: [Double], secondMoments: [Matrix]
  ) -> (step: [Double], length: Double) {
    if layout.count == 0 { return ([], 0) }
    let slopes = gradient(at: point, secondMoments)
    let scales = scales(at: point)
    let moved = zip(point, place).map { ($0 - $1).magnitude }
    age += 1
    if place.isEmpty || age > Self.longestUse
      || zip(moved, scales).contains(where: { $0 > Self.reach * $1 })
    {
      findCurvature(at: point, secondMoments)
    }
    let full = inverse * slopes
    let length = zip(full, slopes).reduce(0) { $0 + $1.0 * $1.1 }
    let longest = full.reduce(0) { max($0, $1.magnitude) }
    let share = longest > Self.longestStep ? Self.longestStep / longest : 1
    return (full.map { share * $0 }, length)
  }

  /// The SDs of q(phi), and those of log r where the bound is 1/2 (log r - r / r_0).
  private func scales(at point: [Double]) -> [Double] {
    point[layout.count...].map { exp(0.5 * $0) }
      + [Double](repeating: 2.squareRoot(), count: layout.count)
  }

  private func gradient(at point: [Double], _ secondMoments: [Matrix]) -> [Double] {
    let gradient = moments(at: point).gradient(
      levels: levels, secondMoments: secondMoments, priors)
    return gradient.means + gradient.logVariances
  }

  private mutating func findCurvature(at point: [Double], _ secondMoments: [Matrix]) {
    (place, age) = (point, 0)
    let scales = scales(at: point)
    let count = point.count
    var curvature = Matrix(order: count)
    for axis in 0..<count {
      var (below, above) = (point, point)
      below[axis] -= Self.difference * scales[axis]
      above[axis] += Self.difference * scales[axis]
      let change = zip(gradient(at: below, secondMoments), gradient(at: above, secondMoments))
        .map(-)
      for other in 0..<count {
        let value = change[other] * scales[other] / (4 * Self.difference)
        curvature[axis, other] += value
        curvature[other, axis] += value
      }
    }
    let eigen = SymmetricEigenvectors(curvature)
    func size(_ value: Double) -> Double {
      value.isFinite ? max(value, Self.smallestCurvature) : 1e6
    }
    ownWeights = zip(eigen.matrix(size).diagonal, scales).map { $0 / ($1 * $1) }
    inverse = eigen.matrix { 1 / size($0) }
    for i in 0..<count { for j in 0..<count { inverse[i, j] *= scales[i] * scales[j] } }
  }
}
