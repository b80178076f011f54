import Foundation
import GSLNumerics
import Testing

@testable import SimulationStudy

@Suite struct SimultaneousBandTests {
  private static func uniforms(_ count: Int, from stream: RandomStream) -> [Double] {
    (0..<count).map { _ in stream.uniform(from: 0, to: 1) }
  }

  private static func stream(_ replicate: UInt64) throws -> RandomStream {
    try RandomStream(seed: 11, scenario: "bands", replicate: replicate, purpose: .counts)
  }

  /// Of simulated uniform samples the band holds the share that was computed, which is the level or
  /// little more.
  @Test(arguments: [(200, 0.95), (2000, 0.95), (60, 0.8)])
  func theSimultaneousLevelIsTheShareOfCurvesWithin(count: Int, level: Double) throws {
    let process = UniformProcess(count: count)
    let outside = process.probabilityOutside(tail: process.tail(level: level))
    #expect(outside <= 1 - level)
    // Whole counts leave steps: a band of the exact level does not exist. The steps are finer for
    // larger counts.
    #expect(outside > (1 - level) * 0.85)

    let band = SimultaneousBand(count: count, level: level)
    let samples = 4000
    let stream = try Self.stream(UInt64(count))
    var left = 0
    for _ in 0..<samples {
      let curve = try #require(EmpiricalCurve(Self.uniforms(count, from: stream)))
      let isInside = curve.differences.indices.allSatisfy {
        band.lower[$0] <= curve.differences[$0] && curve.differences[$0] <= band.upper[$0]
      }
      if !isInside { left += 1 }
    }
    // Four Monte Carlo standard errors.
    let error = (outside * (1 - outside) / Double(samples)).squareRoot()
    #expect(abs(Double(left) / Double(samples) - outside) < 4 * error)
  }

  /// A band of independent tails of a half of 5 % would be left far more often: the adjustment is
  /// no formality.
  @Test func aPointwiseBandIsLeftMostly() {
    #expect(UniformProcess(count: 2000).probabilityOutside(tail: 0.025) > 0.5)
  }

  /// p values of uniform samples are at most a with a probability of at most a.
  @Test func pValuesOfUniformSamplesAreUniform() throws {
    let stream = try Self.stream(0)
    let samples = 1500
    let pValues = try (0..<samples).map { _ in
      try #require(ECDFUniformityTest(Self.uniforms(150, from: stream))).pValue
    }
    for share in [0.01, 0.05, 0.2, 0.5, 0.9] {
      let found = Double(pValues.count { $0 <= share }) / Double(samples)
      let error = (share * (1 - share) / Double(samples)).squareRoot()
      #expect(found < share + 4 * error, "\(share)")
      // The smallest tail is a discrete statistic, but one of many steps.
      #expect(found > share * 0.85 - 4 * error, "\(share)")
    }
  }

  @Test func whereTheCurveLeavesItsBandThePValueIsBelowTheLevel() throws {
    let stream = try Self.stream(1)
    let band = SimultaneousBand(count: 300, level: 0.9)
    var left = 0
    for replicate in 0..<200 {
      let values = Self.uniforms(300, from: stream).map { pow($0, replicate % 2 == 0 ? 1 : 1.15) }
      let curve = try #require(EmpiricalCurve(values))
      let isInside = curve.differences.indices.allSatisfy {
        band.lower[$0] <= curve.differences[$0] && curve.differences[$0] <= band.upper[$0]
      }
      // Between the band's own level and 0.1 there may be a p value that belongs to neither.
      let pValue = try #require(ECDFUniformityTest(values)).pValue
      if !isInside {
        left += 1
        #expect(pValue <= 0.1)
      } else {
        #expect(pValue > 0.08)
      }
    }
    #expect(left > 20)
  }

  /// Beyond 20,000 numbers the joint probability is that of 20,000: so close to each other are
  /// 10,000 and 20,000.
  @Test func theTailOfALevelSettles() {
    let some = UniformProcess(count: 10_000).tail(level: 0.95)
    let many = UniformProcess(count: 20_000).tail(level: 0.95)
    #expect(abs(some / many - 1) < 0.03)
    let more = UniformProcess(count: 1_000_000)
    #expect(more.tail(level: 0.95) == many)
    #expect(abs(more.probabilityOutside(tail: many) - 0.05) < 1e-3)
  }

  @Test func farTailsGiveBonferronisBound() {
    let process = UniformProcess(count: 500)
    #expect(process.probabilityOutside(tail: 1e-20) == 2 * 99 * 1e-20)
    #expect(process.probabilityOutside(tail: 0) == 0)
    #expect(process.probabilityOutside(tail: 0.5) == 1)
    // Where both are at hand they agree: two far ends of different points hardly ever come
    // together.
    let tail = 1e-9
    let exact = process.probabilityOutside(tail: tail)
    #expect(exact < 2 * 99 * tail && exact > 2 * tail)
  }

  @Test func whatIsNoSampleHasNoTest() {
    for values in [[], [0.5], [0.1, .nan], [0.1, 1.5], [-0.1, 0.2], [0.3, .infinity]] {
      #expect(ECDFUniformityTest(values) == nil)
      #expect(ChiSquaredUniformityTest(values) == nil)
    }
    #expect(ECDFUniformityTest([0, 1]) != nil)
    #expect(ChiSquaredUniformityTest(Array(repeating: 0.5, count: 9)) == nil)
    // Five expected in each of two bins.
    #expect(
      ChiSquaredUniformityTest([0, 0, 0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.9, 1])?.statistic == 3.6)
  }

  /// Numbers on the grid and at the ends belong to the points that they do not exceed.
  @Test func theCurveCountsWhatIsAtMostZ() throws {
    let values = (0...100).map { Double($0) / 100 }
    let curve = try #require(EmpiricalCurve(values))
    #expect(curve.counts == (1...99).map { $0 + 1 })
    let few = try #require(EmpiricalCurve([1, 0, 0.5, 0.25]))
    #expect(few.probabilities == [0.25, 0.5, 0.75])
    #expect(few.counts == [2, 3, 3])
    #expect(few.differences == [0.25, 0.25, 0])
  }
}
