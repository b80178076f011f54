import Foundation
import Testing

@testable import PoissonGLMM

/// What holds for every fit, over random designs.
@Suite struct FitPropertyTests {
  @Test func anIterationLimitIsReported() throws {
    let model = try ReferenceData("epilepsy").model()
    let structured = try model.fit(FitOptions(approximation: .structured, maximumIterations: 3))
    #expect(structured.optimization.stopReason == .iterationLimit)
    #expect(!structured.optimization.converged)
    #expect(structured.optimization.iterations == 3)
    // Here the limit is one for each of the maximizations, and those at given log SDs count: with
    // one iteration they are not done.
    let corrected = try model.fit(FitOptions(approximation: .corrected, maximumIterations: 1))
    #expect(corrected.optimization.stopReason == .iterationLimit)
    #expect(corrected.optimization.iterations > 1)
  }

  @Test(arguments: [Approximation.meanField, .structured])
  func theFastPathSolvesThePlainEquations(approximation: Approximation) throws {
    for number in 1...60 {
      let design = try RandomDesign(number: number, maximumGroups: 7, maximumRows: 10)
      let fit = try design.model().fit(FitOptions(approximation: approximation))
      let departure = try #require(
        try PlainVariationalFit(design, approximation: approximation).departure(of: fit))
      let name = Comment(rawValue: design.description)
      #expect(fit.optimization.converged, name)
      // The stopping rule leaves 1e-8 SDs; duplicated columns magnify rounding (see below).
      let tolerance = number % 7 == 0 ? 1e-5 : 1e-7
      #expect(departure.newtonStep < tolerance, name)
      #expect(departure.standardDeviation < tolerance, name)
      #expect(departure.logSD < tolerance, name)
      #expect(departure.bound < 1e-10 * (1 + fit.evidenceLowerBound.magnitude), name)
    }
  }

  @Test(arguments: [Approximation.meanField, .structured])
  func theFastPathReachesTheOptimumThatThePlainOneReaches(approximation: Approximation) throws {
    for number in 1...40 {
      let design = try RandomDesign(number: number, maximumGroups: 7, maximumRows: 10)
      // With one group and a covariate that is constant in it, two variance components can take
      // each other's place: the bound has two optima.
      if Set(design.labels).count == 1 { continue }
      let bound = try design.model().fit(FitOptions(approximation: approximation))
        .evidenceLowerBound
      var plain = try PlainVariationalFit(design, approximation: approximation)
      try plain.run()
      // The plain alternation stops where it crawls, up to some 1e-9 below.
      #expect((bound - plain.bound).magnitude < 1e-8, Comment(rawValue: design.description))
    }
  }

  @Test func everyFitEndsWellAndItsBoundNeverFalls() throws {
    for number in 1...400 {
      let design = try RandomDesign(number: number)
      for approximation in Approximation.allCases {
        let fit = try design.model().fit(FitOptions(approximation: approximation))
        let name = Comment(rawValue: "\(design.description), \(approximation)")
        #expect(fit.optimization.converged, name)
        let numbers =
          fit.fixedEffects.flatMap { [$0.marginal.mean, $0.marginal.standardDeviation] }
          + fit.logStandardDeviations.flatMap { [$0.marginal.mean, $0.marginal.standardDeviation] }
          + fit.randomEffects.means + fit.randomEffects.standardDeviations
        let areFinite = numbers.allSatisfy { $0.isFinite }
        #expect(areFinite, name)
        let rounding = fit.optimization.boundRoundingError
        // It is what it says: a trifle beside sum y log y, the size of the terms, and a unit a
        // parameter.
        let size =
          design.counts.reduce(0) { $0 + ($1 + 1) * (10 + log($1 + 1)) } + 10
          * Double(numbers.count)
        #expect(rounding < 1e-14 * size, name)
        // Nor is it less than what a single term's rounding leaves: half a unit in the last place
        // of sum y log mu.
        let terms = design.counts.reduce(0) { $0 + $1 * max(0, log($1 / 4)) }
        #expect(rounding > 0x1p-53 * terms, name)
        let bounds = fit.optimization.bounds
        for (before, after) in zip(bounds, bounds.dropFirst()) {
          #expect(after >= before - rounding, name)
        }
        #expect(fit.evidenceLowerBound == bounds.last)
      }
    }
  }

  @Test func eachApproximationBoundsTheEvidenceMoreTightly() throws {
    for number in 1...400 {
      let model = try RandomDesign(number: number).model()
      let bounds = try [Approximation.meanField, .structured, .integrated].map {
        try model.fit(FitOptions(approximation: $0)).evidenceLowerBound
      }
      let name = Comment(rawValue: "design \(number): \(bounds)")
      // Each family holds the one before it. The quadrature over s is good to some 1e-4 of the
      // integral.
      #expect(bounds[1] >= bounds[0] - 1e-9 * (1 + bounds[0].magnitude), name)
      #expect(bounds[2] >= bounds[1] - 1e-3, name)
    }
  }

  @Test(arguments: [Approximation.integrated, .corrected])
  func rowOrderHardlyMattersToAQuadrature(approximation: Approximation) throws {
    for number in 1...60 {
      let design = try RandomDesign(number: number)
      let options = FitOptions(approximation: approximation)
      let fit = try design.model().fit(options)
      let other = try design.shuffled().model().fit(options)
      for (a, b) in zip(
        fit.fixedEffects + fit.logStandardDeviations,
        other.fixedEffects + other.logStandardDeviations)
      {
        // Fits at held log SDs stop at steps of 1e-5 SDs; rounding can add or drop one of the
        // outermost points, which carry 1e-5 of the mass.
        let sd = a.marginal.standardDeviation
        #expect(
          (a.marginal.mean - b.marginal.mean).magnitude < 1e-3 * sd,
          Comment(rawValue: design.description))
        #expect(
          (b.marginal.standardDeviation / sd - 1).magnitude < 1e-3,
          Comment(rawValue: design.description))
      }
    }
  }

  @Test(arguments: [Approximation.meanField, .structured])
  func rowOrderAndLabelsDoNotMatter(approximation: Approximation) throws {
    let options = FitOptions(approximation: approximation)
    for number in 1...100 {
      let design = try RandomDesign(number: number)
      let shuffled = design.shuffled()
      let fit = try design.model().fit(options)
      let other = try shuffled.model().fit(options)
      // Sums in another order differ by rounding, and the stopping rule leaves 1e-8 SDs. Where a
      // column is duplicated, only the prior, some 1e-9 of the data's precision, tells the two
      // apart, and the rounding of sums over hundreds of rows, some 1e-14, comes back magnified as
      // much.
      let tolerance = number % 7 == 0 ? 5e-5 : 1e-7
      for (a, b) in zip(fit.fixedEffects, other.fixedEffects) {
        #expect(
          (a.marginal.mean - b.marginal.mean).magnitude < tolerance * a.marginal.standardDeviation)
      }
      var meanOfLabel: [String: Double] = [:]
      let q = design.random.count
      for (group, label) in other.randomEffects.groupLabels.enumerated() {
        meanOfLabel[label] = other.randomEffects.means[group * q]
      }
      for (group, label) in fit.randomEffects.groupLabels.enumerated() {
        let mean = try #require(meanOfLabel["other-" + label])
        let sd = fit.randomEffects.standardDeviations[group * q]
        #expect((fit.randomEffects.means[group * q] - mean).magnitude < tolerance * sd)
      }
    }
  }

  @Test(arguments: [Approximation.meanField, .structured])
  func threadsDoNotChangeABit(approximation: Approximation) throws {
    // Enough rows for several chunks.
    let design = try RandomDesign(number: 2, maximumGroups: 2000, maximumRows: 12)
    let model = try design.model()
    let one = try model.fit(FitOptions(approximation: approximation, threads: 1))
    for threads in [2, 3, 8] {
      let many = try model.fit(FitOptions(approximation: approximation, threads: threads))
      #expect(many.fixedEffects == one.fixedEffects)
      #expect(many.randomEffects == one.randomEffects)
      #expect(many.optimization == one.optimization)
    }
    #expect(GroupChunks(groupStarts: model.data.groupStarts, threads: 8).count > 3)
  }
}
