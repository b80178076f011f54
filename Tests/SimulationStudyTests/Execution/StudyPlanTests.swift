import Testing

@testable import SimulationStudy

@Suite struct StudyPlanTests {
  private func scenarios(_ replicates: [Int]) throws -> [Scenario] {
    let base = try ScenarioText.parse(ScenarioText.simulated)
    return replicates.map { replicates in
      var scenario = base
      scenario.replicates = replicates
      return scenario
    }
  }

  /// The replicates of all batches, by scenario.
  private func replicates(_ plan: StudyPlan, scenarios: Int, first: Int = 0) -> [[Int]] {
    var plan = plan
    var replicates: [[Int]] = Array(repeating: [], count: scenarios)
    var number = first
    while let batch = plan.next() {
      #expect(!batch.replicates.isEmpty)
      #expect(batch.number == number)
      number += 1
      replicates[batch.scenario] += batch.replicates
    }
    return replicates
  }

  private func recorded(_ positions: [Int]) -> RecordedReplicates {
    positions.reduce(into: RecordedReplicates()) {
      $0.append(position: $1, fits: 2, failedFits: 0)
    }
  }

  @Test(arguments: [1, 2, 7, 1000])
  func everyReplicateIsInOneBatchAndInOrder(workers: Int) throws {
    let counts = [1, 3, 16, 17, 200]
    let plan = StudyPlan(scenarios: try scenarios(counts), workers: workers)
    #expect(replicates(plan, scenarios: 5) == counts.map { Array(0..<$0) })
    #expect(plan.fitCount == 2 * (1 + 3 + 16 + 17 + 200))
  }

  @Test(arguments: [1, 3])
  func whatIsRecordedIsLeftOut(workers: Int) throws {
    let done = [[0, 1, 2], [1, 2, 5, 40, 41, 99], [], Array(0..<20)]
    let counts = [3, 100, 2, 10]
    let plan = StudyPlan(
      scenarios: try scenarios(counts), workers: workers, recorded: done.map(recorded))
    let expected = zip(counts, done).map { count, done in (0..<count).filter { !done.contains($0) }
    }
    #expect(replicates(plan, scenarios: 4) == expected)
    #expect(plan.fitCount == 2 * expected.reduce(0) { $0 + $1.count })
  }

  /// Wherever in the plan the drop comes: nothing is given out beyond it, and the count is right.
  @Test(arguments: [0, 1, 3, 5, 8, 20])
  func whatIsDroppedIsNotGivenOut(batches: Int) throws {
    let recorded = recorded([3, 4, 40, 41])
    var plan = StudyPlan(
      scenarios: try scenarios([100, 30]), workers: 1, recorded: [recorded])
    var before: [Int] = []
    for _ in 0..<batches {
      guard let batch = plan.next() else { break }
      if batch.scenario == 0 { before += batch.replicates }
    }
    let dropped = plan.drop(scenario: 0, from: 60)
    let after = replicates(plan, scenarios: 2, first: batches)
    #expect(before.count + after[0].count + dropped == 96)
    #expect(after[0].allSatisfy { $0 < 60 })
    #expect(Set(before + after[0]).isSuperset(of: Set(0..<60).subtracting([3, 4, 40, 41])))
    // Six batches of 16 are all that the first scenario has.
    #expect(batches > 6 || after[1] == Array(0..<30))
  }

  @Test(arguments: [1, 2, 3, 8, 50])
  func shardsHaveEveryReplicateOnce(count: Int) throws {
    let counts = [1, 7, 30]
    var seen: [[Int]] = [[], [], []]
    for number in 1...count {
      let shard = try #require(Shard("\(number)/\(count)"))
      let plan = StudyPlan(scenarios: try scenarios(counts), workers: 2, shard: shard)
      for (index, replicates) in replicates(plan, scenarios: 3).enumerated() {
        #expect(replicates == (0..<counts[index]).filter { $0 % count == number - 1 })
        #expect(replicates.count == shard.size(ofReplicates: counts[index]))
        for (position, replicate) in replicates.enumerated() {
          #expect(shard.position(of: replicate) == position)
          #expect(shard.replicate(at: position) == replicate)
        }
        seen[index] += replicates
      }
    }
    #expect(seen.map { $0.sorted() } == counts.map { Array(0..<$0) })
  }

  /// The positions that are recorded are those within the shard.
  @Test func aShardGoesOnWhereItWas() throws {
    let shard = try #require(Shard("2/3"))
    let plan = StudyPlan(
      scenarios: try scenarios([14]), workers: 1, shard: shard, recorded: [recorded([0, 2])])
    #expect(replicates(plan, scenarios: 1) == [[4, 10, 13]])
  }

  @Test(arguments: ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1/1000001", "1/ 2"])
  func whatIsNoShardIsRefused(text: String) {
    #expect(Shard(text) == nil)
  }
}
