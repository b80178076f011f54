import GSLNumerics
import Testing

struct CholeskySolveTests {
  /// By hand: A = [4 2 0; 2 5 3; 0 3 6] with |A| = 60, and A (1, -2, 3)' = (0, 1, 12)'.
  private static let matrix: [Double] = [4, 2, 0, 2, 5, 3, 0, 3, 6]

  @Test func agreesWithAMatrixWorkedByHand() throws {
    let cholesky = try Cholesky(Self.matrix, order: 3)
    let solution = cholesky.solve([0, 1, 12])
    for (value, expected) in zip(solution, [1.0, -2, 3]) { #expect(abs(value - expected) < 1e-14) }
    // The adjugate over the determinant.
    let adjugate: [Double] = [21, -12, 6, -12, 24, -12, 6, -12, 16]
    for (value, expected) in zip(cholesky.inverse(), adjugate) {
      #expect(abs(value - expected / 60) < 1e-15)
    }
  }

  @Test func onlyTheLowerTriangleIsRead() throws {
    let lower = try Cholesky([4, 99, 99, 2, 5, 99, 0, 3, 6], order: 3)
    #expect(lower.solve([0, 1, 12]) == (try Cholesky(Self.matrix, order: 3)).solve([0, 1, 12]))
    #expect(lower.inverse() == (try Cholesky(Self.matrix, order: 3)).inverse())
  }
}
