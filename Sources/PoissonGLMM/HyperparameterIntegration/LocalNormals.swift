import PlatformEssentials

/// A density known at the nodes of a lattice as a mixture of normals, one a node: smooth between
/// the nodes, and with the skewness that the nodes have.
///
/// Normal kernels of SD b around all nodes add up to a constant, but for waves of 2 exp(-2 pi^2 b^2
/// / spacing^2). So f(y) = sum_k f(y) cell N(y; y_k, b^2), and in each term log f is near its
/// expansion around the node, f_k + g'd - d'H d / 2, d = y - y_k, which makes the term a normal:
///
///     A = (1/b^2 + H)^-1      mean y_k + A g      covariance A
///     mass exp(f_k + g'A g / 2) cell |A|^(1/2) / b^h
///
/// g and H come from a polynomial fitted to the log density of all nodes, and from differences
/// between neighbours of what the polynomial leaves; where it is not good, as in the tail of a wide
/// prior, from differences of the log density itself.
struct LocalNormals: Sendable {
  /// They add up to 1.
  private(set) var weights: [Double] = []
  /// By normal, h numbers.
  private(set) var means: [[Double]] = []
  /// By normal: A, h x h.
  private(set) var covariances: [Matrix] = []
  /// The log of the mass of all, which is that of the density.
  let logMass: Double

  /// b in spacings. The kernels' sum has waves of 1.4 % (cubic) or at most 1.2 % in any direction
  /// (body-centred), which is .003 SD in a quantile; a larger b would bend log f more within a
  /// term.
  private static func bandwidth(_ rule: LatticeRule) -> Double {
    (rule.isBodyCentred ? 0.36 : 0.5) * rule.spacing
  }
  /// Where the polynomial is farther from the log density than this, it is not used.
  private static let largestResidual = 0.5
  /// In b: no normal is farther from its node. The mean of a term that far out would tell more of
  /// the expansion than of the density.
  private static let largestShift = 2.5
  /// Normals of less mass are left out.
  private static let negligibleWeight = 1e-9

  /// Normals that are known.
  init(weights: [Double], means: [[Double]], covariances: [Matrix], logMass: Double) {
    (self.weights, self.means, self.covariances) = (weights, means, covariances)
    self.logMass = logMass
  }

  /// Moves all normals by a vector.
  mutating func move(by distance: [Double]) {
    means = means.map { zip($0, distance).map(+) }
  }

  /// - Parameters:
  ///   - indices: of the nodes, in halves of the spacing.
  ///   - logMasses: the log of density times volume of each.
  init(rule: LatticeRule, dimensions h: Int, indices: [[Int]], logMasses heights: [Double]) {
    let peak = heights.max() ?? 0
    let points = indices.map(rule.coordinates)
    let surface = LogDensityPolynomial(dimensions: h, points: points, heights: heights)
    let neighbours = LatticeDifferences(rule: rule, indices: indices)
    let b = Self.bandwidth(rule)
    var logMasses: [Double] = []
    for (k, point) in points.enumerated() where heights[k] > peak - 40 {
      var (gradient, curvature): ([Double], Matrix)
      if surface.residuals[k].magnitude < Self.largestResidual {
        (gradient, curvature) = surface.expansion(at: point)
        let rest = neighbours.expansion(k, surface.residuals, otherwise: 0)
        gradient = zip(gradient, rest.gradient).map(+)
        for axis in 0..<h { curvature[axis, axis] += rest.curvatures[axis] }
      } else {
        let whole = neighbours.expansion(k, heights, otherwise: 1)
        (gradient, curvature) = (whole.gradient, Matrix(diagonal: whole.curvatures))
      }
      let eigen = SymmetricEigenvectors(curvature)
      // A density that curves upwards by nearly half the kernel's own curvature is a mistake.
      let variances = eigen.values.map { 1 / (1 / (b * b) + max($0, -0.4 / (b * b))) }
      let covariance = SymmetricEigenvectors.matrix(axes: eigen.vectors, values: variances)
      var shift = covariance * gradient
      let length = shift.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if length > Self.largestShift * b {
        let factor = Self.largestShift * b / length
        shift = shift.map { factor * $0 }
        gradient = gradient.map { factor * $0 }
      }
      let rise = 0.5 * zip(shift, gradient).reduce(0) { $0 + $1.0 * $1.1 }
      let size = variances.reduce(0) { $0 + 0.5 * log($1 / (b * b)) }
      logMasses.append(heights[k] + rise + size)
      means.append(zip(point, shift).map(+))
      covariances.append(covariance)
    }
    let largest = logMasses.max() ?? 0
    let masses = logMasses.map { exp($0 - largest) }
    let total = masses.reduce(0, +)
    logMass = largest + log(total)
    weights = masses.map { $0 / total }
    let kept = weights.indices.filter { weights[$0] > Self.negligibleWeight }
    let mass = kept.reduce(0) { $0 + weights[$1] }
    weights = kept.map { weights[$0] / mass }
    means = kept.map { means[$0] }
    covariances = kept.map { covariances[$0] }
  }
}

/// A polynomial through the log density at the nodes, by least squares that weigh a node with the
/// root of its density.
struct LogDensityPolynomial {
  private let basis: HermiteBasis
  private let coefficients: [Double]
  /// Log density less polynomial, by node.
  let residuals: [Double]

  init(dimensions h: Int, points: [[Double]], heights: [Double]) {
    let peak = heights.max() ?? 0
    // The highest degree, four at most, for which there are enough nodes for every coefficient.
    var basis = HermiteBasis.complete(dimensions: h, degree: 2)
    for degree in 3...4 {
      let next = HermiteBasis.complete(dimensions: h, degree: degree)
      if 5 * next.count > 2 * points.count { break }
      basis = next
    }
    let coefficients =
      basis.fit(
        points: points, values: heights.map { [$0 - peak] },
        weights: heights.map { exp(0.5 * max($0 - peak, -60)) }
      ).first ?? []
    residuals = zip(points, heights).map { point, height in
      height - peak - zip(basis.values(point), coefficients).reduce(0) { $0 + $1.0 * $1.1 }
    }
    (self.basis, self.coefficients) = (basis, coefficients)
  }

  /// The gradient g, and H, the negative of the Hessian.
  func expansion(at point: [Double]) -> (gradient: [Double], curvature: Matrix) {
    let (gradient, hessian) = basis.derivatives(point, coefficients: coefficients)
    return (
      gradient, Matrix(order: hessian.order, elements: hessian.elements.map { -$0 })
    )
  }
}

/// Derivatives by differences between neighbours on the lattice.
private struct LatticeDifferences {
  let rule: LatticeRule
  let indices: [[Int]]
  private let places: [[Int]: Int]
  private let steps: [[Int]]

  init(rule: LatticeRule, indices: [[Int]]) {
    self.rule = rule
    self.indices = indices
    var places: [[Int]: Int] = [:]
    for (place, index) in indices.enumerated() { places[index] = place }
    self.places = places
    steps = rule.steps(dimensions: indices.first?.count ?? 0)
  }

  /// The gradient and the diagonal of the negative Hessian at node k of a function that is known at
  /// all nodes.
  ///
  /// The gradient is that of least squares over the neighbours that are there; a body-centred
  /// lattice's are corners of a cube, so that its axes are orthogonal too. Its second derivatives
  /// are not taken.
  /// - Parameter otherwise: the curvature where there is no second difference.
  func expansion(
    _ k: Int, _ values: [Double], otherwise: Double
  ) -> (gradient: [Double], curvatures: [Double]) {
    let h = indices[k].count
    var (sums, squares) = ([Double](repeating: 0, count: h), [Double](repeating: 0, count: h))
    var (seconds, counts) = (sums, [Int](repeating: 0, count: h))
    for step in steps {
      guard let place = places[zip(indices[k], step).map(+)] else { continue }
      let change = values[place] - values[k]
      for (axis, distance) in rule.coordinates(step).enumerated() where distance != 0 {
        sums[axis] += distance * change
        squares[axis] += distance * distance
        seconds[axis] -= change / (distance * distance)
        counts[axis] += 1
      }
    }
    return (
      zip(sums, squares).map { $1 > 0 ? $0 / $1 : 0 },
      (0..<h).map { counts[$0] == 2 && !rule.isBodyCentred ? seconds[$0] : otherwise }
    )
  }
}
