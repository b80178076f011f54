/// The work on the rows of some consecutive groups of a random-intercept model, in scratch that stays in cache.
///
/// With t_i = o_i + x_i' E b + E u_j + v_i / 2 and v_i = (x_i - W_j)' S (x_i - W_j) + Q_j, the rate is e_i = exp(t_i). By powers
/// of x_i,
///
///     t_i = o_i + [E u_j + (W_j' S W_j + Q_j) / 2] + x_i' [E b - S W_j] + x_i' S x_i / 2
///
/// so that a group enters through one level and p slopes, which are spread over its rows. A column of ones is taken into these.
struct InterceptTile {
  /// Rows of a tile. Groups with more are worked off in several.
  static let rows = 256
  /// Scratch columns are longer by one vector, so that the last one may be incomplete.
  private static let stride = rows + 8

  private let source: InterceptData
  /// e_i
  let rate: UnsafeMutablePointer<Double>
  /// Columns of the slopes; later of e_i x_i.
  private let panel: UnsafeMutablePointer<Double>
  /// 1/2 S_cc, then S_cd for d < c, varying columns only: what the quadratic form takes.
  private let form: UnsafeMutablePointer<Double>

  static func scratchSize(_ source: InterceptData) -> Int {
    let count = source.varyingColumns.count
    return stride * (count + 1) + count * count
  }

  /// - Parameter scratch: room for `scratchSize` doubles.
  init(_ source: InterceptData, scratch: UnsafeMutablePointer<Double>) {
    self.source = source
    rate = scratch
    panel = scratch + Self.stride
    form = panel + source.varyingColumns.count * Self.stride
  }

  private func column(_ index: Int, from first: Int) -> UnsafePointer<Double> {
    let data = source.data
    return UnsafePointer(
      data.fixedDesign.pointer + source.varyingColumns[index] * data.rowCount + first)
  }

  /// Sets the quadratic form x' M x / 2 with a symmetric `matrix` M, p x p.
  func setForm(_ matrix: UnsafePointer<Double>) {
    let (count, p) = (source.varyingColumns.count, source.data.shape.fixedCount)
    for c in 0..<count {
      for d in 0..<c {
        form[c * count + d] = matrix[source.varyingColumns[c] * p + source.varyingColumns[d]]
      }
      form[c * (count + 1)] = 0.5 * matrix[source.varyingColumns[c] * (p + 1)]
    }
  }

  /// Gives rows `start..<end` of the tile their group's level and slopes (varying columns only).
  @inline(__always)
  func spread(
    level: Double, slopes: UnsafePointer<Double>, from start: Int, to end: Int
  ) {
    (rate + start).update(repeating: level, count: end - start)
    for c in 0..<source.varyingColumns.count {
      (panel + c * Self.stride + start).update(repeating: slopes[c], count: end - start)
    }
  }

  /// Fills the rates of `count` rows from `first` on.
  func fillRates(first: Int, count: Int) {
    let offset = source.data.offset.pointer + first
    if source.hasOffset {
      fill(first: first, count: count) { vectorExponential($0 + load(offset + $1)) }
    } else {
      fill(first: first, count: count) { t, _ in vectorExponential(t) }
    }
  }

  /// Fills, in place of rates, `weights` times the polynomial in x_i that the form and what was spread make up.
  func fillWeighted(first: Int, count: Int, weights: UnsafePointer<Double>) {
    fill(first: first, count: count) { $0 * load(weights + $1) }
  }

  @inline(__always)
  private func fill(
    first: Int, count: Int, _ finish: (SIMD8<Double>, _ i: Int) -> SIMD8<Double>
  ) {
    let columns = source.varyingColumns.count
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
    // What the last vector took beyond the rows.
    (rate + count).update(repeating: 0, count: i - count)
  }

  /// The largest of |t_i| among `count` rows from `first` on, t_i being the polynomial; NaN if one is.
  func largestValue(first: Int, count: Int) -> Double {
    fill(first: first, count: count) { t, _ in t }
    var largest = 0.0
    for i in 0..<count where !(rate[i].magnitude <= largest) { largest = rate[i].magnitude }
    return largest
  }

  /// Adds sum_i e_i x_i x_i' of the varying columns to the lower triangle of `gram`, and leaves e_i x_i for `addBorder`.
  func addGram(first: Int, count: Int, to gram: UnsafeMutablePointer<Double>) {
    let columns = source.varyingColumns.count
    for c in 0..<columns {
      let x = column(c, from: first)
      let weighted = panel + c * Self.stride
      var i = 0
      while i < count {
        store(load(rate + i) * load(x + i), to: weighted + i)
        i &+= 8
      }
      for d in 0...c {
        gram[c * columns + d] += dotProduct(weighted, column(d, from: first), count)
      }
    }
  }

  /// Adds sum_i e_i x_i over rows `start..<end` of the tile, varying columns only.
  @inline(__always)
  func addBorder(from start: Int, to end: Int, into border: UnsafeMutablePointer<Double>) {
    for c in 0..<source.varyingColumns.count {
      border[c] += sum(panel + c * Self.stride + start, end - start)
    }
  }

  /// sum_i e_i x_i of one varying column, after `addGram`.
  func weightedSum(_ index: Int, count: Int) -> Double {
    sum(panel + index * Self.stride, count)
  }
}

@inline(__always)
func load(_ address: UnsafePointer<Double>) -> SIMD8<Double> {
  UnsafeRawPointer(address).loadUnaligned(as: SIMD8<Double>.self)
}

@inline(__always)
func load(_ address: UnsafeMutablePointer<Double>) -> SIMD8<Double> {
  UnsafeRawPointer(address).loadUnaligned(as: SIMD8<Double>.self)
}

@inline(__always)
func store(_ value: SIMD8<Double>, to address: UnsafeMutablePointer<Double>) {
  UnsafeMutableRawPointer(address).storeBytes(of: value, as: SIMD8<Double>.self)
}

/// sum_i a_i, in four running sums.
@inline(__always)
func sum(_ a: UnsafePointer<Double>, _ count: Int) -> Double {
  let raw = UnsafeRawPointer(a)
  let stride = MemoryLayout<Double>.stride
  var sums = SIMD4<Double>.zero
  var i = 0
  while i &+ 4 <= count {
    sums += raw.loadUnaligned(fromByteOffset: i &* stride, as: SIMD4<Double>.self)
    i &+= 4
  }
  var total = (sums[0] + sums[2]) + (sums[1] + sums[3])
  while i < count {
    total += a[i]
    i &+= 1
  }
  return total
}
