import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

struct ModelChecksTests {
  /// Counts of 40 groups of 8, each mean times a gamma variable of a given shape if there is one.
  static func model(
    sample: Int, groups: Int = 40, size: Int = 8, intercept: Double = 0.5,
    overdispersion: Double? = nil, zeroInflation: Double = 0, isCorrelated: Bool = false
  ) throws -> PoissonMixedModel {
    func stream(_ purpose: StreamPurpose) throws -> RandomStream {
      try RandomStream(
        seed: 11, scenario: "checks", replicate: UInt64(sample), purpose: purpose)
    }
    let (design, effects, counts) = (
      try stream(.covariates), try stream(.randomEffects), try stream(.counts)
    )
    let n = groups * size
    let x = (0..<n).map { _ in design.normal() }
    let u = (0..<groups).map { _ in effects.normal(sd: 0.5) }
    let y = (0..<n).map { row -> Double in
      var mean = exp(intercept + 0.3 * x[row] + u[row / size])
      if let overdispersion {
        mean *= effects.gamma(shape: overdispersion, scale: 1 / overdispersion)
      }
      let zero = counts.bernoulli(probability: zeroInflation) == 1
      return zero ? 0 : counts.poisson(mean: mean)
    }
    let column = DesignColumn(name: "x", values: x)
    return try PoissonMixedModel(
      counts: y, fixed: [.intercept(rows: n), column],
      factors: [
        RandomFactor(
          name: "group", grouping: Grouping(numbers: (0..<n).map { Double($0 / size) }),
          terms: isCorrelated ? [.intercept(rows: n), column] : [.intercept(rows: n)],
          correlatedSets: isCorrelated ? [0..<2] : nil)
      ])
  }

  private static func checks(_ model: PoissonMixedModel, threads: Int = 1) throws -> [ModelCheck] {
    let fit = try model.fit(FitOptions(approximation: .structured))
    return model.checks(of: fit, threads: threads)
  }

  /// 300 data sets of the model: each check is below 0.05 in 5 % of them, within 4 standard errors
  /// of 0.0126. The harness looks closer: `Reports/checks`.
  @Test func falseAlarmsAreAsRareAsTheySay() throws {
    var alarms: [String: Int] = [:]
    var seen: [String: Int] = [:]
    for sample in 0..<300 {
      for check in try Self.checks(Self.model(sample: sample)) {
        seen[check.name, default: 0] += 1
        alarms[check.name, default: 0] += check.p <= 0.05 ? 1 : 0
      }
    }
    for name in ModelCheck.names(terms: ["Intercept"]) {
      #expect(seen[name] ?? 0 >= 290, "\(name)")
      #expect((0...30).contains(alarms[name] ?? -1), "\(name): \(alarms[name] ?? -1)")
    }
  }

  @Test func overdispersionIsTold() throws {
    let checks = try Self.checks(Self.model(sample: 0, intercept: 1.5, overdispersion: 1))
    let dispersion = try #require(checks.first { $0.name == "dispersion" })
    // With a mean of some 6 and gamma multipliers of variance 1 the variance is 1 + mean times
    // Poisson's, less what large means weigh less.
    #expect(dispersion.statistic > 3 && dispersion.statistic < 9)
    #expect(dispersion.p < 1e-12)
    #expect(dispersion.matters)
    #expect(dispersion.sentence.contains("times as much as the model says"))
    #expect(dispersion.sentence.contains("(1 | row)"))
  }

  @Test func superfluousZerosAreTold() throws {
    let checks = try Self.checks(Self.model(sample: 1, intercept: 2, zeroInflation: 0.2))
    let zeros = try #require(checks.first { $0.name == "zeros" })
    #expect(zeros.p < 1e-10)
    #expect(zeros.matters)
    #expect(zeros.statistic > 3)
    #expect(zeros.sentence.contains("where the model expects"))
  }

  /// Also by the engine for several random terms, whose draws begin otherwise.
  @Test(arguments: [false, true])
  func checksDoNotDependOnThreads(isCorrelated: Bool) throws {
    let model = try Self.model(sample: 2, isCorrelated: isCorrelated)
    let fit = try model.fit(FitOptions(approximation: .structured))
    let checks = model.checks(of: fit)
    #expect(checks.count >= 4)
    #expect(checks == model.checks(of: fit, threads: 3))
  }

  @Test func largeAndEmptyCountsAreNoTrouble() throws {
    for counts in [[0, 0, 0, 0], [1e9, 2e9, 1.5e9, 1e9], [0, 1, 0, 0]] as [[Double]] {
      let model = try PoissonMixedModel(
        counts: counts, fixed: [.intercept(rows: 4)], random: [.intercept(rows: 4)],
        grouping: Grouping(labels: ["a", "a", "b", "b"]))
      guard let fit = try? model.fit() else { continue }
      for check in model.checks(of: fit) {
        #expect((0...1).contains(check.p), "\(check)")
        #expect(check.statistic.isFinite, "\(check)")
      }
    }
  }

  /// The mean of scores that have a part in common and a part of their own has variance 1.
  @Test func scoresOfSeveralDrawsAreStandardNormal() throws {
    let stream = try RandomStream(seed: 5, scenario: "t", replicate: 0, purpose: .modelChecks)
    let n = 4000
    var squares = 0.0
    for _ in 0..<n {
      let common = 0.8 * stream.normal()
      let scores = (0..<20).map { _ in Double?.some(common + 0.6 * stream.normal()) }
      let score = try #require(PosteriorChecks.score(scores))
      squares += score * score / Double(n)
    }
    // Dividing by an estimated variance widens it by some 2 %; the standard error is 0.022.
    #expect(abs(squares - 1) < 0.11)
    #expect(PosteriorChecks.score([1, nil]) == nil)
  }
}
