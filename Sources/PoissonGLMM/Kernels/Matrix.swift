/// A dense matrix of doubles, row-major.
///
/// Kernels take its elements by pointer; everything else uses it by row and column.
public struct Matrix: Sendable, Equatable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// `rows * columns` numbers, one row after another.
  public internal(set) var elements: [Double]

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, elements: Array(repeating: 0, count: rows * columns))
  }

  /// A square matrix of zeros.
  /// - Parameter order: the number of its rows, and of its columns.
  public init(order: Int) { self.init(rows: order, columns: order) }

  /// A matrix of given elements, any other number of which is a programming error.
  /// - Parameters:
  ///   - rows: the number of rows.
  ///   - columns: the number of columns.
  ///   - elements: `rows * columns` numbers, row-major.
  public init(rows: Int, columns: Int, elements: [Double]) {
    precondition(elements.count == rows * columns, "\(elements.count) for \(rows) x \(columns)")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A square matrix of given elements.
  init(order: Int, elements: [Double]) {
    self.init(rows: order, columns: order, elements: elements)
  }

  /// A square matrix with the given diagonal and zeros elsewhere.
  public init(diagonal: [Double]) {
    self.init(order: diagonal.count)
    for (index, value) in diagonal.enumerated() { self[index, index] = value }
  }

  /// The element in a row and a column, counted from 0.
  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// The number of rows and of columns of a square matrix; other matrices have none, and asking is
  /// a programming error.
  public var order: Int {
    precondition(rows == columns, "a matrix of \(rows) x \(columns) has no order")
    return rows
  }

  /// The elements [i, i] of a square matrix.
  public var diagonal: [Double] { (0..<order).map { self[$0, $0] } }

  /// A row, `columns` numbers.
  public func row(_ index: Int) -> ArraySlice<Double> {
    elements[(index * columns)..<((index + 1) * columns)]
  }

  /// The matrix with rows and columns exchanged.
  public var transposed: Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for i in 0..<rows {
      for j in 0..<columns { result[j, i] = self[i, j] }
    }
    return result
  }

  /// v' M v for a symmetric M.
  /// - Parameter vector: as many numbers as there are rows.
  public func quadraticForm(_ vector: some RandomAccessCollection<Double>) -> Double {
    let (n, first) = (vector.count, vector.startIndex)
    func value(_ index: Int) -> Double { vector[vector.index(first, offsetBy: index)] }
    var sum = 0.0
    for c in 0..<n where value(c) != 0 {
      var product = 0.0
      for d in 0..<n { product += self[c, d] * value(d) }
      sum += value(c) * product
    }
    return sum
  }

  /// The matrix product. Zeros of the left factor are skipped: the matrix of a `Standardization`
  /// has many.
  static func * (left: Matrix, right: Matrix) -> Matrix {
    precondition(left.columns == right.rows)
    var result = Matrix(rows: left.rows, columns: right.columns)
    for row in 0..<left.rows {
      for k in 0..<left.columns where left[row, k] != 0 {
        for column in 0..<right.columns {
          result[row, column] += left[row, k] * right[k, column]
        }
      }
    }
    return result
  }

  /// The product with a vector.
  static func * (left: Matrix, right: [Double]) -> [Double] {
    (left * Matrix(rows: right.count, columns: 1, elements: right)).elements
  }
}
