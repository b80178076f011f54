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
      values: design.all.map { quantities(coordinates[$0]) })
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
    #expect(design.all.count <= 2 * HermiteBasis.quadratic(dimensions: h).count)
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
      values: design.all.map { [quantity(coordinates[$0])] })
    for y in coordinates where y.reduce(0, { $0 + $1 * $1 }) < 15 {
      #expect((surface.values(at: y)[0] - quantity(y)).magnitude < 1e-7)
    }
    #expect((surface.errors?[0] ?? 1) < 1e-7)
  }
}
