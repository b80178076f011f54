import Foundation
import GSLNumerics
import Testing

struct CholeskyTests {
  /// By hand: A = [4 2 0; 2 5 3; 0 3 6] = L L' with L = [2 0 0; 1 2 0; 0 3/2 sqrt(15)/2], so
  /// |A| = (2 * 2 * sqrt(15) / 2)^2 = 60.
  private static let matrix: [Double] = [4, 2, 0, 2, 5, 3, 0, 3, 6]

  @Test func agreesWithAMatrixWorkedByHand() throws {
    let cholesky = try Cholesky(Self.matrix, order: 3)
    #expect(abs(cholesky.logDeterminant - log(60)) < 1e-15 * 5)
  }

  /// L by hand: (2), (1, 2), (0, 3/2, sqrt(15/4)).
  @Test func theFactorTimesAVector() throws {
    let product = try Cholesky(Self.matrix, order: 3).correlated([1, 1, 2])
    for (value, expected) in zip(product, [2, 3, 1.5 + 15.0.squareRoot()]) {
      #expect(abs(value - expected) < 1e-14)
    }
  }

  @Test func onlyTheLowerTriangleIsRead() throws {
    let lower = try Cholesky([4, 99, 99, 2, 5, 99, 0, 3, 6], order: 3)
    let cholesky = try Cholesky(Self.matrix, order: 3)
    #expect(lower.correlated([1, 2, 3]) == cholesky.correlated([1, 2, 3]))
    #expect(lower.logDeterminant == cholesky.logDeterminant)
  }

  @Test(
    arguments: [
      [1, 2, 2, 1], [0, 0, 0, 0], [-1, 0, 0, 1], [1, 1, 1, 1],
    ] as [[Double]]) func whatIsNotPositiveDefiniteIsAnError(matrix: [Double])
  {
    let error = #expect(throws: GSLError.self) { try Cholesky(matrix, order: 2) }
    #expect(error?.code == 1)
    #expect(
      error?.description
        == "Cholesky decomposition: the matrix of order 2 is not positive definite")
  }

  @Test func whatIsNotASquareOfFiniteNumbersIsAnError() {
    #expect(throws: GSLError.self) { try Cholesky([1, 2, 3], order: 2) }
    #expect(throws: GSLError.self) { try Cholesky([], order: 0) }
    #expect(throws: GSLError.self) { try Cholesky([1], order: -1) }
    #expect(throws: GSLError.self) { try Cholesky([1], order: Int.max) }
    #expect(throws: GSLError.self) { try Cholesky([.nan], order: 1) }
    #expect(throws: GSLError.self) { try Cholesky([1, 0, .infinity, 1], order: 2) }
  }
}
