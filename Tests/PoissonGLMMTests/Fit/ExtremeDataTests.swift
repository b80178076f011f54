import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// Data at the edges: every fit ends with finite numbers and a reason, or with one sentence.
@Suite struct ExtremeDataTests {
  /// 12 groups of 5 rows with a covariate, counts around `level`.
  private func data(
    level: Double = 3, groups: Int = 12, rows: Int = 5
  ) throws -> (counts: [Double], x: [Double], labels: [String]) {
    let stream = try RandomStream(seed: 3, scenario: "extreme", replicate: 0, purpose: .counts)
    var counts: [Double] = []
    var x: [Double] = []
    var labels: [String] = []
    for group in 0..<groups {
      let effect = stream.normal(sd: 0.5)
      for _ in 0..<rows {
        x.append(stream.normal())
        labels.append("\(group)")
        counts.append(stream.poisson(mean: level * exp(effect + 0.3 * x[x.count - 1])))
      }
    }
    return (counts, x, labels)
  }

  private func fits(
    counts: [Double], fixed: [DesignColumn], random: [DesignColumn]? = nil, labels: [String],
    offset: [Double]? = nil, priors: Priors = Priors()
  ) throws -> [PoissonMixedModelFit] {
    let model = try PoissonMixedModel(
      counts: counts, fixed: fixed, random: random ?? [.intercept(rows: counts.count)],
      grouping: Grouping(labels: labels), offset: offset, priors: priors)
    let fits = try Approximation.allCases.map { try model.fit(FitOptions(approximation: $0)) }
    for fit in fits {
      #expect(fit.optimization.converged)
      #expect(fit.evidenceLowerBound.isFinite)
      for parameter in fit.fixedEffects + fit.logStandardDeviations {
        #expect(parameter.marginal.mean.isFinite)
        #expect(parameter.marginal.standardDeviation > 0)
        #expect(parameter.marginal.standardDeviation.isFinite)
      }
      let areFinite = fit.randomEffects.means.allSatisfy { $0.isFinite }
      #expect(areFinite)
    }
    return fits
  }

  @Test func oneRow() throws {
    _ = try fits(counts: [3], fixed: [.intercept(rows: 1)], labels: ["a"])
  }

  @Test func noFixedEffects() throws {
    let (counts, _, labels) = try data()
    let fit = try fits(counts: counts, fixed: [], labels: labels)[1]
    #expect(fit.fixedEffects.isEmpty)
  }

  @Test func everyGroupHasOneRow() throws {
    let (counts, x, _) = try data()
    _ = try fits(
      counts: counts, fixed: [.intercept(rows: 60), DesignColumn(name: "x", values: x)],
      labels: (0..<60).map { "\($0)" })
  }

  @Test func allCountsAreZero() throws {
    let (_, x, labels) = try data()
    let fit = try fits(
      counts: [Double](repeating: 0, count: 60),
      fixed: [.intercept(rows: 60), DesignColumn(name: "x", values: x)], labels: labels)[1]
    // 60 rows without an event: a rate well below 1 / 10 a row.
    #expect(fit.fixedEffects[0].marginal.mean < -2.3)
  }

  @Test(arguments: [1e6, 1e9, 1e11])
  func hugeCounts(level: Double) throws {
    let (counts, x, labels) = try data(level: level)
    // The prior of the intercept is made wide enough to reach log(level).
    let fit = try fits(
      counts: counts, fixed: [.intercept(rows: 60), DesignColumn(name: "x", values: x)],
      labels: labels, priors: Priors(fixedEffectSD: 20))[1]
    #expect((fit.fixedEffects[1].marginal.mean - 0.3).magnitude < 1e-3)
    #expect((fit.fixedEffects[0].marginal.mean - log(level)).magnitude < 1)
  }

  @Test(arguments: [1e-6, 1e6, 1e12])
  func aColumnOfAnyScale(scale: Double) throws {
    let (counts, x, labels) = try data()
    let plain = try fits(
      counts: counts, fixed: [.intercept(rows: 60), DesignColumn(name: "x", values: x)],
      labels: labels, priors: Priors(fixedEffectSD: 100))[1]
    let scaled = try fits(
      counts: counts,
      fixed: [
        .intercept(rows: 60), DesignColumn(name: "x", values: x.map { $0 * scale }),
      ], labels: labels, priors: Priors(fixedEffectSD: scale < 1 ? 1e6 : 100))[1]
    // The effect per SD is the same where the prior lets it be: with a tiny scale it holds an SD of
    // 1 on that effect, ten times the data's, and with the wide ones an SD of 100 or more.
    let effect = scaled.fixedEffects[1].marginal.mean * scale
    let tolerance = scale < 1 ? 0.02 : 1e-3
    #expect((effect - plain.fixedEffects[1].marginal.mean).magnitude < tolerance)
  }

  @Test func duplicatedAndConstantColumns() throws {
    let (counts, x, labels) = try data()
    let fit = try fits(
      counts: counts,
      fixed: [
        .intercept(rows: 60), DesignColumn(name: "x", values: x),
        DesignColumn(name: "x again", values: x),
        DesignColumn(name: "seven", values: [Double](repeating: 7, count: 60)),
        DesignColumn(name: "zero", values: [Double](repeating: 0, count: 60)),
      ], labels: labels)[1]
    // Equal columns share their effect equally; a column of zeros keeps its prior.
    #expect(
      (fit.fixedEffects[1].marginal.mean - fit.fixedEffects[2].marginal.mean).magnitude < 1e-6)
    #expect(fit.fixedEffects[4].marginal.mean.magnitude < 1e-12)
    #expect((fit.fixedEffects[4].marginal.standardDeviation - 2).magnitude < 1e-12)
  }

  @Test(arguments: [1.0, 100, 1e4, 1e6, 1e9])
  func duplicatedColumnsAreRightOrRefused(scale: Double) throws {
    let (counts, x, labels) = try data(level: 1e3)
    let wide = x.map { $0 * scale }
    let fixed = [
      .intercept(rows: 60), DesignColumn(name: "x", values: wide),
      DesignColumn(name: "x again", values: wide),
    ]
    do {
      let fit = try fits(counts: counts, fixed: fixed, labels: labels)[1]
      // The difference of the two effects keeps its prior, N(0, 2 * 2^2); each effect has half its
      // SD.
      for effect in fit.fixedEffects.dropFirst() {
        #expect((effect.marginal.standardDeviation - 2 / 2.0.squareRoot()).magnitude < 0.01)
      }
      #expect(scale < 1e5)
    } catch let error as FitError {
      #expect(
        error.description
          == "The columns before and including 'x again' cannot be told apart in double precision "
          + "at counts of this size: drop a column or rescale.")
      #expect(scale > 1e3)
    }
  }

  @Test func sixRandomTermsAndFiftyColumns() throws {
    let stream = try RandomStream(seed: 4, scenario: "wide", replicate: 0, purpose: .covariates)
    let (counts, _, labels) = try data(groups: 60)
    let columns = (0..<49).map { c in
      DesignColumn(name: "x\(c)", values: (0..<300).map { _ in stream.normal() })
    }
    let fixed = [DesignColumn.intercept(rows: 300)] + columns
    let fit = try fits(
      counts: counts, fixed: fixed, random: Array(fixed.prefix(6)), labels: labels)[1]
    #expect(fit.fixedEffects.count == 50)
    #expect(fit.logStandardDeviations.count == 6)
  }

  @Test(arguments: [-30.0, 30])
  func anOffsetFarAway(shift: Double) throws {
    let (counts, _, labels) = try data()
    let fit = try fits(
      counts: counts, fixed: [.intercept(rows: 60)], labels: labels,
      offset: [Double](repeating: shift, count: 60), priors: Priors(fixedEffectSD: 50))[1]
    #expect((fit.fixedEffects[0].marginal.mean + shift - 1.1).magnitude < 1)
  }

  @Test func anImpossibleOffsetIsOneSentence() throws {
    let model = try PoissonMixedModel(
      counts: [1, 2], fixed: [.intercept(rows: 2)], random: [.intercept(rows: 2)],
      grouping: Grouping(labels: ["a", "b"]), offset: [1e6, 1e6])
    let error = #expect(throws: FitError.self) { try model.fit() }
    #expect(error?.description.contains("overflow") == true)
  }

  @Test(arguments: [1e-6, 1e6])
  func priorsAtTheirLimits(sd: Double) throws {
    let (counts, x, labels) = try data()
    _ = try fits(
      counts: counts, fixed: [.intercept(rows: 60), DesignColumn(name: "x", values: x)],
      labels: labels, priors: Priors(fixedEffectSD: sd, logSDSD: 1))
    _ = try fits(
      counts: counts, fixed: [.intercept(rows: 60), DesignColumn(name: "x", values: x)],
      labels: labels, priors: Priors(fixedEffectSD: 2, logSDSD: sd))
  }

  @Test(arguments: [1e3, 1e5, 1e7, 1e9])
  func oneHugeCountAmongSmallOnes(count: Double) throws {
    for replicate in 0..<40 {
      let stream = try RandomStream(
        seed: 5, scenario: "outlier", replicate: UInt64(replicate), purpose: .counts)
      let x = (0..<20).map { _ in stream.normal() }
      var counts = (0..<20).map { _ in stream.poisson(mean: 2) }
      counts[replicate % 20] = count
      _ = try fits(
        counts: counts, fixed: [.intercept(rows: 20), DesignColumn(name: "x", values: x)],
        labels: (0..<20).map { "\($0 % 4)" })
    }
  }

  /// A slope in a column of size 1e-4 has an SD of some 1e4 where it is there, to which no step
  /// leads from an SD near 1.
  @Test(arguments: [1.0, 0])
  func aRandomSlopeInAColumnOfTinySize(slopeSD: Double) throws {
    let stream = try RandomStream(seed: 4, scenario: "tiny", replicate: 0, purpose: .counts)
    let (groups, rows) = (30, 12)
    var (counts, x, labels): ([Double], [Double], [String]) = ([], [], [])
    for group in 0..<groups {
      let slope = stream.normal(sd: slopeSD)
      for _ in 0..<rows {
        x.append(stream.normal())
        labels.append("\(group)")
        counts.append(stream.poisson(mean: 3 * exp(slope * x[x.count - 1])))
      }
    }
    let all = try fits(
      counts: counts, fixed: [.intercept(rows: x.count)],
      random: [
        .intercept(rows: x.count), DesignColumn(name: "x", values: x.map { 1e-4 * $0 }),
      ], labels: labels)
    let scale = log(1e4)
    for fit in all {
      let logSD = fit.logStandardDeviations[1].marginal
      if slopeSD > 0 {
        // The prior N(0, 1) at 9 pulls a log SD known to 0.13 by 0.15.
        #expect((logSD.mean - scale).magnitude < 0.6)
        #expect(logSD.standardDeviation < 0.3)
      } else {
        // Nothing is known: the prior, but for the upper end.
        #expect(logSD.mean.magnitude < 0.5)
      }
    }
    #expect(all.map(\.evidenceLowerBound) == all.map(\.evidenceLowerBound).sorted())
  }

  @Test func randomTermsThatCannotBeToldApartAreRefused() throws {
    let (counts, x, labels) = try data(level: 1e3)
    // With 12 groups a log SD stays above -12 and its precision below e^24 = 3e10, to the 1e27 that
    // the data give.
    let wide = x.map { $0 * 1e12 }
    let model = try PoissonMixedModel(
      counts: counts, fixed: [.intercept(rows: 60)],
      random: [
        DesignColumn(name: "x", values: wide), DesignColumn(name: "x again", values: wide),
      ], grouping: Grouping(labels: labels))
    let error = #expect(throws: FitError.self) { try model.fit() }
    #expect(error?.description.contains("cannot be told apart in double precision") == true)
  }
}
