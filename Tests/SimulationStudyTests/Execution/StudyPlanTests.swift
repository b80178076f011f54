import Testing

@testable import SimulationStudy

@Suite struct StudyPlanTests {
  @Test(arguments: [1, 2, 7, 1000])
  func everyReplicateIsInOneBatchAndInOrder(workers: Int) throws {
    let base = try ScenarioText.parse(ScenarioText.simulated)
    let scenarios = [1, 3, 16, 17, 200].map { replicates in
      var scenario = base
      scenario.replicates = replicates
      return scenario
    }
    let plan = StudyPlan(scenarios: scenarios, workers: workers)
    var replicates: [[Int]] = scenarios.map { _ in [] }
    for number in 0..<plan.batchCount {
      let batch = plan.batch(number)
      #expect(!batch.replicates.isEmpty)
      replicates[batch.scenario] += Array(batch.replicates)
    }
    #expect(replicates == scenarios.map { Array(0..<$0.replicates) })
    #expect(plan.fitCount == 2 * (1 + 3 + 16 + 17 + 200))
  }
}
