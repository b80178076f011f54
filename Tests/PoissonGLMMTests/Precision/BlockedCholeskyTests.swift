import Testing

@testable import PoissonGLMM

/// The condition number is below 1e3 (diagonal of at least n / 3 over the rest): errors of 1e-13,
/// and 1e-11 leaves a margin.
@Suite struct BlockedCholeskyTests {
  @Test(arguments: [0, 1, 2, 3, 4, 5, 63, 64, 65, 127, 128, 130, 257, 300, 515])
  func agreesWithPlainCholesky(order: Int) throws {
    var numbers = TestNumbers(order)
    var matrix = Matrix(order: order)
    for i in 0..<order {
      for j in 0...i {
        let value = numbers.uniform(-1, 1)
        matrix[i, j] = value
        matrix[j, i] = value
      }
      matrix[i, i] = Double(order) * numbers.uniform(1, 2)
    }
    let dense = BlockedCholesky(order: order)
    dense.inverse.fill(with: .nan)
    dense.clear()
    for i in 0..<order {
      for j in 0...i { dense.matrix.pointer[i * dense.stride + j] = matrix[i, j] }
    }
    dense.recordSizes()
    let logDeterminant = try #require(dense.factor())
    dense.invert()
    let (inverse, expected) = plainInverse(matrix)
    #expect((logDeterminant - expected).magnitude <= 1e-11 * max(expected.magnitude, 1))
    var actual = Matrix(order: order)
    for i in 0..<order {
      for j in 0..<order { actual[i, j] = dense.inverse.pointer[i * dense.stride + j] }
    }
    #expect(relativeError(actual.elements, inverse.elements) < 1e-11)
    let right = numbers.uniforms(order)
    let solution = DoubleStorage(right)
    dense.solve(solution.pointer)
    #expect(relativeError(solution.array, inverse * right) < 1e-11)
    // The squared length of L^-1 x is x' P^-1 x, one vector or many.
    let half = DoubleStorage(right)
    dense.solveLower(half.pointer)
    let form = inverse.quadraticForm(right)
    #expect(
      (half.array.reduce(0) { $0 + $1 * $1 } - form).magnitude <= 1e-11 * form.magnitude)
    let rows = DoubleStorage(count: 8 * dense.paddedOrder)
    for row in 0..<8 {
      for i in 0..<order { rows.pointer[row * dense.paddedOrder + i] = right[i] * Double(row) }
    }
    let scratch = DoubleStorage(count: 8 * 64)
    dense.solveLower(
      rows: .init(start: rows.pointer, stride: dense.paddedOrder), count: 8,
      scratch: scratch.pointer)
    for row in 0..<8 {
      let actual = Array(rows.array[(row * dense.paddedOrder)...].prefix(order))
      #expect(relativeError(actual, half.array.map { $0 * Double(row) }) < 1e-11 || row == 0)
    }
  }

  @Test(arguments: [1, 5, 100])
  func refusesNegativePivots(order: Int) {
    let dense = BlockedCholesky(order: order)
    for bad in [-1.0, .nan, .infinity] {
      dense.clear()
      for i in 0..<order { dense.matrix.pointer[i * dense.stride + i] = 1 }
      dense.matrix.pointer[(order - 1) * (dense.stride + 1)] = bad
      dense.recordSizes()
      #expect(dense.factor() == nil)
    }
  }

  /// Rounding errors around zero do not make a singular matrix indefinite.
  @Test func raisesVanishingPivots() throws {
    let dense = BlockedCholesky(order: 2)
    dense.clear()
    dense.matrix.pointer[0] = 1
    dense.matrix.pointer[dense.stride] = 1
    dense.matrix.pointer[dense.stride + 1] = 1 - 0x1p-53
    dense.recordSizes()
    #expect(try #require(dense.factor()) < -30)
  }
}
