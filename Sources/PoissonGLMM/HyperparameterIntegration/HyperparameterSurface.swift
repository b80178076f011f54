import PlatformEssentials

/// A quantity that varies slowly over the posterior of the hyperparameters, computed at a few nodes
/// of a lattice and predicted at the others by a polynomial in the whitened coordinates y.
///
/// The coefficients are least squares that weigh a node with the root of its mass: what counts is
/// the error where the posterior is, but the sides must hold too.
struct HyperparameterSurface: Sendable {
  /// Which nodes to compute the quantity at.
  struct Design: Sendable, Equatable {
    /// From these alone the polynomial is fitted to see how good it is.
    let fitted: [Int]
    /// There it is held against the quantity; then these help to fit it as well.
    let heldBack: [Int]

    /// All nodes to be computed, `fitted` first.
    var all: [Int] { fitted + heldBack }
  }

  /// The polynomials of a surface: those that are held against the nodes held back, and those that
  /// all nodes are fitted by.
  struct Bases {
    let trial: HermiteBasis
    let final: HermiteBasis

    /// For the nodes that `design` chooses: all terms of second degree, and the cubes of single
    /// coordinates.
    static func full(dimensions: Int) -> Bases {
      let basis = HermiteBasis.powers(dimensions: dimensions, degree: 2)
      return Bases(trial: basis, final: basis)
    }

    /// For the center, the axes and the corners of a cube: the axes tell of the squares of single
    /// coordinates, and with the corners of all terms of second degree.
    static func few(dimensions: Int) -> Bases {
      Bases(
        trial: .powers(dimensions: dimensions, degree: 1),
        final: .complete(dimensions: dimensions, degree: 2))
    }
  }

  private let basis: HermiteBasis
  /// By computed node: the coefficients of the polynomial that is 1 there and 0 at the others, as
  /// far as least squares can.
  private let influences: [[Double]]
  /// By computed node, the quantities.
  private let computed: [[Double]]
  /// By quantity: the root of the mean square error at nodes held back, weighted with their mass;
  /// nil without such nodes.
  let errors: [Double]?

  /// Chooses nodes: those that determine the polynomial best.
  ///
  /// One after another, the node is taken whose row of weighted polynomials is farthest from the
  /// span of the rows that have been taken: pivots of an orthogonalization. When all coefficients
  /// are determined, a second round begins with the nodes that are left, and takes half as many, to
  /// make up for noise; a third takes those that are held back.
  /// - Parameters:
  ///   - coordinates: y, by node.
  ///   - weights: by node: the mass of the posterior, as well as it is known.
  ///   - known: the number of nodes at the beginning that were computed before: they take the
  ///     place of as many in the second round.
  static func design(
    coordinates: [[Double]], weights: [Double], known: Int = 0
  ) -> Design {
    let basis = HermiteBasis.powers(
      dimensions: coordinates.first?.count ?? 0, degree: 2)
    let order = basis.count
    var left = Array(weights.indices.filter { $0 >= known && weights[$0] > 0 })
    let scales = rootWeights(weights)
    let rows = coordinates.enumerated().map { node, y in
      basis.values(y).map { $0 * scales[node].squareRoot() }
    }
    func take(_ count: Int) -> [Int] {
      let taken = pivots(rows: rows, candidates: left, count: count)
      left.removeAll { taken.contains($0) }
      return taken
    }
    let first = take(order)
    let second = take(max((order + 1) / 2 - known, 0))
    return Design(
      fitted: Array(0..<known) + first + second, heldBack: take((order + 2) / 3))
  }

  /// - Parameters:
  ///   - coordinates: y of all nodes.
  ///   - weights: the mass of all nodes.
  ///   - design: which of them were computed.
  ///   - values: by node of `design.all`, the quantities.
  init(
    coordinates: [[Double]], weights: [Double], design: Design, values: [[Double]], bases: Bases
  ) {
    let scales = Self.rootWeights(weights)
    func influences(of nodes: [Int], _ basis: HermiteBasis) -> [[Double]] {
      basis.fit(
        points: nodes.map { coordinates[$0] },
        values: nodes.indices.map { node in nodes.indices.map { $0 == node ? 1 : 0 } },
        weights: nodes.map { scales[$0] })
    }
    if design.heldBack.isEmpty {
      errors = nil
    } else {
      let trial = influences(of: design.fitted, bases.trial)
      let mass = design.heldBack.reduce(0) { $0 + weights[$1] }
      var squares = [Double](repeating: 0, count: values.first?.count ?? 0)
      for (place, node) in design.heldBack.enumerated() {
        let row = bases.trial.values(coordinates[node])
        let predicted = Self.combination(
          of: values, trial.map { Self.product(row, $0) }, quantities: nil)
        let held = values[design.fitted.count + place]
        for column in squares.indices {
          let error = held[column] - predicted[column]
          squares[column] += weights[node] * error * error
        }
      }
      errors = squares.map { ($0 / mass).squareRoot() }
    }
    self.influences = influences(of: design.all, bases.final)
    computed = values
    basis = bases.final
  }

  /// The quantities at y, or some of them. As far away as the log density is no polynomial, either,
  /// the polynomial is asked for the nearest point within.
  func values(at y: [Double], quantities: Range<Int>? = nil) -> [Double] {
    let length = y.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let reach = LogDensitySurface.reach(dimensions: y.count)
    let row = basis.values(length > reach ? y.map { $0 * reach / length } : y)
    return Self.combination(
      of: computed, influences.map { Self.product(row, $0) }, quantities: quantities)
  }

  /// sum_n share_n values_n over the first nodes, as many as there are shares.
  private static func combination(
    of values: [[Double]], _ shares: [Double], quantities: Range<Int>?
  ) -> [Double] {
    let range = quantities ?? 0..<(values.first?.count ?? 0)
    var result = [Double](repeating: 0, count: range.count)
    result.withUnsafeMutableBufferPointer { result in
      for (share, numbers) in zip(shares, values) {
        numbers.withUnsafeBufferPointer { numbers in
          for index in range { result[index - range.lowerBound] += share * numbers[index] }
        }
      }
    }
    return result
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The root of the mass, relative to the largest.
  private static func rootWeights(_ weights: [Double]) -> [Double] {
    let largest = weights.max() ?? 1
    return weights.map { ($0 / largest).squareRoot() }
  }

  /// The nodes whose rows are farthest from the span of those before.
  private static func pivots(rows: [[Double]], candidates: [Int], count: Int) -> [Int] {
    var rest = candidates.map { rows[$0] }
    var taken: [Int] = []
    for _ in 0..<min(count, candidates.count) {
      let norms = rest.map { product($0, $0) }
      guard let pivot = norms.indices.max(by: { norms[$0] < norms[$1] }), norms[pivot] > 1e-20
      else { break }
      taken.append(candidates[pivot])
      let axis = rest[pivot].map { $0 / norms[pivot].squareRoot() }
      for k in rest.indices {
        let part = product(rest[k], axis)
        for i in axis.indices { rest[k][i] -= part * axis[i] }
      }
    }
    return taken
  }
}
