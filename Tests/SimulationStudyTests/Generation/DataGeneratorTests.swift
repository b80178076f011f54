import Foundation
import GSLNumerics
import Testing

@testable import SimulationStudy

@Suite struct DataGeneratorTests {
  /// Every kind of random number there is in a design.
  private static let golden = Scenario(
    name: "golden", replicates: 8,
    data: .simulated(
      DataGeneratingMechanism(
        seed: 20_261_122, groups: 3, groupSize: .uniform(2...4),
        covariates: [
          Covariate(name: "x1", distribution: .normal(mean: 0, sd: 1)),
          Covariate(name: "treated", distribution: .bernoulli(probability: 0.5), level: .group),
        ],
        exposure: UniformRange(0.5, 2),
        fixed: [.init("Intercept", 0.5), .init("x1", 0.3), .init("treated", -0.4)],
        random: [.init("Intercept", 0.5), .init("x1", 0.3)])),
    methods: [MethodSpecification(name: "m", approximation: .structured)])

  /// The numbers are those of an independent program in Python: numpy 2.4.6's Philox with key
  /// (seed, hash of the name) and counter (0, 0, replicate, purpose) less one, uniforms of 53 bits,
  /// normals by Leva's ratio of uniforms, Poisson counts by products of uniforms, whole numbers by
  /// division. Arithmetic in another order may move the last digits of a normal number, hence
  /// 1e-14.
  @Test func aDataSetIsWhatAnIndependentProgramDraws() throws {
    let drawn = try DataGenerator(Self.golden).dataSet(replicate: 7)
    #expect(drawn.data.counts == [1, 0, 0, 0, 1, 2, 3, 1])
    #expect(drawn.data.groupOfRow == [0, 0, 0, 1, 1, 2, 2, 2])
    #expect(drawn.data.covariates.map(\.name) == ["x1", "treated"])
    #expect(
      areClose(
        drawn.data.covariates[0].values,
        [
          -0.2737771036538446, -1.1585101736555923, 0.1677132030262364, -1.1700633186291065,
          -1.808765159235793, -1.0547087016489196, 1.0904340581489673, 0.5407248006574337,
        ]))
    #expect(drawn.data.covariates[1].values == [1, 1, 1, 0, 0, 0, 0, 0])
    #expect(
      areClose(
        drawn.data.exposure ?? [],
        [
          1.5422238671693838, 0.9306958223737072, 0.9476260683562593, 1.4876705910792378,
          1.5044544832085462, 1.0393456253024782, 0.6988138723622487, 0.7608807062404209,
        ]))
    #expect(
      areClose(
        drawn.randomEffects,
        [
          -0.7919059423560944, -0.5674841515138562, -0.3787113613054312, -0.16809861202749274,
          0.41960709783265676, -0.31151390661467865,
        ]))
    #expect(drawn.data.fixedNames == ["Intercept", "x1", "treated"])
    #expect(drawn.data.random == [.init(factor: "group", terms: ["Intercept", "x1"])])
  }

  private func areClose(_ first: [Double], _ second: [Double]) -> Bool {
    first.count == second.count && zip(first, second).allSatisfy { abs($0 - $1) <= 1e-14 }
  }

  @Test func aReplicateDoesNotDependOnWhatWasDrawnBefore() throws {
    let generator = DataGenerator(Self.golden)
    let alone = try generator.dataSet(replicate: 5)
    for replicate in 0..<5 { #expect(try generator.dataSet(replicate: replicate) != alone) }
    #expect(try generator.dataSet(replicate: 5) == alone)
  }

  @Test func whatIsAddedAtTheEndLeavesTheRestAsItWas() throws {
    guard case .simulated(let mechanism) = Self.golden.data else { throw Unexpected() }
    let more = Scenario(
      name: "golden", replicates: 8,
      data: .simulated(
        DataGeneratingMechanism(
          seed: mechanism.seed, groups: mechanism.groups, groupSize: mechanism.groupSize,
          covariates: mechanism.covariates + [
            Covariate(name: "x3", distribution: .normal(mean: 0, sd: 1))
          ],
          exposure: mechanism.exposure, fixed: mechanism.fixed,
          random: mechanism.random + [.init("x3", 0.2)])),
      methods: Self.golden.methods)
    let (old, new) = (
      try DataGenerator(Self.golden).dataSet(replicate: 3),
      try DataGenerator(more).dataSet(replicate: 3)
    )
    #expect(new.data.groupOfRow == old.data.groupOfRow)
    #expect(new.data.exposure == old.data.exposure)
    #expect(Array(new.data.covariates.prefix(2)) == old.data.covariates)
    for group in 0..<3 {
      #expect(new.randomEffects[group * 3] == old.randomEffects[group * 2])
      #expect(new.randomEffects[group * 3 + 1] == old.randomEffects[group * 2 + 1])
    }
  }

  @Test(arguments: ["mt19937", "taus2", "ranlxd2"])
  func anotherGeneratorGivesOtherData(name: String) throws {
    let text = ScenarioText.simulated + "\ngenerator: \(name)"
    let other = try DataGenerator(ScenarioText.parse(text)).dataSet(replicate: 0)
    let philox = try DataGenerator(ScenarioText.parse(ScenarioText.simulated))
      .dataSet(replicate: 0)
    #expect(other != philox)
    #expect(try DataGenerator(ScenarioText.parse(text)).dataSet(replicate: 0) == other)
  }

  @Test func countsBeyondWhatCanBeDrawnAreAnErrorAndNotACrash() throws {
    for coefficient in ["35", "700", "1e300", "-1e300"] {
      let text = ScenarioText.simulated.replacingOccurrences(
        of: "x1: 0.3", with: "x1: \(coefficient)"
      )
      .replacingOccurrences(of: "mean: 1, sd: 2", with: "mean: 100, sd: 200")
      let error = #expect(throws: GenerationError.self) {
        try DataGenerator(ScenarioText.parse(text)).dataSet(replicate: 0)
      }
      #expect(error?.description.hasPrefix("counts too large: row ") == true)
    }
  }

  @Test func aCovariateBeyondTheRangeOfADoubleIsAnError() throws {
    let text = ScenarioText.simulated.replacingOccurrences(
      of: "mean: 1, sd: 2", with: "mean: 0, sd: 1.7e308")
    #expect(throws: GenerationError("the covariate x1 has values too large for a double.")) {
      try DataGenerator(ScenarioText.parse(text)).dataSet(replicate: 0)
    }
  }

  @Test func givenDataAreTheSameInEveryReplicate() throws {
    let scenario = try ScenarioText.parse(ScenarioText.given)
    guard case .given(let counts) = scenario.data else { throw Unexpected() }
    let drawn = try DataGenerator(scenario).dataSet(replicate: 4)
    #expect(drawn.data == counts)
    #expect(drawn.randomEffects.isEmpty)
  }
}
