import Testing

@testable import SimulationStudy

/// Cells of a grid that draw from the same random numbers.
@Suite struct CommonStreamsTests {
  private static let grid = "\nvary: {data.fixed.x1: [0, 0.3, 0.6]}\n"

  private func cells(_ text: String) throws(ScenarioError) -> [Scenario] {
    try ScenarioFile.scenarios(bytes: Array(text.utf8), file: "s.yml")
  }

  @Test func cellsHaveTheirDataInCommonButForWhatIsVaried() throws {
    let own = try cells(ScenarioText.simulated + Self.grid)
    let common = try cells(ScenarioText.simulated + Self.grid + "streams: common\n")
    #expect(common.map(\.name) == own.map(\.name))
    let draws = try common.map { try DataGenerator($0).dataSet(replicate: 3) }
    for draw in draws {
      #expect(draw.data.covariates == draws[0].data.covariates)
      #expect(draw.data.groupings == draws[0].data.groupings)
      #expect(draw.data.exposure == draws[0].data.exposure)
      #expect(draw.randomEffects == draws[0].randomEffects)
    }
    // Means differ, and so do some counts.
    #expect(draws[0].data.counts != draws[2].data.counts)
    let drawn = try own.map { try DataGenerator($0).dataSet(replicate: 3).randomEffects }
    #expect(drawn[0] != drawn[1])
    // They are the data of the scenario that has the grid's name.
    var alone = try ScenarioText.parse(ScenarioText.simulated)
    #expect(try DataGenerator(alone).dataSet(replicate: 3) == draws[1])
    // The digest tells results apart that were drawn otherwise.
    #expect(zip(own, common).allSatisfy { $0.contentHash != $1.contentHash })
    alone.commonStreams = nil
    #expect(alone.streamName == "small")
    #expect(try cells(ScenarioText.simulated + Self.grid + "streams: own\n") == own)
  }

  @Test func seedsOfAProgramAreCommonToo() throws {
    let text = """
      name: drawn
      seed: 1
      replicates: 3
      data:
        program: {command: "./draw", parameters: {rho: 0.5}}
        fixed: [Intercept]
        random: [Intercept]
      methods: [{name: structured, approximation: structured}]
      vary: {data.program.parameters.rho: [0, 0.5]}
      streams: common
      """
    let names = try cells(text).map(\.streamName)
    #expect(names == ["drawn", "drawn"])
  }

  @Test func whereThereIsNoGridItIsRefused() {
    #expect(
      ScenarioText.complaint(about: ScenarioText.simulated + "\nstreams: common\n")?
        .contains("needs 'vary', and this scenario has none.") == true)
    #expect(
      ScenarioText.complaint(about: ScenarioText.simulated + Self.grid + "streams: shared\n")?
        .contains("'shared'") == true)
  }
}
