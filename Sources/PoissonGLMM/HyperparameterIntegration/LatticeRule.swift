import PlatformEssentials

/// A lattice in h dimensions, how wide it is and how far it goes.
///
/// The trapezoid rule on it is exact for a smooth density but for exp(-2 pi^2 / spacing^2) or, body
/// centred, exp(-4 pi^2 / spacing^2): the body-centred lattice is content with a wider spacing. In
/// three dimensions, at 1.8, it has a sixth more nodes than the cubic one at 1.5 and a tenth of its
/// error; beyond, it has fewer nodes as well.
struct LatticeRule: Sendable, Equatable {
  /// Whether there are nodes also in the middles of the cubes.
  let isBodyCentred: Bool
  /// The side of a cube, in SDs.
  let spacing: Double
  /// How far below the highest log density a node may be for its neighbours to be visited.
  let cut: Double

  /// The mass beyond the cut is P(chi2_h > 2 cut) for a normal density, so that the cut grows with
  /// h.
  static func standard(dimensions: Int) -> LatticeRule {
    switch dimensions {
    case ...1: LatticeRule(isBodyCentred: false, spacing: 0.75, cut: 9)
    case 2: LatticeRule(isBodyCentred: false, spacing: 1.25, cut: 8)
    case 3: LatticeRule(isBodyCentred: true, spacing: 1.8, cut: 9)
    case 4: LatticeRule(isBodyCentred: true, spacing: 1.95, cut: 10)
    default: LatticeRule(isBodyCentred: true, spacing: 1.95, cut: 10)
    }
  }

  /// What this rule is among the ways to integrate.
  func branch(dimensions: Int) -> IntegrationBranch {
    isBodyCentred ? .generalBodyCentred : dimensions == 1 ? .generalLine : .generalSquares
  }

  /// The volume of y that a node stands for.
  func cellVolume(dimensions: Int) -> Double {
    pow(spacing, Double(dimensions)) * (isBodyCentred ? 0.5 : 1)
  }

  /// From a node to its neighbours, in halves of the spacing: one side of a cube, or half a
  /// diagonal.
  func steps(dimensions h: Int) -> [[Int]] {
    if isBodyCentred {
      return (0..<(1 << h)).map { corner in (0..<h).map { corner >> $0 & 1 == 0 ? 1 : -1 } }
    }
    return (0..<h).flatMap { axis in
      [2, -2].map { step in (0..<h).map { $0 == axis ? step : 0 } }
    }
  }

  /// The log density that a node may have, from what is known on lines through it; nil if nothing
  /// is.
  ///
  /// Along a line through three nodes, a normal density's log has the second difference -d^2, d the
  /// distance of neighbours. Half of that is taken, so that a posterior may be half as curved as at
  /// its mode, and the average over all lines on which the next two nodes are known.
  /// - Parameters:
  ///   - steps: to its neighbours.
  ///   - heights: log densities by index.
  func hope(_ index: [Int], _ steps: [[Int]], _ heights: [[Int]: Double]) -> Double? {
    var (sum, count) = (0.0, 0)
    for step in steps {
      let next = zip(index, step).map(+)
      guard let near = heights[next], let far = heights[zip(next, step).map(+)] else { continue }
      let square = coordinates(step).reduce(0) { $0 + $1 * $1 }
      sum += 2 * near - far - 0.5 * square
      count += 1
    }
    return count > 0 ? sum / Double(count) : nil
  }

  /// y of a node.
  func coordinates(_ index: [Int]) -> [Double] { index.map { 0.5 * spacing * Double($0) } }
}
