/// The order in which factors are eliminated, and the order of rows that goes with it.
enum EliminationOrder {
  /// Factors by decreasing number of levels, but a nested one before what contains it: its levels
  /// then meet only one level of that, and eliminating them fills nothing in.
  /// - Returns: the factors' indices.
  static func factors(_ factors: [EffectFactor]) -> [Int] {
    var remaining = factors.indices.sorted {
      (-factors[$0].levels, $0) < (-factors[$1].levels, $1)
    }
    let isNested = factors.indices.map { inner in
      factors.indices.map { outer in
        inner != outer && Self.isNested(factors[inner], in: factors[outer])
      }
    }
    var order: [Int] = []
    while !remaining.isEmpty {
      // Two factors may be nested in each other; then none has to wait.
      let next =
        remaining.firstIndex { candidate in
          remaining.allSatisfy { !isNested[$0][candidate] || isNested[candidate][$0] }
        } ?? 0
      order.append(remaining.remove(at: next))
    }
    return order
  }

  /// Whether every level of `inner` meets only one level of `outer`.
  static func isNested(_ inner: EffectFactor, in outer: EffectFactor) -> Bool {
    var container = [Int](repeating: -1, count: inner.levels)
    for (innerLevel, outerLevel) in zip(inner.levelOfRow, outer.levelOfRow) {
      if container[innerLevel] < 0 { container[innerLevel] = outerLevel }
      if container[innerLevel] != outerLevel { return false }
    }
    return true
  }

  /// The rows sorted by level of the first factor, then the second, and so on; rows that are alike
  /// stay in their order.
  static func rows(_ factors: [EffectFactor], rowCount: Int) -> [Int] {
    var rows = Array(0..<rowCount)
    for factor in factors.reversed() {
      rows = sorted(rows, by: { factor.levelOfRow[$0] }, levels: factor.levels)
    }
    return rows
  }

  /// Stable counting sort.
  static func sorted(_ items: [Int], by level: (Int) -> Int, levels: Int) -> [Int] {
    var places = [Int](repeating: 0, count: levels + 1)
    for item in items { places[level(item) + 1] += 1 }
    for index in 0..<levels { places[index + 1] += places[index] }
    var result = [Int](repeating: 0, count: items.count)
    for item in items {
      result[places[level(item)]] = item
      places[level(item)] += 1
    }
    return result
  }
}
