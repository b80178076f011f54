import Foundation
import Testing

@testable import SimulationStudy

@Suite struct StudyForecastTests {
  @Test func theFirstAreFarFromEachOther() {
    #expect(StudyForecast.spread(8) == [0, 4, 2, 6, 1, 5, 3, 7])
    #expect(StudyForecast.spread(5) == [0, 4, 2, 1, 3])
    #expect(StudyForecast.spread(1) == [0])
    #expect(StudyForecast.spread(0) == [])
  }

  /// The fits of an estimator that waits a known time.
  private struct Slow: Estimator {
    let name: String
    func estimate(_ data: ClusteredCounts) throws -> EstimationResult {
      usleep(5000)
      return try Moody(name: name).estimate(data)
    }
  }

  @Test func timeIsThatOfTheReplicatesTried() throws {
    let scenario = try ScenarioText.parse(
      ScenarioText.simulated.replacing("replicates: 20", with: "replicates: 1000"))
    let runner = StudyRunner([scenario], estimator: { Slow(name: $1.name) })
    let forecast = StudyForecast([scenario], runner: runner, workers: 4, seconds: 10)
    let methods = scenario.methods.count
    #expect((forecast.replicates, forecast.fits, forecast.tried) == (1000, 1000 * methods, 3))
    // At least what is slept; how much longer a loaded machine takes is not known.
    #expect(forecast.seconds >= 1000 * 0.005 * Double(methods) / 4)
    #expect(
      forecast.text().hasPrefix(
        "1 scenario, 1,000 replicates, \(NumberText.count(1000 * methods, "fit")): some "))
  }

  @Test func whatIsNotTriedCountsAsTheMean() throws {
    let scenarios = try (0..<4).map { index in
      try ScenarioText.parse(
        ScenarioText.simulated.replacing("name: small", with: "name: s\(index)"))
    }
    let runner = StudyRunner(scenarios, estimator: { Slow(name: $1.name) })
    let forecast = StudyForecast(scenarios, runner: runner, workers: 1, seconds: 0)
    #expect(forecast.rows.map(\.tried) == [1, 0, 0, 0])
    #expect(Set(forecast.rows.map(\.secondsPerReplicate)).count == 1)
    #expect(forecast.text().contains("3 scenarios could not be tried in time"))
  }

  /// The space is foretold within a quarter of what the store takes: pages of 4 kB are not full.
  @Test func spaceIsThatOfTheStore() throws {
    let fixture = try StoreFixture()
    let sourced = try StoreFixture.scenarios(replicates: 3000)
    try fixture.run(sourced)
    let scenarios = sourced.map(\.scenario)
    let runner = StudyRunner(scenarios, estimator: { Moody(name: $1.name) })
    let forecast = StudyForecast(scenarios, runner: runner, workers: 1, seconds: 10)
    let attributes = try FileManager.default.attributesOfItem(atPath: fixture.file.path)
    let size = try #require(attributes[.size] as? Double)
    #expect(
      forecast.bytes > 0.75 * size && forecast.bytes < 1.25 * size, "\(forecast.bytes) \(size)")
  }

  @Test(arguments: [
    (0.0042, "4.2 ms"), (1.5, "1500 ms"), (3, "3.0 s"), (150, "2.5 min"), (90_000, "25 h"),
    (400_000, "4.6 days"),
  ])
  func durationsAreShort(_ seconds: Double, _ text: String) {
    #expect(StudyForecast.duration(seconds) == text)
  }
}
