/// The node sums from which `GroupExpansion` computes a group's third derivatives, by direction.
///
/// With t = sum_i mu_i(m) alpha_i, v and w the same sums with e^a' - 1 and a', A = sum_i mu_i(m)
/// alpha_i^2 and V that with e^a' - 1, at each node D'd = t phi(c) + v e^c - w and Q = (A + V) e^c
/// - A. The constant part of Q has no covariance with anything and is left out.
final class DirectionalThirds {
  private let fixedCount: Int
  private let rowCapacity: Int
  private var rowCount = 0
  private var directionCount = 0
  /// alpha_i and mu_i(m) alpha_i^2: a column for each direction.
  private let projections: DoubleStorage
  private let weightedSquares: DoubleStorage
  private let directions: DoubleStorage
  /// By direction: t and A.
  private let totals: DoubleStorage
  private let squares: DoubleStorage
  /// By direction: the sums over nodes of the posterior weight times D'd, its square and cube, Q
  /// and D'd Q.
  private let moments: DoubleStorage
  private static let momentCount = 5

  init(fixedCount: Int, rowCapacity: Int) {
    self.fixedCount = fixedCount
    self.rowCapacity = rowCapacity
    projections = DoubleStorage(count: fixedCount * rowCapacity)
    weightedSquares = DoubleStorage(count: fixedCount * rowCapacity)
    directions = DoubleStorage(count: fixedCount * fixedCount)
    totals = DoubleStorage(count: fixedCount)
    squares = DoubleStorage(count: fixedCount)
    moments = DoubleStorage(count: fixedCount * Self.momentCount)
  }

  /// Begins with a group.
  /// - Parameters:
  ///   - panel: a_i, p columns.
  ///   - mean: mu_i(m)
  ///   - totals: sum_i mu_i(m) a_i
  func start(
    _ sums: ExpansionSums, panel: DoubleStorage, mean: DoubleStorage,
    totals groupTotals: DoubleStorage,
    rowCount: Int
  ) {
    self.rowCount = rowCount
    directionCount = sums.directionCount
    moments.fill(with: 0)
    for index in 0..<directionCount {
      let projection = projections.pointer + index * rowCapacity
      let square = weightedSquares.pointer + index * rowCapacity
      let direction = directions.pointer + index * fixedCount
      direction.update(from: sums.directions + index * fixedCount, count: fixedCount)
      projection.update(repeating: 0, count: rowCount)
      for c in 0..<fixedCount {
        let (a, d) = (panel.pointer + c * rowCapacity, direction[c])
        for i in 0..<rowCount { projection[i] += d * a[i] }
      }
      var total = 0.0
      for i in 0..<rowCount {
        square[i] = mean.pointer[i] * projection[i] * projection[i]
        total += square[i]
      }
      squares.pointer[index] = total
      totals.pointer[index] = dotProduct(groupTotals.pointer, direction, fixedCount)
    }
  }

  /// Adds one node of the varying terms with all those of the constant one.
  /// - Parameters:
  ///   - node: the moments over the constant term's nodes.
  ///   - varyingTotals: sum_i mu_i(m) (e^a' - 1) a_i
  ///   - linearTotals: sum_i mu_i(m) a' a_i
  ///   - varyingGrowth: e^a' - 1 by row; nil without varying terms.
  func addNode(
    weight: Double, _ node: NodeMoments, varyingTotals: DoubleStorage, linearTotals: DoubleStorage,
    varyingGrowth: UnsafeMutablePointer<Double>?
  ) {
    for index in 0..<directionCount {
      let direction = directions.pointer + index * fixedCount
      let (t, square) = (totals.pointer[index], squares.pointer[index])
      var (v, r, ownSquare) = (0.0, 0.0, square)
      if let varyingGrowth {
        v = dotProduct(varyingTotals.pointer, direction, fixedCount)
        r = -dotProduct(linearTotals.pointer, direction, fixedCount)
        ownSquare += dotProduct(
          weightedSquares.pointer + index * rowCapacity, varyingGrowth, rowCount)
      }
      let first = t * node.phi + v * node.factor + r * node.mass
      let withFactor = t * node.factorPhi + v * node.factorFactor + r * node.factor
      let withPhi = t * node.phiPhi + v * node.factorPhi + r * node.phi
      let second = t * withPhi + v * withFactor + r * first
      // The sums of (D'd)^2 times phi and times e^c.
      let squarePhi =
        t * (t * node.phiCubed + 2 * (v * node.phiPhiFactor + r * node.phiPhi))
        + v * (v * node.phiFactorFactor + 2 * r * node.factorPhi) + r * r * node.phi
      let squareFactor =
        t * (t * node.phiPhiFactor + 2 * (v * node.phiFactorFactor + r * node.factorPhi))
        + v * (v * node.factorCubed + 2 * r * node.factorFactor) + r * r * node.factor
      let sum = moments.pointer + index * Self.momentCount
      sum[0] += weight * first
      sum[1] += weight * second
      sum[2] += weight * (t * squarePhi + v * squareFactor + r * second)
      sum[3] += weight * ownSquare * node.factor
      sum[4] += weight * ownSquare * withFactor
    }
  }

  /// Adds the group's third derivatives.
  /// - Parameters:
  ///   - growth: E e^d_i by row.
  ///   - mass: the sum of the posterior weights.
  func finish(_ sums: ExpansionSums, growth: DoubleStorage, mass: Double) {
    for index in 0..<directionCount {
      let sum = moments.pointer + index * Self.momentCount
      let (mean, square, cube) = (sum[0] / mass, sum[1] / mass, sum[2] / mass)
      let covariance = sum[4] / mass - mean * sum[3] / mass
      let central = cube - 3 * mean * square + 2 * mean * mean * mean
      let projection = projections.pointer + index * rowCapacity
      let weighted = weightedSquares.pointer + index * rowCapacity
      var cubes = 0.0
      for i in 0..<rowCount { cubes += growth.pointer[i] * weighted[i] * projection[i] }
      sums.third[index] += 3 * covariance - central - cubes
    }
  }
}
