/// Computes with the rows of some consecutive groups of a random-intercept model, in scratch memory
/// that stays in cache.
///
/// With t_i = o_i + x_i' E b + E u_j + v_i / 2 and v_i = (x_i - W_j)' S (x_i - W_j) + Q_j, the rate
/// is e_i = exp(t_i). By powers of x_i,
///
///     t_i = o_i + [E u_j + (W_j' S W_j + Q_j) / 2] + x_i' [E b - S W_j] + x_i' S x_i / 2
///
/// so that a group enters through one level and p slopes, which `fillPredictors` copies to its
/// rows. A column of ones becomes part of the level.
struct InterceptTile {
  /// Rows of a tile. A group with more rows takes several tiles.
  static let rows = 256
  /// Scratch columns are longer by two vectors, so that the last one may be incomplete.
  private static let stride = rows + 16

  private let design: UnsafePointer<Double>
  private let offset: UnsafePointer<Double>?
  private let rowCount: Int
  private let fixedCount: Int
  private let onesPosition: Int
  /// The number of varying columns.
  private let columns: Int
  /// e_i
  let rate: UnsafeMutablePointer<Double>
  /// The factor of each rate once its group's optimum is known.
  private let factor: UnsafeMutablePointer<Double>
  /// Columns of the slopes; later of e_i x_i.
  private let panel: UnsafeMutablePointer<Double>
  /// The coefficients of x' S x / 2 in the varying columns: for each c, S_cc / 2, then S_cd for d <
  /// c.
  private let form: UnsafeMutablePointer<Double>

  static func scratchSize(_ source: InterceptData) -> Int {
    let count = source.varyingColumns.count
    return stride * (count + 2) + count * count
  }

  /// - Parameter scratch: room for `scratchSize` doubles.
  init(_ source: InterceptData, scratch: UnsafeMutablePointer<Double>) {
    design = UnsafePointer(source.data.fixedDesign.pointer)
    offset = source.hasOffset ? UnsafePointer(source.data.offset.pointer) : nil
    rowCount = source.data.rowCount
    fixedCount = source.data.shape.fixedCount
    onesPosition = source.onesPosition
    columns = source.varyingColumns.count
    rate = scratch
    factor = scratch + Self.stride
    panel = factor + Self.stride
    form = panel + columns * Self.stride
  }

  /// The index of a varying column among the fixed columns.
  @inline(__always)
  private func position(_ index: Int) -> Int { index &+ (index >= onesPosition ? 1 : 0) }

  @inline(__always)
  private func column(_ index: Int, from first: Int) -> UnsafePointer<Double> {
    design + (position(index) &* rowCount &+ first)
  }

  /// Sets the quadratic form x' M x / 2 with a symmetric `matrix` M, p x p.
  func setForm(_ matrix: UnsafePointer<Double>) {
    for c in 0..<columns {
      for d in 0..<c {
        form[c * columns + d] = matrix[position(c) * fixedCount + position(d)]
      }
      form[c * (columns + 1)] = 0.5 * matrix[position(c) * (fixedCount + 1)]
    }
  }

  /// Gives rows `start..<end` of the tile their group's level and slopes (varying columns only).
  /// Tiles are filled in order: the rows behind `end` are overwritten.
  @inline(__always)
  func fillPredictors(
    level: Double, slopes: UnsafePointer<Double>, from start: Int, to end: Int
  ) {
    repeatValue(level, in: rate, from: start, to: end)
    for c in 0..<columns {
      repeatValue(slopes[c], in: panel + c &* Self.stride, from: start, to: end)
    }
  }

  /// The same with the level and the slopes that `vectors` hold for group `index`.
  @inline(__always)
  func fillPredictors(_ vectors: InterceptGroupTile, _ index: Int, from start: Int, to end: Int) {
    repeatValue(vectors.level[index], in: rate, from: start, to: end)
    for c in 0..<columns {
      repeatValue(vectors.slope(c)[index], in: panel + c &* Self.stride, from: start, to: end)
    }
  }

  /// Multiplies the rates of rows `start..<end` in the next `addGram`; in order, like
  /// `fillPredictors`.
  @inline(__always)
  func scale(by value: Double, from start: Int, to end: Int) {
    repeatValue(value, in: factor, from: start, to: end)
  }

  @inline(__always)
  private func repeatValue(
    _ value: Double, in column: UnsafeMutablePointer<Double>, from start: Int, to end: Int
  ) {
    let vector = SIMD8<Double>(repeating: value)
    var i = start
    repeat {
      store(vector, to: column + i)
      i &+= 8
    } while i < end
  }

  /// Fills the rates of `count` rows from `first` on.
  func fillRates(first: Int, count: Int) {
    if let offset {
      let offset = offset + first
      fill(first: first, count: count) { vectorExponential($0 + load(offset + $1)) }
    } else {
      fill(first: first, count: count) { t, _ in vectorExponential(t) }
    }
  }

  /// Fills `rate` with `weights` times the polynomial in x_i whose coefficients `setForm` and
  /// `fillPredictors` have set.
  func fillWeighted(first: Int, count: Int, weights: UnsafePointer<Double>) {
    fill(first: first, count: count) { $0 * load(weights + $1) }
  }

  @inline(__always)
  private func fill(
    first: Int, count: Int, _ finish: (SIMD8<Double>, _ i: Int) -> SIMD8<Double>
  ) {
    var i = 0
    while i < count {
      var t = load(rate + i)
      for c in 0..<columns {
        let row = form + c * columns
        let x = load(column(c, from: first) + i)
        var slope = load(panel + c * Self.stride + i) + row[c] * x
        for d in 0..<c { slope += row[d] * load(column(d, from: first) + i) }
        t += x * slope
      }
      store(finish(t, i), to: rate + i)
      i &+= 8
    }
    // Clears what the last vector wrote beyond the rows.
    (rate + count).update(repeating: 0, count: i - count)
  }

  /// The largest of |t_i| among `count` rows from `first` on, t_i being the polynomial; NaN if one
  /// is.
  func largestValue(first: Int, count: Int) -> Double {
    fill(first: first, count: count) { t, _ in t }
    var largest = 0.0
    for i in 0..<count where !(rate[i].magnitude <= largest) { largest = rate[i].magnitude }
    return largest
  }

  /// Adds sum_i e_i x_i x_i' of the varying columns to the lower triangle of `gram`, and leaves e_i
  /// x_i for `setBorder` and `weightedSum`.
  /// - Parameter isScaled: whether the rates are first to be multiplied by what `scale` has set.
  func addGram(
    first: Int, count: Int, isScaled: Bool = false, to gram: UnsafeMutablePointer<Double>
  ) {
    if isScaled {
      var i = 0
      while i < count {
        store(load(rate + i) * load(factor + i), to: rate + i)
        i &+= 8
      }
      (rate + count).update(repeating: 0, count: i - count)
    }
    for c in 0..<columns {
      let x = column(c, from: first)
      let weighted = panel + c * Self.stride
      var own = SIMD8<Double>.zero
      var i = 0
      while i < count {
        let x = load(x + i)
        let value = load(rate + i) * x
        store(value, to: weighted + i)
        own += value * x
        i &+= 8
      }
      gram[c * (columns + 1)] += sumOfLanes(own)
      for d in 0..<c {
        gram[c * columns + d] += dotProduct(weighted, column(d, from: first), count)
      }
    }
  }

  /// Sets C_j = sum_i e_i x_i over rows `start..<end` of the tile, after `addGram`.
  @inline(__always)
  func setBorder(_ vectors: InterceptGroupTile, _ index: Int, from start: Int, to end: Int) {
    for c in 0..<columns {
      vectors.varyingBorder(c)[index] = sum(panel + (c &* Self.stride &+ start), end &- start)
    }
    if columns < fixedCount { vectors.border(onesPosition)[index] = vectors.rateSum[index] }
  }

  /// sum_i e_i x_i of one varying column, after `addGram`.
  func weightedSum(_ index: Int, count: Int) -> Double {
    sum(panel + index * Self.stride, count)
  }
}
