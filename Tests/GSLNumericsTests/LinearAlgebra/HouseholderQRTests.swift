import GSLNumerics
import Testing

@Suite struct HouseholderQRTests {
  /// A = (3, 4)' has the reflection that takes it to (-5, 0)': Q' = [-0.6 -0.8; -0.8 0.6].
  @Test func oneColumnIsReflectedToTheAxis() throws {
    let expected = [-0.6, -0.8, -0.8, 0.6]
    let q = try HouseholderQR([3, 4], rows: 2, columns: 1).transposedQ
    for (value, other) in zip(q, expected) { #expect(abs(value - other) < 1e-15) }
  }

  @Test func theLastRowsAreOrthogonalToTheColumns() throws {
    let (rows, columns) = (5, 2)
    let matrix: [Double] = [1, 2, 0, 3, -1, 0.5, 4, 1, 2, -2]
    let q = try HouseholderQR(matrix, rows: rows, columns: columns).transposedQ
    for i in 0..<rows {
      for j in 0..<rows {
        let product = (0..<rows).reduce(0) { $0 + q[i * rows + $1] * q[j * rows + $1] }
        // Sums of 5 products of numbers up to 1.
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-14)
      }
      for column in 0..<columns where i >= columns {
        let product = (0..<rows).reduce(0) {
          $0 + q[i * rows + $1] * matrix[$1 * columns + column]
        }
        #expect(abs(product) < 1e-14)
      }
    }
  }

  @Test func whatIsNoSuchMatrixIsRefused() {
    #expect(throws: GSLError.self) { try HouseholderQR([1, 2], rows: 1, columns: 2) }
    #expect(throws: GSLError.self) { try HouseholderQR([1, 2, 3], rows: 2, columns: 1) }
    #expect(throws: GSLError.self) { try HouseholderQR([1, .nan], rows: 2, columns: 1) }
  }
}
