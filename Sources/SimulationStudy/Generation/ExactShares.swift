import GSLNumerics

/// Allocation in exact shares: of n units in a stratum, n times its share are of each kind, at
/// random places.
///
/// Where that is no whole number, the count is one of its two neighbours, drawn so that it is right
/// on average: with cumulative shares C_k and U uniform on [0, 1), kind k has floor(n C_k + U) -
/// floor(n C_(k-1) + U) units.
enum ExactShares {
  /// By unit, the number of its stratum, 0 for all where there is one.
  /// - Parameter levels: of a factor, by unit.
  static func strata(
    _ allocation: Covariate.Allocation, count: Int, levels: (String) -> [Int]?
  ) -> [Int] {
    switch allocation {
    case .chance, .balanced: [Int](repeating: 0, count: count)
    case .within(let factor): levels(factor) ?? [Int](repeating: 0, count: count)
    case .blocks(let size): (0..<count).map { $0 / size }
    }
  }

  /// By unit, which of the kinds it is of. Strata are drawn in the order of their first units.
  /// - Parameter shares: they add up to 1.
  static func places(_ shares: [Double], strata: [Int], from stream: RandomStream) -> [Int] {
    var unitsOf: [Int: [Int]] = [:]
    var order: [Int] = []
    for (unit, stratum) in strata.enumerated() {
      if unitsOf[stratum] == nil { order.append(stratum) }
      unitsOf[stratum, default: []].append(unit)
    }
    var places = [Int](repeating: 0, count: strata.count)
    for stratum in order {
      let units = unitsOf[stratum] ?? []
      var kinds = kinds(shares, count: units.count, offset: stream.uniform())
      // Fisher and Yates.
      for last in stride(from: kinds.count - 1, to: 0, by: -1) {
        kinds.swapAt(last, stream.uniformInteger(in: 0...last))
      }
      for (unit, kind) in zip(units, kinds) { places[unit] = kind }
    }
    return places
  }

  /// So many units, in the order of their kinds.
  private static func kinds(_ shares: [Double], count: Int, offset: Double) -> [Int] {
    var kinds: [Int] = []
    kinds.reserveCapacity(count)
    var cumulative = 0.0
    for (kind, share) in shares.enumerated() {
      cumulative += share
      // Sums of shares are rounded: 4 times 0.25 and thirds of 3 are whole.
      let end =
        kind == shares.count - 1
        ? count : Int((Double(count) * cumulative + offset + 1e-9).rounded(.down))
      kinds += Array(repeating: kind, count: max(0, min(end, count) - kinds.count))
    }
    return kinds
  }
}
