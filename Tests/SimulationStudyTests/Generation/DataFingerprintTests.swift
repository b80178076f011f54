import Foundation
import GSLNumerics
import Testing

@testable import SimulationStudy

@Suite struct DataFingerprintTests {
  private static let truth = ["x": -0.2, "log_sd(Intercept)": log(0.5), "Intercept": 0.3]

  private static func data(
    counts: [Double] = [2, 0, 5], x: [Double] = [0.1, -1.5, 1.0 / 3], name: String = "x",
    exposure: [Double]? = [0.5, 1, 2], effects: [Double] = [-0.25, 0.7],
    parameters: [String: Double] = [:]
  ) -> SimulatedCounts {
    SimulatedCounts(
      data: ClusteredCounts(
        counts: counts, groupOfRow: [0, 0, 1], covariates: [.init(name: name, values: x)],
        exposure: exposure, fixedNames: ["Intercept", "x"], randomNames: ["Intercept"]),
      randomEffects: effects, drawnParameters: parameters)
  }

  /// The number is that of a program in Python 3.11 that follows the description of
  /// `DataFingerprint`.
  @Test func itIsTheSameEverywhere() {
    let fingerprint = DataFingerprint(Self.data(), truth: Self.truth)
    #expect(fingerprint.description == "544d88dc6a97ee5d")
    #expect(DataFingerprint("544d88dc6a97ee5d") == fingerprint)
    for text in ["", "544d88dc6a97ee5", "544d88dc6a97ee5dd", "544d88dc6a97ee5g"] {
      #expect(DataFingerprint(text) == nil)
    }
    // Leading zeros are kept.
    #expect(DataFingerprint("000000000000000f")?.description == "000000000000000f")
  }

  @Test func anyOtherNumberGivesAnother() {
    let all = [
      Self.data(), Self.data(counts: [2, 0, 6]), Self.data(x: [0.1, -1.5, 0.333]),
      Self.data(name: "z"), Self.data(exposure: nil), Self.data(exposure: [0.5, 1, 2.1]),
      Self.data(effects: [-0.25, 0.8]), Self.data(parameters: ["x": -0.3]),
    ].map { DataFingerprint($0, truth: Self.truth) }
    #expect(Set(all).count == all.count)
  }

  /// Another machine's logarithm may round elsewhere.
  @Test func theLastBitDoesNotMatter() {
    let other = Self.data(
      x: [(0.1).nextUp, (-1.5).nextDown, (1.0 / 3).nextDown], effects: [(-0.25).nextUp, 0.7])
    #expect(
      DataFingerprint(other, truth: Self.truth) == DataFingerprint(Self.data(), truth: Self.truth))
    #expect(
      DataFingerprint(Self.data(x: [0, 1, 2]), truth: [:])
        == DataFingerprint(Self.data(x: [-0.0, 1, 2]), truth: [:]))
  }

  @Test func oneMoreDrawBeforeTheCountsGivesAnother() throws {
    func fingerprint(draws: Int) throws -> DataFingerprint {
      let stream = try RandomStream(
        generator: .philox4x64, seed: 1, scenario: "pair", replicate: 0, purpose: .counts)
      for _ in 0..<draws { _ = stream.poisson(mean: 1) }
      let counts = try CountSampling.poisson([1, 2, 3], from: stream)
      return DataFingerprint(Self.data(counts: counts), truth: Self.truth)
    }
    #expect(try fingerprint(draws: 0) == fingerprint(draws: 0))
    #expect(try fingerprint(draws: 0) != fingerprint(draws: 1))
  }

  @Test func aScenarioHasThatOfItsFirstDataSet() throws {
    let scenario = try ComparisonFixture.scenario()
    let fingerprint = try #require(DataFingerprint(scenario))
    let other = DataFingerprint(try ComparisonFixture.scenario(seed: 2))
    let drawn = try DataGenerator(scenario).dataSet(replicate: 0)
    #expect(fingerprint == DataFingerprint(drawn, truth: scenario.truth))
    #expect(fingerprint != other)
    // Where nothing can be drawn there is none.
    let huge = ScenarioText.simulated.replacing(
      "Intercept: 0.5, x1: 0.3", with: "Intercept: 500, x1: 0.3")
    #expect(DataFingerprint(try ScenarioText.parse(huge)) == nil)
  }
}
