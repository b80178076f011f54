import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// The moments that `RowSums` takes for those of its sums, against sums over all counts.
struct RowSumsTests {
  @Test(arguments: [0.05, 0.7, 3, 20])
  func momentsAreThoseOfPoissonCounts(mean: Double) throws {
    var dispersion = (mean: 0.0, variance: 0.0, third: 0.0, withCount: 0.0)
    var zeros = dispersion
    var known: RowSums?
    var (squares, expectedSquares) = (0.0, 0.0)
    for count in 0...200 {
      let y = Double(count)
      let probability = exp(y * log(mean) - mean - GammaFunction.logFactorial(y))
      let sums = try Self.sums(count: y, mean: mean)
      func add(
        _ sum: StandardizedSum,
        to moments: inout (mean: Double, variance: Double, third: Double, withCount: Double)
      ) {
        moments.mean += probability * sum.value
        moments.variance += probability * sum.value * sum.value
        moments.third += probability * sum.value * sum.value * sum.value
        moments.withCount += probability * sum.value * (y - mean)
      }
      add(sums.dispersion, to: &dispersion)
      add(sums.zeros, to: &zeros)
      squares += probability * sums.squares
      expectedSquares = sums.expectedSquares
      known = sums
    }
    let sums = try #require(known)
    // Rounding of the 201 terms, beside the largest of them.
    for (moments, sum) in [(dispersion, sums.dispersion), (zeros, sums.zeros)] {
      #expect(abs(moments.mean) < 1e-12)
      #expect(abs(moments.withCount) < 1e-10)
      #expect(abs(moments.variance / sum.variance - 1) < 1e-9)
      #expect(abs(moments.third / sum.third - 1) < 1e-8)
    }
    #expect(abs(squares / expectedSquares - 1) < 1e-10)
    #expect(abs(sums.expectedZeros - exp(-mean)) < 1e-14)
  }

  private static func sums(count: Double, mean: Double) throws -> RowSums {
    let model = try PoissonMixedModel(
      counts: [count], fixed: [.intercept(rows: 1)], random: [.intercept(rows: 1)],
      grouping: Grouping(labels: ["a"]))
    let rows = CheckRows(model.data)
    return RowSums(
      rows, predictors: DoubleStorage([log(mean)]), means: DoubleStorage(count: 1),
      room: DoubleStorage(count: 1))
  }

  /// The normal score of a sum of exponential variables, whose skewness is that of a gamma
  /// variable: P(X <= x) is known.
  @Test(arguments: [0.5, 1, 2, 3.5])
  func normalScoreIsThatOfAGammaVariable(x: Double) throws {
    // Chi-squared with 6 degrees of freedom: mean 6, variance 12, third central moment 48.
    let value = 2 * x * 12.0.squareRoot() / 2
    let sum = StandardizedSum(value, variance: 12, third: 48)
    let exact = NormalDistribution.upperTailQuantile(
      ChiSquaredDistribution.upperTail(6 + value, degreesOfFreedom: 6))
    // Wilson & Hilferty's approximation is within 0.01 here up to 4 SDs.
    #expect(abs(try #require(sum.normalScore) - exact) < 0.03)
  }

  @Test func noScoreWhereOneEventDecides() {
    #expect(StandardizedSum(1, variance: 1, third: 2.5).normalScore == nil)
    #expect(StandardizedSum(0, variance: 0, third: 0).normalScore == nil)
    #expect(StandardizedSum(.nan, variance: 1, third: 0).normalScore == nil)
  }
}
