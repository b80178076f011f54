import Foundation
import Testing

@testable import PoissonGLMM

/// Log-likelihoods of groups whose terms are constant, tile by tile, against the same group by
/// group.
@Suite struct ConstantTermIntegralTests {
  @Test(arguments: 1...60)
  func tilesGiveWhatGroupsGive(number: Int) throws {
    let design = try RandomDesign(
      number: number, maximumGroups: 60, maximumRows: 30, maximumTerms: 1, isWild: true)
    guard design.random.allSatisfy({ column in column.values.allSatisfy { $0 == 1 } }) else {
      return
    }
    let rows = MarginalRows(try design.model().data)
    let b = design.fixed.indices.map { 0.3 - 0.2 * Double($0) / (1 + Double($0)) }
    for logSD in [-3.0, 0, 1] {
      let integral = GroupIntegral(
        rows, rule: try AdaptiveRule(.forTerms(1)), rowCapacity: rows.largestGroup)
      integral.setParameters(fixedEffects: b, standardDeviations: [exp(logSD)])
      let expected =
        (0..<rows.groupCount).reduce(0) { $0 + integral.logIntegral(group: $1) }
        - rows.sumsOfLogFactorials().reduce(0, +)
      let value = try MarginalLogLikelihood(rows).value(fixedEffects: b, logSDs: [logSD])
      guard expected.isFinite else {
        #expect(value == expected)
        continue
      }
      // The rounding error of sums of terms as large as y log mu.
      let size = rows.counts.array.reduce(1) { $0 + ($1 + 1) * (1 + log($1 + 1)) }
      #expect(
        (value - expected).magnitude < 1e-13 * size * (1 + expected.magnitude / size),
        "\(design.description), \(logSD)")
    }
  }
}
