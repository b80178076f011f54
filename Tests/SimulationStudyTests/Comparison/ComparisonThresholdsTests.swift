import Foundation
import Testing

@testable import SimulationStudy

@Suite struct ComparisonThresholdsTests {
  private func thresholds(_ text: String) throws -> ComparisonThresholds {
    try ComparisonThresholds(yaml: text, name: "t.yml")
  }

  @Test func whatIsNotNamedKeepsItsDefault() throws {
    var expected = ComparisonThresholds()
    expected.timeRatio = 1.5
    expected.newFailures = 2
    #expect(try thresholds("time: {ratio: 1.5}\nfailures: {new: 2}") == expected)
  }

  @Test func everyThresholdCanBeSet() throws {
    let read = try thresholds(
      """
      drift: {sds: 0.02}
      optimum: {relative: 1e-8}
      accuracy: {bias: 0.1, coverage: 0.02, significance: 0.05}
      calibration: {ratio: 3}
      failures: {new: 1}
      iterations: {ratio: 1.2}
      time: {ratio: 1.3, confidence: 0.9, single: 5}
      """)
    #expect(read.driftSDs == 0.02)
    #expect(read.boundRelative == 1e-8)
    #expect(read.biasStandardErrors == 0.1)
    #expect(read.coverage == 0.02)
    #expect(read.significance == 0.05)
    #expect(read.calibrationRatio == 3)
    #expect(read.timeRatioOfSingleRuns == 5)
    #expect(read.newFailures == 1)
    #expect(read.iterationRatio == 1.2)
    #expect(read.timeRatio == 1.3)
    #expect(read.timeConfidence == 0.9)
  }

  @Test(arguments: [
    "drift: {sds: 0}", "drift: {sd: 1}", "speed: {ratio: 2}", "time: {ratio: 0.9}",
    "time: {confidence: 1}", "failures: {new: -1}", "accuracy: {significance: nan}", "drift: 3",
    "calibration: {ratio: 0.5}", "time: {single: 0}", "",
  ])
  func whatMakesNoSenseIsSaidSo(_ text: String) {
    #expect(throws: ScenarioError.self) { try thresholds(text) }
  }

  /// The document shows every threshold with its default.
  @Test func theDocumentedDefaultsAreThose() throws {
    let file = URL(fileURLWithPath: #filePath).appending(
      path: "../../../../Reports/baselines/README.md"
    ).standardized
    let text = try String(contentsOf: file, encoding: .utf8)
    let block = try #require(text.components(separatedBy: "```yaml\n").dropFirst().first)
    let yaml = try #require(block.components(separatedBy: "```").first)
    #expect(try thresholds(yaml) == ComparisonThresholds())
    for key in ["sds", "relative", "bias", "coverage", "significance", "new", "confidence"] {
      #expect(yaml.contains("\(key): "))
    }
    // Calibration, iterations and time.
    #expect(yaml.components(separatedBy: "ratio: ").count == 4)
  }
}
