/// The kernel of all dense linear algebra of large order: C <- C + A B' or C - A B', all row-major.
///
/// The rows of A and B are packed, so that the innermost loop reads both in sequence, and C is
/// computed in tiles of 4 x 4 that stay in registers. Every element of C is a sum in an order that
/// only the sizes decide, by multiplications and additions alone: the same bits on every processor.
final class DenseProduct {
  /// Columns of A and B that are packed at once.
  private static let largestDepth = 256
  /// Numbers of B that are packed at once: half a megabyte, which second-level caches hold.
  private static let packedCount = 1 << 16

  /// Four rows of A, column by column, each number twice: a vector of two takes it without a
  /// shuffle.
  private let packedLeft = DoubleStorage(count: 8 * largestDepth)
  /// Strips of four rows of B, column by column.
  private let packedRight = DoubleStorage(count: packedCount)

  /// What is known of the operands.
  enum Shape {
    case full
    /// Only tiles of C that touch its lower triangle are computed.
    case lowerResult
    /// B is lower triangular; nothing above its diagonal is used.
    case lowerRight
  }

  /// A matrix by the address of its first number and the distance of its rows.
  struct Operand {
    let start: UnsafeMutablePointer<Double>
    let stride: Int
  }

  /// C <- C + A B', or C - A B'.
  /// - Parameters:
  ///   - target: C, rows x columns; must not overlap A or B.
  ///   - rows: a multiple of four.
  ///   - columns: a multiple of four.
  ///   - left: A, rows x depth.
  ///   - right: B, columns x depth.
  func add(
    to target: Operand, rows: Int, columns: Int, depth: Int, left: Operand, right: Operand,
    shape: Shape = .full, isSubtracted: Bool = false
  ) {
    precondition(rows % 4 == 0 && columns % 4 == 0)
    let depthOfBlock = min(depth, Self.largestDepth)
    guard depthOfBlock > 0 else { return }
    let columnsOfBlock = (Self.packedCount / depthOfBlock) & ~3
    for firstColumn in stride(from: 0, to: columns, by: columnsOfBlock) {
      let columnCount = min(columnsOfBlock, columns - firstColumn)
      for firstDepth in stride(from: 0, to: depth, by: depthOfBlock) {
        let depthCount = min(depthOfBlock, depth - firstDepth)
        packRight(
          right.start + firstColumn * right.stride + firstDepth, right.stride, rows: columnCount,
          depth: depthCount)
        let firstRow = shape == .lowerResult ? firstColumn : 0
        for row in stride(from: firstRow, to: rows, by: 4) {
          packLeft(left.start + row * left.stride + firstDepth, left.stride, depth: depthCount)
          let end = shape == .lowerResult ? min(columnCount, row + 4 - firstColumn) : columnCount
          let rowStart = target.start + row * target.stride + firstColumn
          for column in stride(from: 0, to: end, by: 4) {
            var used = depthCount
            if shape == .lowerRight {
              used = min(depthCount, firstColumn + column + 4 - firstDepth)
              if used <= 0 { continue }
            }
            let strip = packedRight.pointer + column * depthCount
            if isSubtracted {
              tile(strip, depth: used, rowStart + column, target.stride, isSubtracted: true)
            } else {
              tile(strip, depth: used, rowStart + column, target.stride, isSubtracted: false)
            }
          }
        }
      }
    }
  }

  /// Strips of four rows, each depth x 4.
  private func packRight(
    _ source: UnsafePointer<Double>, _ stride: Int, rows: Int, depth: Int
  ) {
    var strip = packedRight.pointer
    for row in Swift.stride(from: 0, to: rows, by: 4) {
      let (a, b) = (source + row * stride, source + (row + 1) * stride)
      let (c, d) = (source + (row + 2) * stride, source + (row + 3) * stride)
      for k in 0..<depth {
        strip[0] = a[k]
        strip[1] = b[k]
        strip[2] = c[k]
        strip[3] = d[k]
        strip += 4
      }
    }
  }

  /// Four rows, depth x 4, each number twice.
  private func packLeft(_ source: UnsafePointer<Double>, _ stride: Int, depth: Int) {
    let (a, b) = (source, source + stride)
    let (c, d) = (source + 2 * stride, source + 3 * stride)
    let strip = UnsafeMutableRawPointer(packedLeft.pointer)
    for k in 0..<depth {
      let place = strip + 64 &* k
      place.storeBytes(of: SIMD2(repeating: a[k]), as: SIMD2<Double>.self)
      place.storeBytes(of: SIMD2(repeating: b[k]), toByteOffset: 16, as: SIMD2<Double>.self)
      place.storeBytes(of: SIMD2(repeating: c[k]), toByteOffset: 32, as: SIMD2<Double>.self)
      place.storeBytes(of: SIMD2(repeating: d[k]), toByteOffset: 48, as: SIMD2<Double>.self)
    }
  }

  /// A tile of 4 x 4 of C: eight running sums of two numbers.
  @inline(__always)
  private func tile(
    _ rightStrip: UnsafePointer<Double>, depth: Int, _ target: UnsafeMutablePointer<Double>,
    _ stride: Int, isSubtracted: Bool
  ) {
    var left = UnsafeRawPointer(packedLeft.pointer)
    var right = UnsafeRawPointer(rightStrip)
    var (a0, a1) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    var (b0, b1) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    var (c0, c1) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    var (d0, d1) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    for _ in 0..<depth {
      let r0 = right.load(as: SIMD2<Double>.self)
      let r1 = right.load(fromByteOffset: 16, as: SIMD2<Double>.self)
      let a = left.load(as: SIMD2<Double>.self)
      a0 += a * r0
      a1 += a * r1
      let b = left.load(fromByteOffset: 16, as: SIMD2<Double>.self)
      b0 += b * r0
      b1 += b * r1
      let c = left.load(fromByteOffset: 32, as: SIMD2<Double>.self)
      c0 += c * r0
      c1 += c * r1
      let d = left.load(fromByteOffset: 48, as: SIMD2<Double>.self)
      d0 += d * r0
      d1 += d * r1
      left += 64
      right += 32
    }
    update(target, a0, a1, isSubtracted)
    update(target + stride, b0, b1, isSubtracted)
    update(target + 2 * stride, c0, c1, isSubtracted)
    update(target + 3 * stride, d0, d1, isSubtracted)
  }

  @inline(__always)
  private func update(
    _ target: UnsafeMutablePointer<Double>, _ first: SIMD2<Double>, _ second: SIMD2<Double>,
    _ isSubtracted: Bool
  ) {
    let raw = UnsafeMutableRawPointer(target)
    let (x, y) = (loadTwo(target), loadTwo(target + 2))
    let newX = isSubtracted ? x - first : x + first
    let newY = isSubtracted ? y - second : y + second
    raw.storeBytes(of: newX, as: SIMD2<Double>.self)
    raw.storeBytes(of: newY, toByteOffset: 16, as: SIMD2<Double>.self)
  }
}
