import Testing

@testable import PoissonGLMM

@Suite struct AndersonAccelerationTests {
  /// x <- M x + c with a symmetric M of eigenvalues -0.8, 0.3 and 0.6.
  private func map(_ x: DoubleStorage, into image: DoubleStorage) {
    let matrix = [0.1, 0.5, -0.3, 0.5, -0.4, 0.2, -0.3, 0.2, 0.4]
    for row in 0..<3 {
      image.pointer[row] = 1 + Double(row)
      for column in 0..<3 {
        image.pointer[row] += matrix[3 * row + column] * x.pointer[column]
      }
    }
  }

  /// The largest residual after some steps, in pieces of `length` numbers.
  private func residual(after steps: Int, pieces length: Int) -> Double {
    let images = (0..<AndersonAcceleration.slots).map { _ in DoubleStorage(count: 3) }
    let anderson = AndersonAcceleration(images: images, residualCount: 3)
    let x = DoubleStorage(count: 3)
    let pieces = stride(from: 0, to: 3, by: length).map { $0..<min($0 + length, 3) }
    for step in 0..<steps {
      let image = images[anderson.position]
      map(x, into: image)
      anderson.open()
      for i in 0..<3 { anderson.residual.pointer[i] = image.pointer[i] - x.pointer[i] }
      anderson.weights.fill(with: 1)
      let sums = DoubleStorage(count: AndersonAcceleration.productCount)
      for piece in pieces { anderson.addProducts(in: piece, to: sums.pointer) }
      #expect(anderson.close(sums.pointer) == (step > 0))
      for piece in pieces { anderson.combine(into: x, in: piece) }
      anderson.advance()
    }
    let image = DoubleStorage(count: 3)
    map(x, into: image)
    return (0..<3).map { (image.pointer[$0] - x.pointer[$0]).magnitude }.max() ?? .infinity
  }

  /// With three differences the least squares of three numbers are solved exactly, but for the
  /// 1e-10 on the diagonal of the normal equations; plain steps leave up to 0.8 of the error each.
  @Test(arguments: [1, 2, 3])
  func aLinearMapIsSolvedInAsManyStepsAsItHasDimensions(pieces: Int) {
    #expect(residual(after: 3, pieces: pieces) > 1e-3)
    #expect(residual(after: 4, pieces: pieces) < 1e-6)
  }

  @Test func nothingIsRememberedAfterAReset() {
    let images = (0..<AndersonAcceleration.slots).map { _ in DoubleStorage(count: 1) }
    let anderson = AndersonAcceleration(images: images, residualCount: 1)
    let sums = DoubleStorage(count: AndersonAcceleration.productCount)
    anderson.weights.fill(with: 1)
    let target = DoubleStorage(count: 1)
    for (value, residual, isAfterReset) in [(1.0, 1.0, true), (2, 0.5, false), (7, 0.1, true)] {
      if isAfterReset { anderson.reset() }
      images[anderson.position].fill(with: value)
      anderson.residual.fill(with: residual)
      anderson.open()
      sums.fill(with: 0)
      anderson.addProducts(in: 0..<1, to: sums.pointer)
      #expect(anderson.close(sums.pointer) == !isAfterReset)
      anderson.combine(into: target, in: 0..<1)
      // By the secant through (residual, value) = (1, 1) and (1/2, 2), the residual is 0 at 3: to
      // 1e-10, as above.
      #expect((target.pointer[0] - (isAfterReset ? value : 3)).magnitude < 1e-9)
      anderson.advance()
    }
  }
}
