import PlatformEssentials

/// A dense symmetric positive definite matrix of any order: its Cholesky factor, the solution of
/// equations and the inverse, in blocks of 64 columns by `DenseProduct`.
///
/// The order is padded to a multiple of four by a unit diagonal, so that no block has a ragged end.
/// Nothing allocates after `init`.
final class BlockedCholesky {
  private static let blockSize = 64

  let order: Int
  /// The order with its padding.
  let paddedOrder: Int
  /// The distance of rows in `matrix` and `inverse`.
  let stride: Int
  /// The lower triangle of the matrix; after `factor()`, that of L. What is above is never read.
  let matrix: DoubleStorage
  /// Both triangles of the inverse, after `invert()`.
  let inverse: DoubleStorage
  let product = DenseProduct()

  /// L_kk^-1 of every diagonal block, 64 x 64 each, zeros above the diagonal.
  private let blockInverses: DoubleStorage
  /// Room for the columns of one block: paddedOrder x 64.
  private let panel: DoubleStorage
  private let transposedBlock = DoubleStorage(count: blockSize * blockSize)
  private let blockVector = DoubleStorage(count: blockSize)
  /// The diagonal of the matrix before anything was taken off it.
  private let sizes: DoubleStorage

  init(order: Int) {
    self.order = order
    paddedOrder = (order + 3) & ~3
    // Rows a multiple of 1 KB apart would compete for the same places of a cache.
    stride = paddedOrder % 128 == 0 ? paddedOrder + 8 : paddedOrder
    matrix = DoubleStorage(count: paddedOrder * stride)
    inverse = DoubleStorage(count: paddedOrder * stride)
    let blocks = (paddedOrder + Self.blockSize - 1) / Self.blockSize
    blockInverses = DoubleStorage(count: blocks * Self.blockSize * Self.blockSize)
    panel = DoubleStorage(count: paddedOrder * Self.blockSize)
    sizes = DoubleStorage(count: paddedOrder)
  }

  /// Makes the matrix zero, and its padding a unit diagonal.
  func clear() {
    for row in 0..<paddedOrder {
      (matrix.pointer + row * stride).update(repeating: 0, count: row + 1)
      if row >= order { matrix.pointer[row * stride + row] = 1 }
    }
  }

  /// Remembers the diagonal, before a caller subtracts what other unknowns take off it: it sets the
  /// size of rounding errors.
  func recordSizes() {
    for row in 0..<paddedOrder { sizes.pointer[row] = matrix.pointer[row * stride + row].magnitude }
  }

  /// Replaces the matrix by L, after `recordSizes`. A pivot that rounding error has made zero or
  /// negative is raised to the size of that error, as in `SmallCholesky`.
  /// - Returns: log |matrix|; nil if it is not positive definite.
  func factor() -> Double? {
    var logDeterminant = LogProduct()
    for first in Swift.stride(from: 0, to: paddedOrder, by: Self.blockSize) {
      let width = min(Self.blockSize, paddedOrder - first)
      guard factorDiagonalBlock(first, width, &logDeterminant) else { return nil }
      invertDiagonalBlock(first, width)
      let below = paddedOrder - first - width
      guard below > 0 else { continue }
      // L_21 = A_21 L_11^-T, then A_22 - L_21 L_21'.
      let source = matrix.pointer + (first + width) * stride + first
      let size = MemoryLayout<Double>.stride * width
      for row in 0..<below {
        memcpy(panel.pointer + row * Self.blockSize, source + row * stride, size)
        (source + row * stride).update(repeating: 0, count: width)
      }
      let columns = DenseProduct.Operand(start: source, stride: stride)
      product.add(
        to: columns, rows: below, columns: width, depth: width,
        left: .init(start: panel.pointer, stride: Self.blockSize),
        right: .init(start: blockInverse(first), stride: Self.blockSize), shape: .lowerRight)
      product.add(
        to: .init(start: source + width, stride: stride), rows: below, columns: below,
        depth: width, left: columns, right: columns, shape: .lowerResult, isSubtracted: true)
    }
    return logDeterminant.value
  }

  /// Writes the inverse, from the last block to the first: with R the rows below block j and
  /// Y = L_Rj L_jj^-1,
  ///
  ///     S_Rj = -S_RR Y      S_jj = L_jj^-T L_jj^-1 - Y' S_Rj
  func invert() {
    let blocks = (paddedOrder + Self.blockSize - 1) / Self.blockSize
    for block in Swift.stride(from: blocks - 1, through: 0, by: -1) {
      let first = block * Self.blockSize
      let width = min(Self.blockSize, paddedOrder - first)
      let next = first + width
      let below = paddedOrder - next
      // L_jj^-T: its rows are the columns of L_jj^-1.
      let root = blockInverse(first)
      for i in 0..<width {
        for j in 0..<width {
          transposedBlock.pointer[i * Self.blockSize + j] = root[j * Self.blockSize + i]
        }
      }
      let transposedRoot = DenseProduct.Operand(
        start: transposedBlock.pointer, stride: Self.blockSize)
      let corner = DenseProduct.Operand(
        start: inverse.pointer + first * stride + first, stride: stride)
      for row in 0..<width {
        (inverse.pointer + (first + row) * stride + first).update(
          repeating: 0, count: paddedOrder - first)
      }
      product.add(
        to: corner, rows: width, columns: width, depth: width, left: transposedRoot,
        right: transposedRoot, shape: .lowerResult)
      if below > 0 {
        for row in next..<paddedOrder {
          (inverse.pointer + row * stride + first).update(repeating: 0, count: width)
        }
        // Y', width x below.
        panel.fill(with: 0)
        let multipliers = DenseProduct.Operand(start: panel.pointer, stride: below)
        product.add(
          to: multipliers, rows: width, columns: below, depth: width, left: transposedRoot,
          right: .init(start: matrix.pointer + next * stride + first, stride: stride))
        product.add(
          to: .init(start: inverse.pointer + next * stride + first, stride: stride), rows: below,
          columns: width, depth: below,
          left: .init(start: inverse.pointer + next * stride + next, stride: stride),
          right: multipliers, isSubtracted: true)
        mirror(rows: next..<paddedOrder, columns: first..<next)
        product.add(
          to: corner, rows: width, columns: width, depth: below, left: multipliers,
          right: .init(start: inverse.pointer + first * stride + next, stride: stride),
          shape: .lowerResult, isSubtracted: true)
      }
      mirror(rows: first..<next, columns: first..<next)
    }
  }

  /// Replaces `vector`, `order` numbers, by the solution of `matrix` x = `vector`.
  func solve(_ vector: UnsafeMutablePointer<Double>) {
    solveLower(vector)
    for first in Swift.stride(from: lastBlock, through: 0, by: -Self.blockSize) {
      let width = min(Self.blockSize, order - first)
      for row in (first + width)..<max(order, first + width) {
        let factor = vector[row]
        let source = matrix.pointer + row * stride + first
        for k in 0..<width { vector[first + k] -= factor * source[k] }
      }
      let root = blockInverse(first)
      blockVector.fill(with: 0)
      for row in 0..<width {
        let factor = vector[first + row]
        for k in 0...row {
          blockVector.pointer[k] += factor * root[row * Self.blockSize + k]
        }
      }
      (vector + first).update(from: blockVector.pointer, count: width)
    }
  }

  /// Replaces `vector`, `order` numbers, by L^-1 `vector`.
  func solveLower(_ vector: UnsafeMutablePointer<Double>) {
    for first in Swift.stride(from: 0, to: order, by: Self.blockSize) {
      let width = min(Self.blockSize, order - first)
      for row in first..<(first + width) {
        vector[row] -= dotProduct(matrix.pointer + row * stride, vector, first)
      }
      let root = blockInverse(first)
      for row in 0..<width {
        blockVector.pointer[row] = dotProduct(
          root + row * Self.blockSize, vector + first, row + 1)
      }
      (vector + first).update(from: blockVector.pointer, count: width)
    }
  }

  /// Replaces every row x of `vectors` by (L^-1 x')'.
  /// - Parameters:
  ///   - vectors: `count` x `paddedOrder`, zeros in the padding.
  ///   - count: a multiple of four, not above `scratch`'s room.
  ///   - scratch: room for `count` x 64.
  func solveLower(
    rows vectors: DenseProduct.Operand, count: Int, scratch: UnsafeMutablePointer<Double>
  ) {
    for first in Swift.stride(from: 0, to: paddedOrder, by: Self.blockSize) {
      let width = min(Self.blockSize, paddedOrder - first)
      let target = DenseProduct.Operand(start: vectors.start + first, stride: vectors.stride)
      product.add(
        to: target, rows: count, columns: width, depth: first, left: vectors,
        right: .init(start: matrix.pointer + first * stride, stride: stride), isSubtracted: true)
      for row in 0..<count {
        let values = target.start + row * target.stride
        (scratch + row * Self.blockSize).update(from: values, count: width)
        values.update(repeating: 0, count: width)
      }
      product.add(
        to: target, rows: count, columns: width, depth: width,
        left: .init(start: scratch, stride: Self.blockSize),
        right: .init(start: blockInverse(first), stride: Self.blockSize), shape: .lowerRight)
    }
  }

  /// Where the last block of the real order begins.
  private var lastBlock: Int { order == 0 ? -1 : (order - 1) / Self.blockSize * Self.blockSize }

  private func blockInverse(_ first: Int) -> UnsafeMutablePointer<Double> {
    blockInverses.pointer + first * Self.blockSize
  }

  /// - Returns: false if a pivot is negative beyond rounding error or not a number.
  private func factorDiagonalBlock(
    _ first: Int, _ width: Int, _ logDeterminant: inout LogProduct
  ) -> Bool {
    let corner = matrix.pointer + first * stride + first
    for j in 0..<width {
      let rowJ = corner + j * stride
      let raised = raisedPivot(
        rowJ[j] - dotProduct(rowJ, rowJ, j), size: sizes.pointer[first + j], terms: order)
      guard let pivot = raised else { return false }
      logDeterminant.include(pivot)
      let root = pivot.squareRoot()
      rowJ[j] = root
      let inverseRoot = 1 / root
      for i in (j + 1)..<max(width, j + 1) {
        let rowI = corner + i * stride
        rowI[j] = (rowI[j] - dotProduct(rowI, rowJ, j)) * inverseRoot
      }
    }
    return true
  }

  private func invertDiagonalBlock(_ first: Int, _ width: Int) {
    let corner = matrix.pointer + first * stride + first
    let root = blockInverse(first)
    for i in 0..<width {
      let (rowI, target) = (corner + i * stride, root + i * Self.blockSize)
      target.update(repeating: 0, count: width)
      for k in 0..<i {
        let factor = rowI[k]
        let source = root + k * Self.blockSize
        for j in 0...k { target[j] -= factor * source[j] }
      }
      let inverseDiagonal = 1 / rowI[i]
      for j in 0..<i { target[j] *= inverseDiagonal }
      target[i] = inverseDiagonal
    }
  }

  /// Copies a block below the diagonal of the inverse to its place above, in squares that a
  /// first-level cache holds.
  private func mirror(rows: Range<Int>, columns: Range<Int>) {
    for firstRow in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: 16) {
      for column in columns {
        let target = inverse.pointer + column * stride
        for row in firstRow..<min(firstRow + 16, rows.upperBound) where row > column {
          target[row] = inverse.pointer[row * stride + column]
        }
      }
    }
  }
}

/// A pivot, raised to the size of rounding errors where it is zero or negative because of them; nil
/// if it is negative beyond them or not finite.
/// - Parameters:
///   - size: the diagonal element before anything was taken off it.
///   - terms: the number of terms taken off.
@inline(__always)
func raisedPivot(_ pivot: Double, size: Double, terms: Int) -> Double? {
  let smallest = max(size * Double(terms) * 0x1p-52, Double.leastNormalMagnitude)
  guard pivot.isFinite && size.isFinite else { return nil }
  if pivot > smallest { return pivot }
  // The error of a pivot that cancels is `size` times the relative accuracy of the sums in it.
  return pivot >= -1e-10 * size ? smallest : nil
}

extension LogProduct {
  /// Multiplies by any positive number.
  @inline(__always)
  mutating func include(_ factor: Double) {
    if factor > 1e-100 && factor < 1e100 {
      multiply(by: factor)
    } else {
      add(log(factor))
    }
  }
}
