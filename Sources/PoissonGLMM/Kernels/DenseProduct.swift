import CVectorKernels

/// The kernel of all dense linear algebra of large order: C <- C + A B' or C - A B', all row-major.
///
/// The rows of A and B are packed, so that the innermost loop reads both in sequence, and C is
/// computed in bands of tiles that stay in registers. The bands are C, because Swift compiles for
/// the oldest processors alone: with the vectors of the processor at hand they take a quarter of
/// the time. Every element of C is a sum in an order that only the sizes decide, by multiplications
/// and additions alone: the same bits on every processor.
final class DenseProduct {
  /// Columns of A and B that are packed at once.
  private static let largestDepth = 256
  /// Numbers of B that are packed at once: half a megabyte, which second-level caches hold.
  private static let packedCount = 1 << 16

  private let instructions: vector_instructions
  /// The rows of a band.
  private let bandRows: Int
  /// A band of rows of A, column by column.
  private let packedLeft: DoubleStorage
  /// Strips of four rows of B, column by column.
  private let packedRight = DoubleStorage(count: packedCount)

  /// - Parameter instructions: those of the processor.
  init(instructions: vector_instructions = VectorInstructions.here) {
    self.instructions = instructions
    bandRows = dense_band_rows(instructions)
    packedLeft = DoubleStorage(count: bandRows * Self.largestDepth)
  }

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
        for row in stride(from: firstRow, to: rows, by: bandRows) {
          let height = min(bandRows, rows - row)
          packLeft(
            left.start + row * left.stride + firstDepth, left.stride, rows: height,
            depth: depthCount)
          let band = Band(
            rows: height, depth: depthCount,
            target: .init(
              start: target.start + row * target.stride + firstColumn, stride: target.stride),
            isSubtracted: isSubtracted)
          switch shape {
          case .full:
            add(band, columns: 0..<columnCount, depth: depthCount)
          case .lowerResult:
            addLower(band, diagonal: row - firstColumn, columns: columnCount)
          case .lowerRight:
            for column in stride(from: 0, to: columnCount, by: 4) {
              let used = min(depthCount, firstColumn + column + 4 - firstDepth)
              if used > 0 { add(band, columns: column..<(column + 4), depth: used) }
            }
          }
        }
      }
    }
  }

  /// Rows of C, and of A, that are packed.
  private struct Band {
    let rows: Int
    /// Columns of B that are packed.
    let depth: Int
    let target: Operand
    let isSubtracted: Bool
  }

  /// - Parameters:
  ///   - firstRow: of the band, for the rows below it.
  ///   - depth: how many of the packed columns of A and B are used.
  private func add(_ band: Band, firstRow: Int = 0, columns: Range<Int>, depth: Int) {
    dense_add_band(
      instructions, packedLeft.pointer + firstRow, band.rows, band.rows - firstRow,
      packedRight.pointer + columns.lowerBound * band.depth, 4 * band.depth, columns.count, depth,
      band.target.start + firstRow * band.target.stride + columns.lowerBound, band.target.stride,
      band.isSubtracted)
  }

  /// The band up to the diagonal, which its first row meets in column `diagonal`, in tiles of four.
  private func addLower(_ band: Band, diagonal: Int, columns: Int) {
    let end = min(columns, diagonal + 4)
    add(band, columns: 0..<end, depth: band.depth)
    if band.rows > 4, end < columns {
      add(band, firstRow: 4, columns: end..<(end + 4), depth: band.depth)
    }
  }

  /// Strips of four rows, each depth x 4.
  private func packRight(
    _ source: UnsafePointer<Double>, _ stride: Int, rows: Int, depth: Int
  ) {
    var strip = packedRight.pointer
    for row in Swift.stride(from: 0, to: rows, by: 4) {
      pack(source + row * stride, stride, depth: depth, into: strip, width: 4)
      strip += 4 * depth
    }
  }

  /// A band of rows, depth x rows.
  private func packLeft(_ source: UnsafePointer<Double>, _ stride: Int, rows: Int, depth: Int) {
    for row in Swift.stride(from: 0, to: rows, by: 4) {
      pack(
        source + row * stride, stride, depth: depth, into: packedLeft.pointer + row, width: rows)
    }
  }

  /// Four rows, column by column, the columns `width` numbers apart.
  @inline(__always)
  private func pack(
    _ source: UnsafePointer<Double>, _ stride: Int, depth: Int,
    into target: UnsafeMutablePointer<Double>, width: Int
  ) {
    let (a, b) = (source, source + stride)
    let (c, d) = (source + 2 * stride, source + 3 * stride)
    var place = target
    for k in 0..<depth {
      place[0] = a[k]
      place[1] = b[k]
      place[2] = c[k]
      place[3] = d[k]
      place += width
    }
  }
}
