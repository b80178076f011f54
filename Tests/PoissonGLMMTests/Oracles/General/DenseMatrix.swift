/// A dense matrix, row-major, with the few operations that the dense reference needs.
///
/// Every loop that matters adds a multiple of one row to another, which the compiler vectorizes.
struct DenseMatrix: Sendable {
  let rows: Int
  let columns: Int
  var elements: [Double]

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    elements = [Double](repeating: 0, count: rows * columns)
  }

  /// The identity matrix.
  init(identity order: Int) {
    self.init(rows: order, columns: order)
    for index in 0..<order { self[index, index] = 1 }
  }

  subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  var diagonal: [Double] { (0..<min(rows, columns)).map { self[$0, $0] } }

  var transposed: DenseMatrix {
    var result = DenseMatrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  /// The columns of a range, as a matrix of their own.
  func columns(_ range: Range<Int>) -> DenseMatrix {
    var result = DenseMatrix(rows: rows, columns: range.count)
    for row in 0..<rows {
      for column in range { result[row, column - range.lowerBound] = self[row, column] }
    }
    return result
  }

  /// Some rows and columns, in the order given.
  func submatrix(_ rows: [Int], columns: [Int]) -> DenseMatrix {
    var result = DenseMatrix(rows: rows.count, columns: columns.count)
    for (i, row) in rows.enumerated() {
      for (j, column) in columns.enumerated() { result[i, j] = self[row, column] }
    }
    return result
  }

  /// The square matrix of the rows and columns of a range.
  func block(_ range: Range<Int>) -> DenseMatrix {
    submatrix(Array(range), columns: Array(range))
  }

  /// diag(f) M.
  func scalingRows(by factors: [Double]) -> DenseMatrix {
    var result = self
    for row in 0..<rows {
      for column in 0..<columns { result[row, column] *= factors[row] }
    }
    return result
  }

  /// M N.
  func times(_ other: DenseMatrix) -> DenseMatrix {
    var result = DenseMatrix(rows: rows, columns: other.columns)
    let width = other.columns
    other.elements.withUnsafeBufferPointer { source in
      result.elements.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        for row in 0..<rows {
          for k in 0..<columns where self[row, k] != 0 {
            addMultiple(
              self[row, k], of: source + k * width, to: target + row * width, count: width)
          }
        }
      }
    }
    return result
  }

  /// M'M, `columns` x `columns`.
  func gram() -> DenseMatrix {
    var result = DenseMatrix(rows: columns, columns: columns)
    let order = columns
    elements.withUnsafeBufferPointer { source in
      result.elements.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        for row in 0..<rows {
          let values = source + row * order
          for i in 0..<order where values[i] != 0 {
            addMultiple(values[i], of: values, to: target + i * order, count: order)
          }
        }
      }
    }
    return result
  }

  /// M x.
  func times(_ vector: [Double]) -> [Double] {
    (0..<rows).map { row in
      (0..<columns).reduce(0) { $0 + self[row, $1] * vector[$1] }
    }
  }

  /// M' x.
  func transposedTimes(_ vector: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      for column in 0..<columns { result[column] += self[row, column] * vector[row] }
    }
    return result
  }

  /// The sum of two matrices, the second multiplied by a number.
  static func sum(_ first: DenseMatrix, _ second: DenseMatrix, times factor: Double = 1)
    -> DenseMatrix
  {
    var result = first
    for index in result.elements.indices {
      result.elements[index] += factor * second.elements[index]
    }
    return result
  }

  /// sum_ij M_ij N_ij: for symmetric matrices the trace of M N.
  static func innerProduct(_ first: DenseMatrix, _ second: DenseMatrix) -> Double {
    zip(first.elements, second.elements).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// target += factor * source, element by element.
@inline(__always)
func addMultiple(
  _ factor: Double, of source: UnsafePointer<Double>, to target: UnsafeMutablePointer<Double>,
  count: Int
) {
  for index in 0..<count { target[index] += factor * source[index] }
}
