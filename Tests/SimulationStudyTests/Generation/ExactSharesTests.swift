import GSLNumerics
import Testing

@testable import SimulationStudy

/// Values that are shared out exactly. Seeds are fixed.
@Suite struct ExactSharesTests {
  private func treated(_ allocation: Covariate.Allocation, level: Covariate.Level) -> Covariate {
    Covariate(
      name: "t", distribution: .bernoulli(probability: 0.5), level: level, allocation: allocation)
  }

  private func stream(_ replicate: UInt64) throws -> RandomStream {
    try RandomStream(
      generator: .philox4x64, seed: 1, scenario: "s", replicate: replicate, purpose: .covariates)
  }

  @Test func halfOfTheGroupsAreTreated() throws {
    let data = try MomentCheck.draw(
      groups: 10, size: .constant(3), covariates: [treated(.balanced, level: .group)]
    ).data
    let values = data.covariates[0].values
    #expect(values.reduce(0, +) == 15)
    #expect((0..<10).allSatisfy { values[3 * $0] == values[3 * $0 + 1] })
    #expect((0..<10).allSatisfy { values[3 * $0] == values[3 * $0 + 2] })
  }

  @Test func halfOfTheRowsOfEachGroupAreTreated() throws {
    let data = try MomentCheck.draw(
      groups: 50, size: .constant(4), covariates: [treated(.within("group"), level: .row)]
    ).data
    let values = data.covariates[0].values
    var arrangements: Set<[Double]> = []
    for group in 0..<50 {
      let own = Array(values[4 * group..<4 * group + 4])
      #expect(own.reduce(0, +) == 2)
      arrangements.insert(own)
    }
    // The places differ from group to group: of the six arrangements none is missing.
    #expect(arrangements.count == 6)
  }

  @Test func eachBlockHasItsShares() throws {
    let data = try MomentCheck.draw(
      groups: 1, size: .constant(22), covariates: [treated(.blocks(4), level: .row)]
    ).data
    let values = data.covariates[0].values
    for block in 0..<5 { #expect(values[4 * block..<4 * block + 4].reduce(0, +) == 2) }
    #expect(values[20...].reduce(0, +) == 1)
  }

  /// 7 units with shares 0.5, 0.3 and 0.2: counts are the neighbours of 3.5, 2.1 and 1.4, and these
  /// on average. Every unit has each kind as often as another.
  @Test func sharesThatAreNotWholeAreRightOnAverage() throws {
    let shares = [0.5, 0.3, 0.2]
    let draws = 20_000
    var counts = [0.0, 0, 0]
    var ofUnit = [[Double]](repeating: [0, 0, 0], count: 7)
    for replicate in 0..<draws {
      let places = ExactShares.places(
        shares, strata: [Int](repeating: 0, count: 7), from: try stream(UInt64(replicate)))
      #expect(places.count == 7)
      for kind in 0..<3 {
        let count = Double(places.count { $0 == kind })
        #expect(abs(count - 7 * shares[kind]) < 1)
        counts[kind] += count
      }
      for (unit, kind) in places.enumerated() { ofUnit[unit][kind] += 1 }
    }
    for kind in 0..<3 {
      // Four standard errors: a count varies by less than one, a place has one or not.
      let mean = counts[kind] / Double(draws)
      #expect(abs(mean - 7 * shares[kind]) < 4 * 0.5 / Double(draws).squareRoot())
      let error = 4 * (shares[kind] * (1 - shares[kind]) / Double(draws)).squareRoot()
      for unit in 0..<7 {
        #expect(abs(ofUnit[unit][kind] / Double(draws) - shares[kind]) < error)
      }
    }
  }

  /// Thirds of 9 are whole, though sums of 1/3 are rounded.
  @Test func wholeSharesAreExact() throws {
    for replicate in 0..<200 {
      let places = ExactShares.places(
        [1.0 / 3, 1.0 / 3, 1.0 / 3], strata: [Int](repeating: 0, count: 9),
        from: try stream(UInt64(replicate)))
      #expect((0..<3).allSatisfy { kind in places.count { $0 == kind } == 3 })
    }
  }

  @Test func allocationsAreRead() throws {
    func scenario(_ allocation: String) -> String {
      ScenarioText.simulated.replacingOccurrences(
        of: "p: 0.25, level: group}", with: "p: 0.25, level: group, allocation: \(allocation)}")
    }
    let plain = try ScenarioText.parse(ScenarioText.simulated)
    let chance = try ScenarioText.parse(scenario("chance"))
    #expect(chance.contentHash == plain.contentHash)
    for (text, allocation) in [
      ("balanced", .balanced), ("{blocks: 4}", .blocks(4)),
    ] as [(String, Covariate.Allocation)] {
      let read = try ScenarioText.parse(scenario(text))
      guard case .simulated(let mechanism) = read.data else { throw Unexpected() }
      #expect(mechanism.covariates[2].allocation == allocation)
      #expect(read.contentHash != plain.contentHash)
    }
    for (text, complaint) in [
      ("{blocks: 6}", "a block of 6 has no whole number of 0, whose share is 0.75."),
      (
        "{within: group}",
        "the values are those of each group, which is within no other factor; 'balanced' shares "
          + "them out among all."
      ),
      ("{within: group, blocks: 4}", "expected one of the keys within or blocks."),
      ("even", "unknown allocation"),
    ] {
      let found = ScenarioText.complaint(about: scenario(text)) ?? ""
      #expect(found.contains(complaint), "\(text): \(found)")
    }
    let normal = ScenarioText.simulated.replacingOccurrences(
      of: "mean: 1, sd: 2}", with: "mean: 1, sd: 2, allocation: balanced}")
    let found = ScenarioText.complaint(about: normal) ?? ""
    #expect(found.contains("is no parameter of the distribution 'normal'"), "\(found)")
  }
}
