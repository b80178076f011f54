/// Columns of a covariance P^-1 that are solved for rather than drawn: those of effects in which
/// every row has a share, so that the error of a draw would be an error of all rows together.
///
/// With E these effects, S_EE = L L' and B = S_:E L^-T,
///
///     S = B B' + Cov(theta | theta_E)
///
/// and if theta is a draw of N(0, S), then theta - B L^-1 theta_E is one of the second part, in
/// which the effects of E are 0. The right sides b = P theta agree outside E.
final class SolvedColumns {
  /// E, places in theta.
  let effects: [Int]
  /// B, d x |E|, row-major.
  let root: DoubleStorage
  private let factor: DoubleStorage
  private let solutions: [Panel]
  private let right: Panel
  private let isSolved: [Bool]

  /// - Parameter count: d, the length of theta.
  init(_ effects: [Int], count: Int) {
    self.effects = effects
    root = DoubleStorage(count: count * effects.count)
    factor = DoubleStorage(count: effects.count * effects.count)
    let panels = (effects.count + Panel.width - 1) / Panel.width
    solutions = (0..<panels).map { _ in Panel(count: count) }
    right = Panel(count: count)
    var isSolved = [Bool](repeating: false, count: count)
    for effect in effects { isSolved[effect] = true }
    self.isSolved = isSolved
  }

  func contains(_ effect: Int) -> Bool { isSolved[effect] }

  /// Solves for the columns of P^-1, from those of the P before.
  func update(_ precision: PanelPrecision, tolerance: Double, room: PanelPrecision.Room) {
    let (order, width) = (effects.count, Panel.width)
    for (index, solution) in solutions.enumerated() {
      right.fill(with: 0)
      for e in (index * width)..<min((index + 1) * width, order) {
        right.pointer[effects[e]][e % width] = 1
      }
      precision.solve(right, into: solution, tolerance: tolerance, room: room)
    }
    func column(_ e: Int, _ effect: Int) -> Double {
      solutions[e / width].pointer[effect][e % width]
    }
    for e in 0..<order {
      for f in 0..<order {
        factor.pointer[e * order + f] = 0.5 * (column(e, effects[f]) + column(f, effects[e]))
      }
    }
    SmallCholesky.factor(factor.pointer, order: order)
    for effect in 0..<right.count {
      let row = root.pointer + effect * order
      for e in 0..<order {
        var sum = column(e, effect)
        for f in 0..<e { sum -= factor.pointer[e * order + f] * row[f] }
        row[e] = sum / factor.pointer[e * order + e]
      }
    }
  }

  /// The part of Cov(theta_i, theta_j) that comes through E; all of it if one is of E.
  func covariance(_ i: Int, _ j: Int) -> Double {
    let order = effects.count
    let (a, b) = (root.pointer + i * order, root.pointer + j * order)
    var sum = 0.0
    for e in 0..<order { sum += a[e] * b[e] }
    return sum
  }

  /// target <- theta - B L^-1 theta_E.
  func reduce(_ theta: Panel, into target: Panel) {
    let order = effects.count
    withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: order + 1) { scores in
      for e in 0..<order {
        var sum = theta.pointer[effects[e]]
        for f in 0..<e { sum -= factor.pointer[e * order + f] * scores[f] }
        scores[e] = sum / factor.pointer[e * order + e]
      }
      for k in 0..<theta.count {
        let row = root.pointer + k * order
        var value = theta.pointer[k]
        for e in 0..<order { value -= row[e] * scores[e] }
        target.pointer[k] = value
      }
      for effect in effects { target.pointer[effect] = .zero }
    }
  }

  /// a' B of a row of a design, |E| numbers.
  func project(row: Int, of design: PanelDesign, into target: UnsafeMutablePointer<Double>) {
    let order = effects.count
    for e in 0..<order { target[e] = 0 }
    design.forEachEffect(ofRow: row) { effect, value in
      let source = root.pointer + effect * order
      for e in 0..<order { target[e] += value * source[e] }
    }
  }
}
