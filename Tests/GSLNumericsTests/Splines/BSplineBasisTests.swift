import GSLNumerics
import Testing

@Suite struct BSplineBasisTests {
  /// Cubic B-splines without inner knots are Bernstein's polynomials.
  @Test func withoutInnerKnotsTheyAreBernsteinPolynomials() throws {
    let basis = try BSplineBasis(degree: 3, breakpoints: [0, 1])
    #expect(basis.count == 4)
    for point in [0, 0.25, 0.5, 0.875, 1] {
      let values = try basis.derivatives(at: [point])[0]
      let rest = 1 - point
      let expected = [
        rest * rest * rest, 3 * point * rest * rest, 3 * point * point * rest,
        point * point * point,
      ]
      #expect(values.first == 0)
      // A few roundings of numbers up to 1.
      for (value, other) in zip(values.values, expected) { #expect(abs(value - other) < 1e-15) }
    }
  }

  /// At the middle knot of degree 1 the hat function is 1; its derivative changes sign there.
  @Test func degreeOneIsHats() throws {
    let basis = try BSplineBasis(degree: 1, breakpoints: [0, 2, 3])
    let values = try basis.derivatives(at: [1, 2.5])
    #expect(values.map(\.first) == [0, 1])
    #expect(values.map(\.values) == [[0.5, 0.5], [0.5, 0.5]])
    let slopes = try basis.derivatives(1, at: [1, 2.5])
    #expect(slopes[0].values == [-0.5, 0.5])
    #expect(slopes[1].values == [-1, 1])
  }

  @Test func theyAddUpToOneAndTheirDerivativesToZero() throws {
    let basis = try BSplineBasis(degree: 3, breakpoints: [-1, 0, 0, 2.5, 7])
    #expect(basis.count == 7)
    for point in stride(from: -1.0, through: 7, by: 0.5) {
      #expect(abs(try basis.derivatives(at: [point])[0].values.reduce(0, +) - 1) < 1e-14)
      #expect(abs(try basis.derivatives(2, at: [point])[0].values.reduce(0, +)) < 1e-12)
    }
  }

  @Test func whatIsNoBasisIsRefused() throws {
    for breakpoints in [[], [1.0], [1, 1], [2, 1], [0, .nan], [0, .infinity], [0, 3, 2]] {
      #expect(throws: GSLError.self) { try BSplineBasis(degree: 3, breakpoints: breakpoints) }
    }
    #expect(throws: GSLError.self) { try BSplineBasis(degree: 0, breakpoints: [0, 1]) }
    let basis = try BSplineBasis(degree: 3, breakpoints: [0, 1])
    for point in [-0.1, 1.5, .nan] {
      #expect(throws: GSLError.self) { try basis.derivatives(at: [point]) }
    }
    #expect(throws: GSLError.self) { try basis.derivatives(-1, at: [0.5]) }
  }
}
