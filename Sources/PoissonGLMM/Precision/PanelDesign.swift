/// Eight vectors side by side: element i holds the i-th number of each.
final class Panel {
  let count: Int
  let pointer: UnsafeMutablePointer<SIMD8<Double>>

  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: count)
    pointer.initialize(repeating: .zero, count: count)
  }

  deinit { pointer.deallocate() }

  /// The number of vectors.
  static let width = 8

  func fill(with value: Double) { pointer.update(repeating: SIMD8(repeating: value), count: count) }

  func copy(from other: Panel) { pointer.update(from: other.pointer, count: count) }

  /// Puts `vector` into one of the eight, and zeros into the others.
  func set(_ vector: DoubleStorage, lane: Int = 0) {
    for index in 0..<count {
      pointer[index] = .zero
      pointer[index][lane] = vector.pointer[index]
    }
  }
}

/// A design as products with panels need it: of every row its design values, and where in theta the
/// effects of its level of each factor begin.
///
/// With `isResponding` a level of a factor of q terms has, after its q effects, as many more as
/// there are products of two of its design values, which are their design values: the effects that
/// linear response adds (`ResponsePrecision`).
final class PanelDesign {
  /// One factor.
  struct Shape {
    let levels: Int
    /// The number of effects of a level.
    let width: Int
    /// q, of which there are as many in the layout.
    let terms: Int
    /// Where its effects begin in theta, here and in the layout.
    let start: Int
    let layoutStart: Int
    /// Where its design values begin in a row.
    let column: Int
  }

  let layout: EffectLayout
  /// In elimination order.
  let shapes: [Shape]
  let rowCount: Int
  /// d, the length of theta.
  let effectCount: Int
  let fixedStart: Int
  let fixedColumn: Int
  let fixedCount: Int
  /// The number of design values of a row.
  let width: Int
  /// n x `width`.
  let values: DoubleStorage
  /// n x K: where the effects of a row's levels begin in theta.
  let firstEffects: IndexStorage

  init(_ layout: EffectLayout, isResponding: Bool = false) {
    self.layout = layout
    rowCount = layout.rowCount
    fixedCount = layout.fixedCount
    var shapes: [Shape] = []
    var (start, column) = (0, 0)
    for shape in layout.shapes {
      let q = shape.terms
      let width = isResponding ? q + q * (q + 1) / 2 : q
      shapes.append(
        Shape(
          levels: shape.levels, width: width, terms: q, start: start, layoutStart: shape.start,
          column: column))
      start += shape.levels * width
      column += width
    }
    self.shapes = shapes
    (fixedStart, fixedColumn) = (start, column)
    effectCount = start + fixedCount
    width = column + fixedCount
    values = DoubleStorage(count: rowCount * width)
    firstEffects = IndexStorage(count: rowCount * shapes.count)
    for row in 0..<rowCount {
      let cell = layout.cells.cell(ofRow: row)
      let source = layout.design.pointer + row * layout.rowWidth
      let target = values.pointer + row * width
      for (factor, shape) in shapes.enumerated() {
        let a = source + layout.shapes[factor].column
        for term in 0..<shape.terms { target[shape.column + term] = a[term] }
        if isResponding {
          var place = shape.column + shape.terms
          for first in 0..<shape.terms {
            for second in first..<shape.terms {
              target[place] = a[first] * a[second]
              place += 1
            }
          }
        }
        firstEffects.pointer[row * shapes.count + factor] = Int32(
          shape.start + layout.cells.level(cell, factor) * shape.width)
      }
      for c in 0..<fixedCount { target[fixedColumn + c] = source[layout.fixedColumn + c] }
    }
  }

  /// The places of the factors whose effects' columns of P^-1 are not solved for.
  var drawnFactors: [Int] {
    let solved = layout.solvedPlaces
    return shapes.indices.filter { !solved.contains($0) }
  }

  /// The effects whose columns of P^-1 are solved for (`SolvedColumns`): the fixed effects and
  /// those of factors of few levels, as far as they are affordable.
  var solvedEffects: [Int] {
    (layout.solvesForFixedEffects ? Array(fixedStart..<effectCount) : [])
      + layout.solvedPlaces.flatMap { place in
        let shape = shapes[place]
        return (0..<shape.levels).flatMap { level in
          let first = shape.start + level * shape.width
          return first..<(first + shape.terms)
        }
      }
  }

  /// Calls `body` for the effects that a row multiplies.
  @inline(__always)
  func forEachEffect(ofRow row: Int, _ body: (_ effect: Int, _ value: Double) -> Void) {
    let a = values.pointer + row * width
    let first = firstEffects.pointer + row * shapes.count
    for factor in 0..<shapes.count {
      let shape = shapes[factor]
      for term in 0..<shape.width { body(Int(first[factor]) + term, a[shape.column + term]) }
    }
    for c in 0..<fixedCount { body(fixedStart + c, a[fixedColumn + c]) }
  }

  /// target <- A source, row by row.
  func multiply(_ source: Panel, into target: Panel) {
    for row in 0..<rowCount {
      var sum = SIMD8<Double>.zero
      forEachEffect(ofRow: row) { sum += $1 * source.pointer[$0] }
      target.pointer[row] = sum
    }
  }
}
