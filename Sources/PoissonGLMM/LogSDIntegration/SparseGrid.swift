/// Smolyak's grid of few points in K dimensions, and the polynomials through values there.
///
/// The grid of level L joins the products of one-dimensional grids of levels l_1, ..., l_K with l_1
/// + ... + l_K = L, whose points are 0 at level 0, also -2 and 2 at level 1, also -4 and 4 at level
/// 2: 5, 13 and 25 points at level 2 in one, two and three dimensions. The polynomial is the
/// combination of products of one-dimensional interpolations U_l (Wasilkowski & Wozniakowski 1995)
///
///     sum over L - K < |l| <= L of (-1)^(L - |l|) binomial(K - 1, L - |l|) U_{l_1} x ... x U_{l_K}
///
/// exact for every power of one coordinate up to 2 L, and for products of powers that add up to as
/// much in levels.
struct SparseGrid: Sendable {
  static let level = 2
  /// The distance between neighbours on an axis.
  static let spacing = 2.0
  /// One-dimensional points, in the order of their levels.
  private static let positions = [0, -spacing, spacing, -2 * spacing, 2 * spacing]

  let dimensions: Int
  /// Each point as indices into `positions`; those of level 1 come before those of level 2.
  private let indices: [[Int]]
  /// The one-dimensional levels of every product, for each level of the whole, and their
  /// coefficients.
  private let products: [[(levels: [Int], coefficient: Double)]]

  /// The points.
  var points: [[Double]] { indices.map { $0.map { Self.positions[$0] } } }

  /// The number of points up to level 1: the origin and the points next to it on every axis.
  var innerPointCount: Int { 2 * dimensions + 1 }

  init(dimensions: Int) {
    self.dimensions = dimensions
    let tuples = Self.tuples(count: dimensions, below: Self.positions.count)
    indices = (0...Self.level).flatMap { level in
      tuples.filter { $0.reduce(0) { $0 + ($1 + 1) / 2 } == level }
    }
    let levels = Self.tuples(count: dimensions, below: Self.level + 1)
    products = (0...Self.level).map { level in
      levels.compactMap { levels in
        let missing = level - levels.reduce(0, +)
        guard (0..<dimensions).contains(missing) else { return nil }
        let binomial = (0..<missing).reduce(1) { $0 * (dimensions - 1 - $1) / ($1 + 1) }
        return (levels, Double(missing % 2 == 0 ? binomial : -binomial))
      }
    }
  }

  private static func tuples(count: Int, below end: Int) -> [[Int]] {
    (0..<count).reduce([[]]) { tuples, _ in tuples.flatMap { t in (0..<end).map { t + [$0] } } }
  }

  /// The points from which a point's value can be predicted: its neighbour towards 0 along one
  /// axis, and the next beyond that; nil for the origin. Both come before it.
  func predecessors(of point: Int) -> (nearest: Int, next: Int?)? {
    let index = indices[point]
    guard let axis = index.indices.last(where: { index[$0] > 0 }) else { return nil }
    func neighbour(_ position: Int) -> Int? {
      var other = index
      other[axis] = position
      return indices.firstIndex(of: other).flatMap { $0 < point ? $0 : nil }
    }
    // Beyond the neighbour of -2 lies 2, and the reverse; beyond that of 4 lies 0.
    let (nearest, next) = [(0, 2), (0, 1), (1, 0), (2, 0)][index[axis] - 1]
    return neighbour(nearest).map { ($0, neighbour(next)) }
  }

  /// The numbers by which the values at the points are multiplied in the polynomial at `z`: they
  /// add up to 1.
  /// - Parameter level: of the grid that is used; points of higher levels get 0.
  func coefficients(at z: [Double], level: Int = level) -> [Double] {
    combine(level: level) { Self.cardinals(at: z[$1], level: $0) }
  }

  /// The same for the polynomial's derivative along an axis.
  func slopes(at z: [Double], along axis: Int) -> [Double] {
    combine(level: Self.level) { level, k in
      k == axis
        ? Self.cardinalSlopes(at: z[k], level: level) : Self.cardinals(at: z[k], level: level)
    }
  }

  /// The points on an axis, in the order of their levels.
  func points(onAxis axis: Int) -> [Int] {
    Self.positions.indices.compactMap { position in
      indices.firstIndex(of: indices[0].indices.map { $0 == axis ? position : 0 })
    }
  }

  /// For each point of an axis, the polynomial that is 0 at all of them and has slope 1 there and 0
  /// at the others: (x - x_j) l_j(x)^2 with Lagrange's polynomials l_j; and its slope.
  static func slopeCorrections(at x: Double) -> (values: [Double], slopes: [Double]) {
    let (cardinals, slopes) = (cardinals(at: x, level: level), cardinalSlopes(at: x, level: level))
    return (
      positions.indices.map { (x - positions[$0]) * cardinals[$0] * cardinals[$0] },
      positions.indices.map {
        cardinals[$0] * (cardinals[$0] + 2 * (x - positions[$0]) * slopes[$0])
      }
    )
  }

  private func combine(
    level: Int, _ factors: (_ level: Int, _ axis: Int) -> [Double]
  ) -> [Double] {
    let table = (0...level).map { l in (0..<dimensions).map { factors(l, $0) } }
    var result = [Double](repeating: 0, count: indices.count)
    for (levels, coefficient) in products[level] {
      for (point, index) in indices.enumerated() {
        var value = coefficient
        for k in 0..<dimensions where value != 0 { value *= table[levels[k]][k][index[k]] }
        result[point] += value
      }
    }
    return result
  }

  /// Lagrange's polynomials through the points of a level; 0 for the other points.
  private static func cardinals(at x: Double, level: Int) -> [Double] {
    let used = positions.prefix(2 * level + 1)
    return positions.indices.map { j in
      guard j < used.count else { return 0 }
      return used.indices.reduce(1) { product, m in
        m == j ? product : product * (x - used[m]) / (used[j] - used[m])
      }
    }
  }

  private static func cardinalSlopes(at x: Double, level: Int) -> [Double] {
    let used = positions.prefix(2 * level + 1)
    return positions.indices.map { j in
      guard j < used.count else { return 0 }
      return used.indices.reduce(0) { sum, left in
        guard left != j else { return sum }
        return sum
          + used.indices.reduce(1 / (used[j] - used[left])) { product, m in
            m == j || m == left ? product : product * (x - used[m]) / (used[j] - used[m])
          }
      }
    }
  }
}
