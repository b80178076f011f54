import PlatformEssentials

/// By how much the rates of a group's rows grow from the mode to the nodes of the rule, as products
/// over terms.
///
/// In the nodes' coordinates t the change of a linear predictor is sqrt(2) sum_k t_k s_ik with s_i
/// = L^-1 z_i sd, of which the part that is common to the rows, their average weighted by the
/// rates, is kept apart. Growths e^x - 1 of two changes combine without cancellation to g + h + g
/// h.
///
/// Memory: the rows of the largest group n + 3 times over for each term, with n points of the rule.
///
/// Sendable because each thread uses only its own.
final class GrowthTable: @unchecked Sendable {
  private let rule: AdaptiveRule
  private let rowCapacity: Int
  /// Larger changes are cut off here: where rates grow by e^700 there is no posterior weight.
  private static let largestChange = 700.0

  /// s_ik without the common part, a column for each term.
  private let scales: DoubleStorage
  /// For each term and point, a column of growths.
  private let growths: DoubleStorage
  /// For each term, the growth and the change by this term and those after it, at their present
  /// nodes.
  private let currentGrowth: DoubleStorage
  private let currentChange: DoubleStorage
  /// sqrt(2) t_k at the terms' present nodes.
  private let coordinates: DoubleStorage
  /// The common part of s_ik.
  let centerScales: DoubleStorage
  /// The rule's weights.
  let weights: DoubleStorage
  /// The constant term's distance from the mode, change and growth at each point, the varying terms
  /// being at 0: whole blocks of eight, the last filled up with zeros.
  let constantDistance: DoubleStorage
  let constantChange: DoubleStorage
  let constantGrowth: DoubleStorage

  init(rule: AdaptiveRule, termCount: Int, rowCapacity: Int) {
    self.rule = rule
    // Whole blocks of eight.
    self.rowCapacity = (rowCapacity + 7) / 8 * 8
    let columns = termCount * self.rowCapacity
    scales = DoubleStorage(count: columns)
    growths = DoubleStorage(count: columns * rule.nodes.count)
    currentGrowth = DoubleStorage(count: columns)
    currentChange = DoubleStorage(count: columns)
    coordinates = DoubleStorage(count: termCount)
    centerScales = DoubleStorage(count: termCount)
    weights = DoubleStorage(rule.weights)
    let blocks = (rule.nodes.count + 7) / 8 * 8
    constantDistance = DoubleStorage(count: blocks)
    constantChange = DoubleStorage(count: blocks)
    constantGrowth = DoubleStorage(count: blocks)
  }

  func rowScales(_ term: Int) -> UnsafeMutablePointer<Double> {
    scales.pointer + term * rowCapacity
  }
  func growth(_ term: Int) -> UnsafeMutablePointer<Double> {
    currentGrowth.pointer + term * rowCapacity
  }
  func change(_ term: Int) -> UnsafeMutablePointer<Double> {
    currentChange.pointer + term * rowCapacity
  }
  func coordinate(_ term: Int) -> Double { coordinates.pointer[term] }

  private func column(_ term: Int, _ node: Int) -> UnsafeMutablePointer<Double> {
    growths.pointer + (term * rule.nodes.count + node) * rowCapacity
  }

  /// Fills the table for the group whose peak has been found.
  func fill(_ integral: GroupIntegral) {
    let (rows, first) = (integral.rowCount, integral.constantCount)
    let factor = integral.factor.pointer
    for k in 0..<integral.termCount {
      var center = integral.centers.pointer[k]
      for l in 0..<k {
        center -= factor[k * integral.termCount + l] * centerScales.pointer[l]
      }
      let unit = 1 / factor[k * (integral.termCount + 1)]
      centerScales.pointer[k] = center * unit
      guard k >= first else { continue }
      let (z, scale) = (integral.column(k), rowScales(k))
      for i in 0..<rows { scale[i] = z[i] - integral.centers.pointer[k] }
      for l in first..<k {
        let (coefficient, other) = (factor[k * integral.termCount + l], rowScales(l))
        for i in 0..<rows { scale[i] -= coefficient * other[i] }
      }
      for i in 0..<rows { scale[i] *= unit }
      fillGrowths(term: k, rows: rows)
    }
    guard first > 0 else { return }
    for node in rule.nodes.indices {
      let coordinate = 2.0.squareRoot() * rule.nodes[node]
      let change = coordinate * centerScales.pointer[0]
      constantDistance.pointer[node] = coordinate / factor[0]
      constantChange.pointer[node] = change
      constantGrowth.pointer[node] = expm1(change)
    }
  }

  /// The nodes are symmetric about 0, and e^-x - 1 = -(e^x - 1) / e^x.
  private func fillGrowths(term: Int, rows: Int) {
    let (count, scale) = (rule.nodes.count, rowScales(term))
    for node in (count / 2)..<count {
      let (above, below) = (column(term, node), column(term, count - 1 - node))
      let coordinate = 2.0.squareRoot() * rule.nodes[node]
      // The last eight may reach beyond the rows: there is room, and nothing there is read.
      for i in stride(from: 0, to: rows, by: 8) {
        let change = coordinate * load(scale + i)
        let isFall = change .< 0
        let size = change.replacing(with: -change, where: isFall)
        let rise = vectorExponentialMinusOne(
          size.replacing(with: Self.largestChange, where: size .> Self.largestChange))
        let fall = -rise / (1 + rise)
        store(rise.replacing(with: fall, where: isFall), to: above + i)
        store(fall.replacing(with: rise, where: isFall), to: below + i)
      }
    }
  }

  /// Moves a varying term to a node; the terms after it are at theirs already.
  func move(term: Int, node: Int, _ integral: GroupIntegral) {
    let coordinate = 2.0.squareRoot() * rule.nodes[node]
    coordinates.pointer[term] = coordinate
    let (own, scale) = (column(term, node), rowScales(term))
    let (growth, change) = (growth(term), change(term))
    if term == integral.termCount - 1 {
      for i in 0..<integral.rowCount {
        growth[i] = own[i]
        change[i] = coordinate * scale[i]
      }
    } else {
      let (outerGrowth, outerChange) = (self.growth(term + 1), self.change(term + 1))
      for i in 0..<integral.rowCount {
        growth[i] = outerGrowth[i] + own[i] + outerGrowth[i] * own[i]
        change[i] = outerChange[i] + coordinate * scale[i]
      }
    }
  }
}
