/// What the fit of a random-intercept model needs of the data beside the design. Such a model has
/// one random term, a column of ones, so that z_i = 1 for every row.
///
/// The counts enter the bound only through sums, so that no pass over the rows reads them.
final class InterceptData: Sendable {
  let data: ModelData
  /// The fixed columns that are not all ones, in order; a column of ones needs no arithmetic.
  let varyingColumns: [Int]
  /// The first fixed column of ones; others count as varying.
  let onesColumn: Int?
  /// Its index, or p if there is none.
  let onesPosition: Int
  let hasOffset: Bool
  /// sum_{i in j} y_i, by group.
  let groupCounts: DoubleStorage
  /// X'y
  let fixedCounts: [Double]
  /// sum_i y_i o_i, and sum_i |y_i o_i|.
  let offsetProduct: Double
  let offsetMagnitude: Double

  /// - Returns: nil if the model is not of this kind.
  init?(_ data: ModelData) {
    let rows = data.rowCount
    guard data.shape.termCount == 1, Self.isOnes(data.randomDesign.pointer, rows) else {
      return nil
    }
    self.data = data
    let columns = 0..<data.shape.fixedCount
    let ones = columns.first { Self.isOnes(data.fixedDesign.pointer + $0 * rows, rows) }
    onesColumn = ones
    onesPosition = ones ?? columns.count
    varyingColumns = columns.filter { $0 != ones }
    let (y, offset) = (data.counts.pointer, data.offset.pointer)
    hasOffset = (0..<rows).contains { offset[$0] != 0 }
    fixedCounts = columns.map { dotProduct(y, data.fixedDesign.pointer + $0 * rows, rows) }
    groupCounts = DoubleStorage(count: data.shape.groupCount)
    var (product, magnitude) = (0.0, 0.0)
    for group in 0..<data.shape.groupCount {
      for row in data.groupStarts[group]..<data.groupStarts[group + 1] {
        groupCounts.pointer[group] += y[row]
      }
    }
    if hasOffset {
      for row in 0..<rows {
        product += y[row] * offset[row]
        magnitude += y[row] * offset[row].magnitude
      }
    }
    offsetProduct = product
    offsetMagnitude = magnitude
  }

  private static func isOnes(_ column: UnsafePointer<Double>, _ count: Int) -> Bool {
    for i in 0..<count where column[i] != 1 { return false }
    return true
  }
}
