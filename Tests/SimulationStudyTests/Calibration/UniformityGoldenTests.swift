import Foundation
import Testing

@testable import SimulationStudy

/// Both tests of uniformity against an independent program: `Measures/Golden/golden_uniformity.py`,
/// which finds the joint probability from order statistics in exact fractions (Python 3.11, scipy
/// 1.17.1).
@Suite struct UniformityGoldenTests {
  private struct Golden: Decodable {
    struct Sample: Decodable {
      let name: String
      let values: [Double]
      let points: Int
      let chiSquared: Double
      let chiSquaredP: Double
      let smallestTail: Double
      let ecdfP: Double
      let largest: Double
      let place: Double
      let shift: Double
      let spread: Double
    }

    struct Band: Decodable {
      let count: Int
      let points: Int
      let tail: Double
      let lower: [Int]
      let upper: [Int]
      let outside: Double
    }

    let samples: [Sample]
    let bands: [Band]
  }

  private static func golden() throws -> Golden {
    let url = try #require(
      Bundle.module.url(
        forResource: "uniformity.json", withExtension: nil, subdirectory: "Golden"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Golden.self, from: Data(contentsOf: url))
  }

  @Test func samplesAgree() throws {
    let golden = try Self.golden()
    #expect(golden.samples.count == 3)
    for sample in golden.samples {
      let chiSquared = try #require(ChiSquaredUniformityTest(sample.values))
      #expect(chiSquared.degreesOfFreedom == 19)
      #expect(abs(chiSquared.statistic - sample.chiSquared) < 1e-12 * sample.chiSquared)
      #expect(abs(chiSquared.pValue / sample.chiSquaredP - 1) < 1e-11)

      let ecdf = try #require(ECDFUniformityTest(sample.values, points: sample.points))
      // 1 less a probability that is a sum of some 10^5 rounded terms.
      #expect(abs(ecdf.pValue - sample.ecdfP) < 1e-11, "\(sample.name)")
      #expect(abs(ecdf.largestDifference - sample.largest) < 1e-15)
      #expect(ecdf.place == sample.place)

      let shape = CalibrationShape(sample.values)
      #expect(abs(shape.shift - sample.shift) < 1e-12)
      #expect(abs(shape.spread - sample.spread) < 1e-12)
    }
  }

  @Test func bandsAgree() throws {
    let golden = try Self.golden()
    #expect(golden.bands.count == 5)
    for band in golden.bands {
      let process = UniformProcess(count: band.count, points: band.points)
      // More points than numbers are not used.
      let points = min(band.count, band.points)
      #expect(process.points == points)
      guard points == band.points else { continue }
      let ranges = process.tails.map { $0.range(beyond: band.tail) }
      #expect(ranges.map(\.lowerBound) == band.lower)
      #expect(ranges.map(\.upperBound) == band.upper)
      #expect(abs(process.probabilityOutside(tail: band.tail) - band.outside) < 1e-12)
    }
  }
}
