/// The rows by their levels of some factors, and the covariance of the effects u_J of these levels
/// given all others, the inverse of P_JJ.
///
/// With theta = P^-1 b and b of covariance P,
///
///     Cov(theta_J) = P_JJ^-1 + Cov(theta_J - P_JJ^-1 b_J)
///
/// the second being the expectation of u_J given the other effects. Draws have to tell only that
/// part, which is small where a level has rows of many levels of the other factors.
final class LevelSets {
  /// Places in the elimination order, ascending.
  let factors: [Int]
  /// Set c has the rows `rows[starts[c] ..< starts[c + 1]]`.
  let starts: [Int]
  let rows: [Int]
  let setOfRow: [Int32]
  /// The number of effects of a set's levels.
  let order: Int
  /// P_JJ^-1, set after set.
  let inverses: DoubleStorage
  private let design: PanelDesign
  /// The sets of pairs of the factors, which have the blocks of P_JJ off the diagonal.
  private let pairs: [LevelSets]
  /// The block of a pair of factors.
  private let crossProducts: DoubleStorage

  var count: Int { starts.count - 1 }

  init(_ design: PanelDesign, factors: [Int]) {
    self.design = design
    self.factors = factors
    let k = design.shapes.count
    func level(_ row: Int, _ factor: Int) -> Int {
      let shape = design.shapes[factor]
      return (Int(design.firstEffects.pointer[row * k + factor]) - shape.start) / shape.width
    }
    var rows = Array(0..<design.rowCount)
    for factor in factors.reversed() {
      rows = EliminationOrder.sorted(
        rows, by: { level($0, factor) }, levels: design.shapes[factor].levels)
    }
    var starts: [Int] = []
    var setOfRow = [Int32](repeating: 0, count: rows.count)
    for (index, row) in rows.enumerated() {
      if index == 0 || factors.contains(where: { level(row, $0) != level(rows[index - 1], $0) }) {
        starts.append(index)
      }
      setOfRow[row] = Int32(starts.count - 1)
    }
    starts.append(rows.count)
    (self.starts, self.rows, self.setOfRow) = (starts, rows, setOfRow)
    order = factors.reduce(0) { $0 + design.shapes[$1].width }
    inverses = DoubleStorage(count: (starts.count - 1) * order * order)
    let isPair = factors.count == 2
    crossProducts = DoubleStorage(
      count: isPair
        ? (starts.count - 1) * factors.reduce(1) { $0 * design.shapes[$1].width } : 0)
    pairs =
      factors.count < 3
      ? []
      : factors.indices.flatMap { j in
        factors[..<j].map { LevelSets(design, factors: [$0, factors[j]]) }
      }
  }

  /// Where the effects of a set's level of each factor begin in theta.
  @inline(__always)
  func firstEffect(ofSet set: Int, _ factor: Int) -> Int {
    Int(design.firstEffects.pointer[rows[starts[set]] * design.shapes.count + factor])
  }

  /// Inverts P_JJ of every set.
  func update(_ precision: PanelPrecision) {
    if factors.count == 2 { setCrossProducts(precision.weights) }
    for pair in pairs { pair.setCrossProducts(precision.weights) }
    let matrix = DoubleStorage(count: order * order)
    for set in 0..<count {
      matrix.fill(with: 0)
      var column = 0
      var columns: [Int] = []
      for factor in factors {
        let shape = design.shapes[factor]
        let level = (firstEffect(ofSet: set, factor) - shape.start) / shape.width
        let source =
          precision.blocks.pointer + precision.blockStarts[factor]
          + level * shape.width * shape.width
        for i in 0..<shape.width {
          for j in 0..<shape.width {
            matrix.pointer[(column + i) * order + column + j] = source[i * shape.width + j]
          }
        }
        columns.append(column)
        column += shape.width
      }
      if factors.count == 2 {
        addCross(self, set: set, to: matrix, columns[0], columns[1])
      } else {
        var next = 0
        for j in factors.indices {
          for i in 0..<j {
            let other = Int(pairs[next].setOfRow[rows[starts[set]]])
            addCross(pairs[next], set: other, to: matrix, columns[i], columns[j])
            next += 1
          }
        }
      }
      SmallCholesky.factor(matrix.pointer, order: order)
      SmallCholesky.invert(
        matrix.pointer, order: order, into: inverses.pointer + set * order * order)
    }
  }

  /// The lower triangle takes the block of two factors.
  private func addCross(
    _ pair: LevelSets, set: Int, to matrix: DoubleStorage, _ first: Int, _ second: Int
  ) {
    let widths = pair.factors.map { design.shapes[$0].width }
    let source = pair.crossProducts.pointer + set * widths[0] * widths[1]
    for i in 0..<widths[1] {
      for j in 0..<widths[0] {
        matrix.pointer[(second + i) * order + first + j] = source[i * widths[0] + j]
      }
    }
  }

  private func setCrossProducts(_ weights: DoubleStorage) {
    let (first, second) = (design.shapes[factors[0]], design.shapes[factors[1]])
    crossProducts.fill(with: 0)
    for row in 0..<design.rowCount {
      let a = design.values.pointer + row * design.width
      let target = crossProducts.pointer + Int(setOfRow[row]) * first.width * second.width
      for i in 0..<second.width {
        let scaled = weights.pointer[row] * a[second.column + i]
        for j in 0..<first.width { target[i * first.width + j] += scaled * a[first.column + j] }
      }
    }
  }

  /// Calls `body` with every effect of a set's levels: its place in J, in theta, and in a row.
  @inline(__always)
  func forEachEffect(
    ofSet set: Int, _ body: (_ place: Int, _ effect: Int, _ column: Int) -> Void
  ) {
    var place = 0
    for factor in factors {
      let first = firstEffect(ofSet: set, factor)
      let shape = design.shapes[factor]
      for term in 0..<shape.width {
        body(place, first + term, shape.column + term)
        place += 1
      }
    }
  }

  /// theta_J - P_JJ^-1 b_J: the expectation of u_J given the other effects of a draw P^-1 b.
  @inline(__always)
  func setConditionalMean(
    ofSet set: Int, draw: Panel, probe: Panel, into mean: UnsafeMutablePointer<SIMD8<Double>>
  ) {
    let inverse = inverses.pointer + set * order * order
    forEachEffect(ofSet: set) { place, effect, _ in mean[place] = draw.pointer[effect] }
    forEachEffect(ofSet: set) { column, effect, _ in
      let b = probe.pointer[effect]
      for place in 0..<order { mean[place] -= inverse[place * order + column] * b }
    }
  }

  /// g' P_JJ^-1 g.
  func quadraticForm(ofSet set: Int, _ g: [Double]) -> Double {
    let inverse = inverses.pointer + set * order * order
    var sum = 0.0
    for i in 0..<order {
      for j in 0..<order { sum += g[i] * inverse[i * order + j] * g[j] }
    }
    return sum
  }

  /// a_iJ' P_JJ^-1 a_jJ of two rows of a set.
  @inline(__always)
  func covariance(ofSet set: Int, _ i: Int, _ j: Int) -> Double {
    let inverse = inverses.pointer + set * order * order
    let values = design.values.pointer
    let (a, b) = (values + i * design.width, values + j * design.width)
    var sum = 0.0
    forEachEffect(ofSet: set) { place, _, column in
      forEachEffect(ofSet: set) { other, _, otherColumn in
        sum += a[column] * inverse[place * order + other] * b[otherColumn]
      }
    }
    return sum
  }
}
