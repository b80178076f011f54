import Foundation
import GSLNumerics
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// Designs of several factors against their recipes, and their effects against their moments. Seeds
/// are fixed.
@Suite struct FactorDesignTests {
  private func layout(
    _ factors: [FactorDesign.Factor], rows: GroupSize, seed: UInt64 = 5
  ) throws -> RowLayout {
    let stream = try RandomStream(
      seed: seed, scenario: "factors", replicate: 0, purpose: .design)
    let cells = try CellLayout(
      FactorDesign(factors: factors, rowsPerCell: rows), from: stream)
    return try RowLayout(
      cells, sizes: rows.drawSizes(groups: cells.count, from: stream), from: stream)
  }

  @Test func nestedLevelsAreNumberedThrough() throws {
    let layout = try layout(
      [
        .init(name: "school", levels: .constant(2)),
        .init(name: "class", within: "school", levels: .listed([1, 2])),
      ], rows: .listed([2, 1, 2]))
    #expect(layout.groupings.map(\.levelOfRow) == [[0, 0, 1, 1, 1], [0, 0, 1, 2, 2]])
    #expect(layout.positionInCell == [0, 1, 0, 0, 1])
  }

  @Test func crossedFactorsHaveEveryPair() throws {
    let layout = try layout(
      [
        .init(name: "subject", levels: .constant(3)), .init(name: "item", levels: .constant(2)),
      ], rows: .constant(1))
    #expect(layout.groupings.map(\.levelOfRow) == [[0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1]])
  }

  /// Pupils and teachers of a school meet, those of two schools do not.
  @Test func factorsWithinOneAreCrossedThere() throws {
    let layout = try layout(
      [
        .init(name: "school", levels: .constant(2)),
        .init(name: "pupil", within: "school", levels: .constant(2)),
        .init(name: "teacher", within: "school", levels: .listed([1, 2])),
      ], rows: .constant(1))
    #expect(
      layout.groupings.map(\.levelOfRow) == [
        [0, 0, 1, 1, 1, 1], [0, 1, 2, 2, 3, 3], [0, 0, 1, 2, 1, 2],
      ])
  }

  /// With 40 schools of 2 to 6 classes the mean number is 4, its standard error sqrt(2 / 40).
  @Test func levelsFollowTheirRecipe() throws {
    let layout = try layout(
      [
        .init(name: "school", levels: .constant(4000)),
        .init(name: "class", within: "school", levels: .uniform(2...6)),
      ], rows: .poisson(mean: 3, minimum: 1))
    let (school, classes) = (layout.groupings[0].levelOfRow, layout.groupings[1].levelOfRow)
    let pairs = Set(zip(school, classes).map { [$0, $1] })
    #expect(pairs.count == layout.levelCounts[1])
    let perSchool = Dictionary(grouping: pairs) { $0[0] }.values.map { Double($0.count) }
    #expect(perSchool.count == 4000)
    #expect(perSchool.allSatisfy { (2...6).contains($0) })
    MomentCheck.expectMean(perSchool, 4, "classes")
  }

  @Test func drawnLevelsAreEvenOrUneven() throws {
    func counts(_ popularity: FactorDesign.Popularity) throws -> [Double] {
      let layout = try layout(
        [
          .init(name: "rater", levels: .constant(200), drawn: popularity),
          .init(name: "item", levels: .constant(4), drawn: .even),
        ], rows: .constant(40_000))
      #expect(layout.positionInCell.count == 40_000)
      return layout.groupings[0].levelOfRow.reduce(into: [Double](repeating: 0, count: 200)) {
        $0[$1] += 1
      }
    }
    // Multinomial: the squares of (count - 200) / sqrt(200) have mean 199 / 200.
    let even = try counts(.even)
    MomentCheck.expectMean(even.map { ($0 - 200) * ($0 - 200) / 200 }, 0.995)
    // Logs of counts have the SD of the weights, and that of counts of about 200 besides.
    let uneven = try counts(.lognormal(sd: 0.5)).map { log($0) }
    let mean = uneven.reduce(0, +) / 200
    let sd = (uneven.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 199).squareRoot()
    // The SD of an SD from 200 values is 5 %; sqrt(0.25 + 1 / 200) is 0.505.
    #expect(abs(sd - 0.505) < 5 * 0.05 * 0.505)
  }

  /// Nested in a drawn factor: a row's class is one of its school.
  @Test func drawnLevelsStayWithinTheirParents() throws {
    let layout = try layout(
      [
        .init(name: "school", levels: .constant(3), drawn: .even),
        .init(name: "class", within: "school", levels: .listed([1, 2, 3]), drawn: .even),
      ], rows: .constant(500))
    let schools = [0, 1, 1, 2, 2, 2]
    #expect(
      zip(layout.groupings[0].levelOfRow, layout.groupings[1].levelOfRow).allSatisfy {
        schools[$1] == $0
      })
    #expect(Set(layout.groupings[1].levelOfRow).count == 6)
  }

  @Test func tooManyCellsAreRefused() {
    #expect(throws: GenerationError.self) {
      try layout(
        [.init(name: "a", levels: .constant(10_000)), .init(name: "b", levels: .constant(10_000))],
        rows: .constant(1))
    }
  }

  /// Many data sets: the products of effects have the moments that SDs and correlations say, within
  /// 5 standard errors.
  @Test func effectsHaveTheirMoments() throws {
    let scenario = try ScenarioText.parse(FactorScenarioTests.text)
    let generator = DataGenerator(scenario)
    var intercepts: [Double] = []
    var slopes: [Double] = []
    var rest: [[Double]] = [[], [], []]
    for replicate in 0..<400 {
      let drawn = try generator.dataSet(replicate: replicate)
      var effects = drawn.randomEffects[...]
      for (index, random) in drawn.data.random.enumerated() {
        let levels = try #require(drawn.data.grouping(of: random.factor)).count
        let own = Array(effects.prefix(levels * random.terms.count))
        effects = effects.dropFirst(own.count)
        if index == 0 {
          intercepts += stride(from: 0, to: own.count, by: 2).map { own[$0] }
          slopes += stride(from: 1, to: own.count, by: 2).map { own[$0] }
        } else {
          rest[index - 1] += own
        }
      }
      #expect(effects.isEmpty)
    }
    MomentCheck.expectCentred(intercepts, sd: 0.5)
    MomentCheck.expectCentred(slopes, sd: 0.3)
    MomentCheck.expectMean(zip(intercepts, slopes).map { $0 * $1 }, -0.4 * 0.5 * 0.3)
    for (effects, sd) in zip(rest, [0.4, 0.2, 0.3]) {
      MomentCheck.expectCentred(effects, sd: sd)
    }
  }

  @Test func columnsOfFactorsAreWrittenAndCovariatesHaveTheirLevel() throws {
    let scenario = try ScenarioText.parse(FactorScenarioTests.text)
    let data = try DataGenerator(scenario).dataSet(replicate: 0).data
    #expect(
      CountsCSV.text(data).hasPrefix("y,x1,size,w,school,class,item\n"))
    for (covariate, factor) in [(1, "school"), (2, "class")] {
      let levels = try #require(data.grouping(of: factor)).groupOfRow
      let values = Dictionary(grouping: zip(levels, data.covariates[covariate].values)) { $0.0 }
      #expect(values.values.allSatisfy { Set($0.map(\.1)).count == 1 })
    }
    #expect(data.grouping(of: "row")?.count == data.counts.count)
    #expect(data.grouping(of: "school:class")?.groupOfRow == data.grouping(of: "class")?.groupOfRow)
    #expect(data.grouping(of: "school:nothing") == nil)
  }

  /// R ~ LKJ(eta): of q terms every correlation r has (r + 1) / 2 ~ Beta(a, a), with
  /// a = eta - 1 + q / 2,
  /// so that quantiles of r are those of Beta; for eta = 2, q = 2 that is Beta(2, 2), whose
  /// distribution function is 3 p^2 - 2 p^3, and for eta = 1, q = 3 Beta(3 / 2, 3 / 2).
  @Test(arguments: [(2, 2.0), (3, 1.0), (4, 3.0)])
  func correlationsAreDrawnFromLKJ(terms: Int, shape: Double) throws {
    let stream = try RandomStream(
      seed: 9, scenario: "lkj", replicate: 0, purpose: .correlations)
    let structure = RandomStructure(
      factor: "g", terms: (0..<terms).map { "t\($0)" }, correlatedSets: [0..<terms])
    let a = shape - 1 + Double(terms) / 2
    var values: [[Double]] = []
    for _ in 0..<20_000 {
      values.append(
        ParameterSampling.correlations(structure, shape: shape, from: stream).map(\.coefficient))
    }
    for pair in values[0].indices {
      let drawn = values.map { $0[pair] }
      // The variance of 2 p - 1, p ~ Beta(a, a), is 1 / (2 a + 1).
      MomentCheck.expectMean(drawn, 0)
      MomentCheck.expectMean(drawn.map { $0 * $0 }, 1 / (2 * a + 1))
      if a == 2 {
        // Shares below some values, whose standard errors are below 0.0036.
        for r in [-0.7, -0.2, 0.4] {
          let p = (r + 1) / 2
          let share = Double(drawn.count { $0 <= r }) / 20_000
          #expect(abs(share - (3 * p * p - 2 * p * p * p)) < 5 * 0.0036)
        }
      }
    }
  }
}
