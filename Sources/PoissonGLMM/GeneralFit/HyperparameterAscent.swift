import PlatformEssentials

/// How q(phi), independent normals N(m_a, r_a), moves uphill on the joint bound together with
/// q(theta): its coordinates are (m, log r), and a step is Newton's.
///
/// With the second moments of the effects held, the bound's curvature is too large by what the
/// effects would follow, and the steps are those of an EM algorithm: slow where data say little
/// about a standard deviation. `SecondMoments.responses` tell how the moments follow.
struct HyperparameterAscent {
  /// What the effects say of their prior.
  struct SecondMoments {
    /// T_k, by factor.
    let values: [Matrix]
    /// How T_k follows E Sigma_k^-1 (`PrecisionFactor.secondMomentResponse`), by factor; nil where
    /// T_k is to be held. Asked for only where a curvature is found.
    let responses: (_ factor: Int) -> Matrix?
  }

  private let layout: HyperparameterLayout
  /// By factor; those of log SDs are normal.
  private let priors: [HyperparameterPrior]
  private let levels: [Int]
  private let family: FamilyAscent
  /// Where the curvature was found, and its inverse with the signs turned: H, one block a factor.
  private var place: [Double] = []
  /// How many steps it was used for.
  private var age = 0
  /// Whether second moments followed in it.
  private var wasJoint = false
  private var inverse = Matrix(order: 0)
  /// The diagonal of the curvature of the factors' coordinates, with no direction flatter than the
  /// smallest curvature.
  private var ownWeights: [Double] = []
  /// The same of all coordinates.
  private(set) var weights: [Double] = []

  /// A step moves no coordinate by more.
  private static let longestStep = 1.5
  /// The curvature is found anew where a coordinate has moved by more of its own SDs, and after so
  /// many steps: the second moments of the effects have moved too.
  private static let reach = 0.3
  private static let longestUse = 5
  /// No direction counts as flatter than these, in units of the SDs of q(phi) and of its log r:
  /// with second moments held, and where they follow.
  private static let smallestHeldCurvature = 0.25
  private static let smallestCurvature = 0.1
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
  ///   - secondMoments: of the effects.
  ///   - familySlopes: the derivatives of the log likelihood by the family's part of the point.
  ///   - isJoint: whether the second moments follow; the curvature is found anew where that has
  ///     changed.
  /// - Returns: the step, and the square length of it in SDs.
  mutating func step(
    at point: [Double], secondMoments: SecondMoments, familySlopes: [Double], isJoint: Bool
  ) -> (step: [Double], length: Double) {
    let (h, half) = (layout.count, point.count / 2)
    if isJoint != wasJoint { place = [] }
    wasJoint = isJoint
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
    at point: [Double], secondMoments: SecondMoments
  ) -> (step: [Double], length: Double) {
    if layout.count == 0 { return ([], 0) }
    let slopes = gradient(moments(at: point), secondMoments.values)
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

  private func gradient(_ moments: HyperparameterMoments, _ values: [Matrix]) -> [Double] {
    let gradient = moments.gradient(levels: levels, secondMoments: values, priors)
    return gradient.means + gradient.logVariances
  }

  private mutating func findCurvature(at point: [Double], _ secondMoments: SecondMoments) {
    (place, age) = (point, 0)
    let scales = scales(at: point)
    let count = point.count
    var curvature = Matrix(order: count)
    // Of E Sigma_k^-1 over one scale of a coordinate, by coordinate and factor.
    var precisionChanges: [[Matrix]] = []
    for axis in 0..<count {
      var (below, above) = (point, point)
      below[axis] -= Self.difference * scales[axis]
      above[axis] += Self.difference * scales[axis]
      let (lower, upper) = (moments(at: below), moments(at: above))
      let change = zip(
        gradient(lower, secondMoments.values), gradient(upper, secondMoments.values)
      ).map(-)
      precisionChanges.append(
        zip(upper.precisions, lower.precisions).map { upper, lower in
          Matrix(
            order: upper.order,
            elements: zip(upper.elements, lower.elements).map { ($0 - $1) / (2 * Self.difference) })
        })
      for other in 0..<count {
        let value = change[other] * scales[other] / (4 * Self.difference)
        curvature[axis, other] += value
        curvature[other, axis] += value
      }
    }
    for factor in levels.indices {
      guard let response = secondMoments.responses(factor) else { continue }
      let changes = precisionChanges.map { $0[factor] }
      for a in 0..<count {
        for b in 0..<count {
          curvature[a, b] -= 0.5 * Self.product(changes[a], changes[b], by: response)
        }
      }
    }
    let eigen = SymmetricEigenvectors(curvature)
    let smallest = wasJoint ? Self.smallestCurvature : Self.smallestHeldCurvature
    func size(_ value: Double) -> Double { value.isFinite ? max(value, smallest) : 1e6 }
    ownWeights = zip(eigen.matrix(size).diagonal, scales).map { $0 / ($1 * $1) }
    inverse = eigen.matrix { 1 / size($0) }
    for i in 0..<count { for j in 0..<count { inverse[i, j] *= scales[i] * scales[j] } }
  }

  /// sum of A[i, k] S[k, l] B[l, j] M[j, i] over a response's sum of S (x) M.
  private static func product(_ a: Matrix, _ b: Matrix, by response: Matrix) -> Double {
    let q = a.order
    var sum = 0.0
    for k in 0..<q {
      for l in 0..<q {
        for i in 0..<q where a[i, k] != 0 {
          var inner = 0.0
          for j in 0..<q { inner += b[l, j] * response[k * q + l, j * q + i] }
          sum += a[i, k] * inner
        }
      }
    }
    return sum
  }
}
