import Foundation
import Testing

@testable import SimulationStudy

/// Results are spoiled as a regression would, and each time the rule that is there for it has to
/// find that; and where nothing is spoiled, nothing may be found. Changes to the sources themselves
/// are planted by `scripts/prove-comparison`.
@Suite struct PlantedRegressionTests {
  private func rules(_ findings: [ComparisonFinding]) -> Set<ComparisonRule> {
    Set(findings.map(\.rule))
  }

  @Test func aFitterThatStopsEarlyLowersTheBound() throws {
    let scenario = try ComparisonFixture.scenario()
    let sound = ComparisonFixture.records(scenario)
    let hasty = ComparisonFixture.records(scenario) { _, method in
      HastyEstimator(method: method, diligence: 0.7)
    }
    let findings = try ComparisonFixture.findings(of: hasty, against: sound, on: scenario)
    #expect(rules(findings).contains(.optimum))
    // Too little for a user to see: bias, coverage and failures are as they were.
    #expect(rules(findings).isSubset(of: [.optimum, .drift]))
    let worst = try #require(findings.first { $0.rule == .optimum }?.replicates.first)
    #expect((0..<ComparisonFixture.replicates).contains(worst))
  }

  @Test func anIterationCapMakesFitsFail() throws {
    let scenario = try ComparisonFixture.scenario()
    let sound = ComparisonFixture.records(scenario)
    let iterations = sound.compactMap { record -> Int? in
      guard case .fitted(let result) = record.outcome else { return nil }
      return result.iterations
    }
    let limit = try #require(iterations.max()) - 1
    let capped = ComparisonFixture.records(scenario) { _, method in
      cappedEstimator(method, at: limit)
    }
    let findings = try ComparisonFixture.findings(of: capped, against: sound, on: scenario)
    #expect(rules(findings) == [.failures])
    let named = Set(findings.flatMap(\.replicates))
    let failed = capped.filter { if case .failed = $0.usability { true } else { false } }
    #expect(named == Set(failed.map(\.replicate)))
    #expect(findings.first?.evidence.contains("iteration-limit") == true)
  }

  @Test func aSignErrorInAToyMovesItsEstimatesAndLowersItsBound() throws {
    let scenario = try ComparisonFixture.scenario()
    func records(hasSignError: Bool) -> [ReplicateRecord] {
      ComparisonFixture.records(scenario) { _, method in
        PoissonModeEstimator(name: method.name, hasSignError: hasSignError)
      }
    }
    let sound = records(hasSignError: false)
    let findings = try ComparisonFixture.findings(
      of: records(hasSignError: true), against: sound, on: scenario)
    #expect(rules(findings).isSuperset(of: [.drift, .optimum]))
    #expect(findings.first { $0.rule == .drift }?.evidence.contains(" x by ") == true)
    #expect(!rules(findings).contains(.stream))
    #expect(try ComparisonFixture.findings(of: sound, against: sound, on: scenario).isEmpty)
  }

  @Test func aFifthMoreTimeIsNoticed() throws {
    let scenario = try ComparisonFixture.scenario()
    let sound = ComparisonFixture.records(scenario)
    var noise = Noise(seed: 1)
    let before = noise.timed(sound)
    let slower = noise.timed(sound, factor: 1.2)
    let findings = try ComparisonFixture.findings(
      of: slower, against: before, on: scenario,
      rounds: ComparisonFixture.rounds(scenario, sound, factor: 1.2, noise: &noise))
    // With so much else going on, not every method's rounds are sure to agree.
    #expect(rules(findings) == [.time])
    // The clock of another machine says nothing.
    let elsewhere = try StudyComparison(
      baseline: ComparisonFixture.baseline(scenario, before),
      current: ComparisonFixture.study(scenario, slower, processor: "6502"))
    #expect(!elsewhere.hasRegression)
    #expect(elsewhere.timing != .compared)
  }

  @Test func aChangedStreamIsCalledOne() throws {
    let scenario = try ComparisonFixture.scenario()
    let sound = ComparisonFixture.records(scenario)
    let other = ComparisonFixture.records(try ComparisonFixture.scenario(seed: 2))
    let findings = try ComparisonFixture.findings(of: other, against: sound, on: scenario)
    #expect(rules(findings) == [.stream])
    #expect(findings.count == 1)
  }

  @Test func moreIterationsAreNoticed() throws {
    let scenario = try ComparisonFixture.scenario()
    let sound = ComparisonFixture.records(scenario)
    let longer = sound.map { record in
      record.mapResult { $0.with(iterations: $0.iterations + ($0.iterations + 4) / 5) }
    }
    let findings = try ComparisonFixture.findings(of: longer, against: sound, on: scenario)
    #expect(rules(findings) == [.iterations])
  }

  @Test func narrowIntervalsCostCoverage() throws {
    let scenario = try ComparisonFixture.scenario()
    let sound = ComparisonFixture.records(scenario)
    let narrow = sound.map { record in
      record.mapResult { $0.with { $0.moved(stretch: 0.4) } }
    }
    let findings = try ComparisonFixture.findings(of: narrow, against: sound, on: scenario)
    #expect(rules(findings) == [.drift, .coverage])
  }

  @Test func aShiftOfAllEstimatesIsBias() throws {
    let scenario = try ComparisonFixture.scenario()
    let sound = ComparisonFixture.records(scenario)
    let shifted = sound.map { record in
      record.mapResult { $0.with { $0.parameter == "x" ? $0.moved(sds: -0.8) : $0 } }
    }
    let findings = try ComparisonFixture.findings(of: shifted, against: sound, on: scenario)
    #expect(rules(findings).isSuperset(of: [.drift, .bias]))
    #expect(findings.first { $0.rule == .bias }?.evidence.contains("The bias of x ") == true)
  }

  /// Other data each time, and what may differ between two runs of one program or between two
  /// machines: times, in stretches too, and rounding errors, here a thousand times as large as they
  /// are, in the bound; and moves of a five-hundredth of an SD in the estimates, less than a user
  /// could see.
  @Test func fiftyUnplantedComparisonsFindNothing() throws {
    for seed in 1...50 {
      let scenario = try ComparisonFixture.scenario(seed: seed)
      let sound = ComparisonFixture.records(scenario)
      var noise = Noise(seed: seed)
      let before = noise.timed(sound)
      let again = noise.timed(sound).map { record in
        record.mapResult { result in
          result.with(
            bound: result.evidenceLowerBound.map { $0 * (1 + 1e-12 * noise.normal()) }
          ) { $0.moved(sds: 0.002 * noise.normal()) }
        }
      }
      let findings = try ComparisonFixture.findings(
        of: again, against: before, on: scenario,
        rounds: ComparisonFixture.rounds(scenario, sound, noise: &noise))
      #expect(findings.isEmpty, "seed \(seed): \(findings)")
    }
  }
}
