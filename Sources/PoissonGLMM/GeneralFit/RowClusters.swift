/// The sets of rows over which the correction R of the evidence is a sum, by inclusion and
/// exclusion: with l(c) the part of R that belongs to the rows of a set c,
///
///     R = sum over factors f nested in no other, over levels c of f:  l(c)
///         - sum over pairs f < g of them, over cells c = (level of f, level of g):  l(c)
///         + triples, ...
///
/// Pairs of rows that share no level contribute next to nothing. Where there are few rows, they are
/// one set, and the sum is exact.
struct RowClusters: Sendable {
  /// Sets that are added or subtracted together: the levels of one factor, or the cells of several.
  struct Family: Sendable {
    /// The factors whose levels its sets share; none of a set of all rows.
    let factors: [Int]
    /// 1 or -1.
    let sign: Double
    /// Set c has the rows `rows[starts[c] ..< starts[c + 1]]`, in the layout's order.
    let starts: [Int]
    let rows: [Int]

    var count: Int { starts.count - 1 }
  }

  let families: [Family]

  /// Up to this many rows are one set, which costs no more than some thousand operations a row.
  static let largestWhole = 64
  /// Of more factors than this that are nested in no other only so many enter: the sets of k of
  /// them are 2^k families.
  private static let maximumFactors = 4

  /// - Parameter levels: for each factor, the level of each row in the layout's order.
  init(levels: [[Int]], rows: Int) {
    guard rows > Self.largestWhole else {
      families = [Family(factors: [], sign: 1, starts: [0, rows], rows: Array(0..<rows))]
      return
    }
    let outermost = Self.outermost(levels)
    families = (1..<(1 << outermost.count)).map { subset in
      let chosen = outermost.indices.filter { subset & (1 << $0) != 0 }.map { outermost[$0] }
      return Self.family(chosen, levels, rows: rows)
    }
  }

  /// The rows by their levels of some factors.
  private static func family(_ chosen: [Int], _ levels: [[Int]], rows: Int) -> Family {
    let factors = chosen.map { levels[$0] }
    let order =
      factors.count == 1
      ? sorted(by: factors[0], rows: rows)
      // A stable sort by the last key first.
      : factors.reversed().reduce(into: Array(0..<rows)) { order, levels in
        order = sorted(order, by: levels)
      }
    var starts = [0]
    for position in order.indices.dropFirst()
    where factors.contains(where: { $0[order[position]] != $0[order[position - 1]] }) {
      starts.append(position)
    }
    starts.append(rows)
    return Family(
      factors: chosen, sign: factors.count % 2 == 1 ? 1 : -1, starts: starts, rows: order)
  }

  private static func sorted(by levels: [Int], rows: Int) -> [Int] {
    sorted(Array(0..<rows), by: levels)
  }

  /// A stable counting sort.
  private static func sorted(_ order: [Int], by levels: [Int]) -> [Int] {
    var next = [Int](repeating: 0, count: (levels.max() ?? -1) + 2)
    for level in levels { next[level + 1] += 1 }
    for level in 1..<next.count { next[level] += next[level - 1] }
    var result = order
    for row in order {
      result[next[levels[row]]] = row
      next[levels[row]] += 1
    }
    return result
  }

  /// The factors that are nested in no other, each once, as far as they enter: f is nested in g if
  /// rows that share a level of f share one of g.
  private static func outermost(_ factors: [[Int]]) -> [Int] {
    let outermost = factors.indices.filter { f in
      !factors.indices.contains { g in
        // Of two that are nested in each other the first stays.
        g != f && isNested(factors[f], in: factors[g])
          && (g < f || !isNested(factors[g], in: factors[f]))
      }
    }
    return Array(outermost.prefix(maximumFactors))
  }

  private static func isNested(_ inner: [Int], in outer: [Int]) -> Bool {
    var outerLevel = [Int](repeating: -1, count: (inner.max() ?? -1) + 1)
    for (level, container) in zip(inner, outer) {
      if outerLevel[level] < 0 { outerLevel[level] = container }
      if outerLevel[level] != container { return false }
    }
    return true
  }

  /// The mean covariance of two rows of a cluster, from the variance of sum_i w_i eta_i.
  /// - Parameters:
  ///   - total: that variance.
  ///   - rows: w_i and the variance of eta_i.
  static func meanCovariance(
    total: Double, _ rows: some Sequence<(Double, Double)>
  ) -> Double {
    var (own, sum, squares) = (0.0, 0.0, 0.0)
    for (weight, variance) in rows {
      own += weight * weight * variance
      sum += weight
      squares += weight * weight
    }
    let pairs = sum * sum - squares
    return pairs > 1e-12 * sum * sum ? max(total - own, 0) / pairs : 0
  }
}
