import Foundation
import Testing

@testable import PoissonGLMM

/// A slowly varying quantity from a few nodes.
@Suite struct HyperparameterSurfaceTests {
  /// c exp(k'y) grows by the size of a correction of the evidence, .05 to 4, over the posterior.
  @Test(arguments: 1...6, [0.05, 0.5, 2])
  func exponentials(h: Int, size: Double) throws {
    let lattice = try KnownDensity.logGamma(h).lattice()
    let posterior = HyperparameterPosterior(lattice)
    let coordinates = lattice.nodes.map(\.coordinates)
    // Over +-2 SD it changes by a factor of 2.5: k of .23 in length.
    let slopes = (0..<h).map { 0.23 * cos(1.1 * Double($0)) }
    func quantities(_ y: [Double]) -> [Double] {
      let exponent = zip(slopes, y).reduce(0) { $0 + $1.0 * $1.1 }
      return [size * exp(exponent), -exponent + 0.1 * exponent * exponent]
    }
    let design = HyperparameterSurface.design(
      coordinates: coordinates, weights: posterior.weights)
    let surface = HyperparameterSurface(
      coordinates: coordinates, weights: posterior.weights, design: design,
      values: design.all.map { quantities(coordinates[$0]) }, bases: .full(dimensions: h))
    let errors = (0..<2).map { column in
      zip(posterior.weights, coordinates).reduce(0) { sum, node in
        let error = surface.values(at: node.1)[column] - quantities(node.1)[column]
        return sum + node.0 * error * error
      }.squareRoot()
    }
    #expect(Set(design.all).count == design.all.count)
    #expect(errors[0] < 0.06 * size)
    #expect(errors[1] < 0.02)
    // What the nodes held back tell is of that size.
    let told = surface.errors?[0] ?? 0
    #expect(told > 0.2 * errors[0] && told < 5 * errors[0])
    #expect(design.all.count <= 2 * HermiteBasis.powers(dimensions: h, degree: 2).count)
  }

  /// What is a polynomial of second degree is exact.
  @Test func quadraticsAreExact() throws {
    let lattice = try KnownDensity.normal(3).lattice()
    let posterior = HyperparameterPosterior(lattice)
    let coordinates = lattice.nodes.map(\.coordinates)
    func quantity(_ y: [Double]) -> Double { 1 + y[0] - 2 * y[1] * y[2] + 0.3 * y[2] * y[2] }
    let design = HyperparameterSurface.design(
      coordinates: coordinates, weights: posterior.weights)
    let surface = HyperparameterSurface(
      coordinates: coordinates, weights: posterior.weights, design: design,
      values: design.all.map { [quantity(coordinates[$0])] }, bases: .full(dimensions: 3))
    for y in coordinates where y.reduce(0, { $0 + $1 * $1 }) < 15 {
      #expect((surface.values(at: y)[0] - quantity(y)).magnitude < 1e-7)
    }
    #expect((surface.errors?[0] ?? 1) < 1e-7)
  }

  /// Nodes that are known already are used in place of those that make up for noise.
  @Test func knownNodesAreUsed() throws {
    let lattice = try KnownDensity.normal(2).lattice()
    let known = [[0, 0], [2, 0], [-2, 0], [0, 2], [0, -2.0]]
    let coordinates = known + lattice.nodes.map(\.coordinates)
    let weights = coordinates.map { exp(-0.5 * $0.reduce(0) { $0 + $1 * $1 }) }
    let alone = HyperparameterSurface.design(
      coordinates: Array(coordinates.dropFirst(5)), weights: Array(weights.dropFirst(5)))
    let design = HyperparameterSurface.design(
      coordinates: coordinates, weights: weights, known: known.count)
    #expect(Array(design.fitted.prefix(5)) == [0, 1, 2, 3, 4])
    // 8 that determine the polynomial, 4 for noise, 3 held back; 5 in place of the 4.
    #expect(alone.all.count == 15 && design.all.count == 16)
    func quantity(_ y: [Double]) -> Double { y[0] * y[1] + y[0] * y[0] * y[0] }
    let surface = HyperparameterSurface(
      coordinates: coordinates, weights: weights, design: design,
      values: design.all.map { [quantity(coordinates[$0])] }, bases: .full(dimensions: 2))
    #expect((surface.values(at: [1.3, -0.4])[0] - quantity([1.3, -0.4])).magnitude < 1e-7)
    #expect((surface.errors?[0] ?? 1) < 1e-7)
  }
}
