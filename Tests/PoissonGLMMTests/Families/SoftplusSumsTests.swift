import CVectorKernels
import Foundation
import Testing

@testable import PoissonGLMM

/// The kernel in C that adds up softplus and its derivatives.
@Suite struct SoftplusSumsTests {
  private static let instructions = (0...VectorInstructions.here.rawValue).map {
    vector_instructions(rawValue: $0)
  }
  /// Below and above all thresholds, and what is no number.
  private static let centers: [SIMD8<Double>] = [
    [-3, -1, 0.3, 2, -40, -800, 800, .nan], [0, -0.0, 1e-300, -1e-9, 0.88, -0.88, 710, -710],
    [.infinity, -.infinity, 36, -36, 5, -5, 19, 1e5],
  ]
  private static let sds: SIMD8<Double> = [0.1, 0.5, 0.3, 1, 0.2, 0.3, 0.1, 0]

  /// The same additions and multiplications in Swift give the same bits.
  @Test(arguments: [6.0, 3.5, 2.5, 10, 14]) func sumsAreThoseInSwift(distance: Double) throws {
    let rule = try #require(NormalRules.shared.gauss(distance: distance))
    for centers in Self.centers {
      var expected = SoftplusSums()
      var values = SIMD8<Double>.zero
      for index in 0..<rule.count {
        let weight = SIMD8(repeating: rule.weights[index])
        expected.add(at: centers + Self.sds * rule.points[index], weight: weight)
        values += weight * vectorSoftplus(centers + 0.25 * rule.points[index]).softplus
      }
      for instructions in Self.instructions {
        let sums = SoftplusSums(
          centers: centers, sds: Self.sds, rule, instructions: instructions)
        #expect(same(sums.value, expected.value))
        #expect(same(sums.first, expected.first))
        #expect(same(sums.second, expected.second))
        #expect(same(sums.third, expected.third))
        #expect(same(sums.fourth, expected.fourth))
        let alone = SoftplusSums.values(
          centers: centers, sd: 0.25, rule, instructions: instructions)
        #expect(same(alone, values))
      }
    }
  }

  /// Equal numbers, or both not a number. Below -708 exp is 0 in Swift, and 3e-308 in C.
  private func same(_ a: SIMD8<Double>, _ b: SIMD8<Double>) -> Bool {
    (0..<8).allSatisfy {
      a[$0] == b[$0] || a[$0].isNaN && b[$0].isNaN || (a[$0] - b[$0]).magnitude < 1e-306
    }
  }

  @Test func movedMomentsAreThoseElsewhere() {
    let variances = SIMD8<Double>(0.01, 0.05, 0.1, 0.2, 0.5, 1, 0, 0.3)
    for mean in stride(from: -6.0, through: 6, by: 0.37) {
      let means = SIMD8<Double>(repeating: mean)
      let change = -SoftplusRows.largestMove
      let moved = SoftplusRows(means: means, variances: variances).moved(by: change)
      let there = SoftplusRows(means: means + change, variances: variances)
      func largest(_ part: (SoftplusRows) -> SIMD8<Double>) -> Double {
        let difference = part(moved) - part(there)
        return difference.replacing(with: -difference, where: difference .< 0).max()
      }
      // The next derivative is below 1/4, so that the first term that is left out is below 2e-18
      // (and rounding larger), 1e-14, 5e-11, 2e-7 and 3e-4.
      #expect(largest(\.value) < 1e-14)
      #expect(largest(\.first) < 2e-14)
      #expect(largest(\.second) < 5e-11)
      #expect(largest(\.third) < 2e-7)
      #expect(largest(\.fourth) < 3e-4)
    }
  }
}
