import Foundation
import Testing

@testable import PoissonGLMM

/// What holds for every fit of wild designs: counts from all zero to 10^6, SDs to 3, columns of any
/// scale, dependent columns.
///
/// 2,400 designs of up to 60 groups of 40 rows and 4 terms under mean-field and structured; 2,000
/// of up to 12 groups of 12 rows under all four approximations, where of those with three terms,
/// whose lattice has some 620 points, one in 16 is fitted, and every fourth on three threads too;
/// 2,000 of up to 20 groups of 12 rows in
/// another order; and 2,000 of up to 5 groups of 6 rows against dense algebra.
@Suite struct WildDesignTests {
  /// How the fits of many designs went.
  private struct Tally {
    var fits = 0
    var refused = 0
    var unfinished = 0
  }

  /// Points whose bounds differ by less than its rounding error cannot be told apart by climbing:
  /// in posterior SDs, that is a distance of sqrt(2 error). Three such distances, since two fits or
  /// two programs each have theirs, beside the stopping rule's.
  private func tolerance(_ summary: OptimizationSummary) -> Double {
    // Steps of 1e-4 SDs that raise the bound no more end at the limit of precision.
    let stopping = summary.stopReason == .precisionLimit ? 3e-4 : 1e-6
    return stopping + 3 * (2 * summary.boundRoundingError).squareRoot()
  }

  /// Fits, checks what holds of the fit alone, and counts; nil where columns are refused as
  /// dependent.
  private func fit(
    _ design: RandomDesign, _ approximation: Approximation, _ tally: inout Tally
  ) throws -> PoissonMixedModelFit? {
    let name = Comment(rawValue: "\(design.description), \(approximation)")
    tally.fits += 1
    let fit: PoissonMixedModelFit
    do {
      fit = try design.model().fit(FitOptions(approximation: approximation))
    } catch let error as FitError {
      #expect(error.description.contains("cannot be told apart in double precision"), name)
      // Two columns that are equal but for a scale, or terms with z of 10^3 and more in counts of a
      // million.
      #expect(design.counts.contains { $0 > 100 }, name)
      tally.refused += 1
      return nil
    }
    let optimization = fit.optimization
    if !optimization.converged { tally.unfinished += 1 }
    let marginals = (fit.fixedEffects + fit.logStandardDeviations).map(\.marginal)
    let sds = marginals.map(\.standardDeviation) + fit.randomEffects.standardDeviations
    let arePositive = sds.allSatisfy { $0 > 0 && $0.isFinite }
    #expect(arePositive, name)
    let numbers =
      marginals.flatMap { [$0.mean, $0.quantile(0.025), $0.quantile(0.975)] }
      + fit.randomEffects.means + [fit.evidenceLowerBound, fit.logEvidence ?? 0]
    let areFinite = numbers.allSatisfy { $0.isFinite }
    #expect(areFinite, name)
    let rounding = optimization.boundRoundingError
    // Counts are discrete, so that p(y) < 1.
    #expect(fit.evidenceLowerBound <= rounding, name)
    var climb = optimization.bounds
    // The last bound of a quadrature is another one.
    if approximation == .integrated || approximation == .corrected { climb.removeLast() }
    for (before, after) in zip(climb, climb.dropFirst()) {
      #expect(after >= before - rounding, name)
    }
    return fit
  }

  /// A fit with one thread and one with three, of chunks so small that even few rows are several.
  private func expectThreadsDoNotMatter(
    _ design: RandomDesign, _ approximation: Approximation
  ) throws {
    let model = try design.model()
    let chunks = GroupChunks(groupStarts: model.data.groupStarts, threads: 3, minimumRows: 4)
    guard chunks.threads > 1 else { return }
    func fit(threads: Int) throws -> PoissonMixedModelFit {
      var options = FitOptions(approximation: approximation, threads: threads)
      options.minimumRowsOfChunk = 4
      return try model.fit(options)
    }
    let (one, three) = (try fit(threads: 1), try fit(threads: 3))
    let name = Comment(rawValue: "\(design.description), \(approximation)")
    #expect(three.fixedEffects == one.fixedEffects, name)
    #expect(three.logStandardDeviations == one.logStandardDeviations, name)
    #expect(three.randomEffects == one.randomEffects, name)
    #expect(three.logEvidence == one.logEvidence, name)
    #expect(three.optimization == one.optimization, name)
  }

  @Test(arguments: 0..<8)
  func everyFitEndsWellAndItsBoundNeverFalls(block: Int) throws {
    var tally = Tally()
    for number in (1 + 300 * block)...(300 * (block + 1)) {
      let design = try RandomDesign(
        number: number, maximumGroups: 60, maximumRows: 40, maximumTerms: 4, isWild: true)
      guard let meanField = try fit(design, .meanField, &tally),
        let structured = try fit(design, .structured, &tally)
      else { continue }
      try expectThreadsDoNotMatter(design, .structured)
      // The smaller family, unless a climb was not finished.
      if structured.optimization.converged {
        let slack = 1e-9 + 2 * structured.optimization.boundRoundingError
        #expect(
          structured.evidenceLowerBound >= meanField.evidenceLowerBound - slack,
          "\(design.description)")
      }
    }
    // Hardly any count under terms with z of hundreds: alternating with q(s) crawls. Columns that
    // depend on each other exactly and are of size hundreds: rounding ends the climb. Some 10 of
    // 1,000 in all.
    #expect(tally.fits > 580)
    #expect(Double(tally.refused + tally.unfinished) < 0.03 * Double(tally.fits))
  }

  @Test(arguments: 0..<8)
  func eachApproximationBoundsTheEvidenceMoreTightly(block: Int) throws {
    var tally = Tally()
    for number in (1 + 250 * block)...(250 * (block + 1)) {
      let design = try RandomDesign(
        number: number, maximumGroups: 12, maximumRows: 12, maximumTerms: 4, isWild: true)
      if design.random.count == 3 && number % 16 != 0 { continue }
      let fits = try Approximation.allCases.compactMap { try fit(design, $0, &tally) }
      guard fits.count == 4 else { continue }
      if number % 4 == 0 { try expectThreadsDoNotMatter(design, .corrected) }
      let bounds = fits.map(\.evidenceLowerBound)
      // The smaller family, unless a climb was not finished.
      if fits[1].optimization.converged {
        #expect(
          bounds[1] >= bounds[0] - 1e-9 * (1 + bounds[0].magnitude), "\(design.description)")
      }
      // The quadrature over s is good to some 1e-4 of the integral.
      #expect(bounds[2] >= bounds[1] - 1e-3, "\(design.description)")
    }
    #expect(tally.fits > 625)
    #expect(Double(tally.refused + tally.unfinished) < 0.08 * Double(tally.fits))
  }

  @Test(arguments: [Approximation.meanField, .structured])
  func theFastPathSolvesThePlainEquations(approximation: Approximation) throws {
    var compared = 0
    for number in 1...2000 {
      let design = try RandomDesign(
        number: number, maximumGroups: 5, maximumRows: 6, maximumTerms: 4, isWild: true)
      var tally = Tally()
      guard let fit = try fit(design, approximation, &tally), fit.optimization.converged,
        // Where exactly dependent columns have large values, dense algebra knows less than the fast
        // path.
        try design.model().dependentColumns.isEmpty,
        let departure = try PlainVariationalFit(design, approximation: approximation)
          .departure(of: fit)
      else { continue }
      compared += 1
      let tolerance = tolerance(fit.optimization)
      let name = Comment(rawValue: "\(design.description): \(departure)")
      #expect(departure.newtonStep < tolerance, name)
      #expect(departure.standardDeviation < tolerance, name)
      #expect(departure.logSD < tolerance, name)
      // The dense inverse is good to some 1e-11 of the sizes of the bound's terms, of which the
      // rounding error is 1e-15; to less where effects can hardly be told apart. In 60 digits the
      // bound of the worst design, 655, is ours to 1e-13.
      let rounding = 10_000 * fit.optimization.boundRoundingError + departure.rounding
      #expect(
        departure.bound < 1e-10 * (1 + fit.evidenceLowerBound.magnitude) + rounding, name)
    }
    #expect(compared > 900)
  }

  @Test func rowOrderAndLabelsDoNotMatter() throws {
    for number in 1...2000 {
      let design = try RandomDesign(
        number: number, maximumGroups: 20, maximumRows: 12, maximumTerms: 4, isWild: true)
      for approximation in [Approximation.meanField, .structured] {
        var tally = Tally()
        guard let one = try fit(design, approximation, &tally),
          let other = try fit(design.shuffled(), approximation, &tally),
          one.optimization.converged && other.optimization.converged
        else { continue }
        let name = Comment(rawValue: "\(design.description), \(approximation)")
        let rounding = one.optimization.boundRoundingError
        let difference = (one.evidenceLowerBound - other.evidenceLowerBound).magnitude
        // The rounding error of S comes on top where columns depend on each other: what it adds to
        // the bound is not in `rounding`.
        let isDependent = try !design.model().dependentColumns.isEmpty
        #expect(difference <= (isDependent ? 1e-6 : 1e-8) + 4 * rounding, name)
        // Under mean-field, SDs are those with all else held: no measure of how far means may
        // drift.
        guard approximation == .structured, try design.model().dependentColumns.isEmpty
        else { continue }
        let tolerance = max(tolerance(one.optimization), tolerance(other.optimization))
        for (a, b) in zip(
          one.fixedEffects + one.logStandardDeviations,
          other.fixedEffects + other.logStandardDeviations)
        {
          let sd = a.marginal.standardDeviation
          #expect((a.marginal.mean - b.marginal.mean).magnitude < tolerance * sd, name)
          #expect((b.marginal.standardDeviation / sd - 1).magnitude < tolerance, name)
        }
      }
    }
  }

  @Test(arguments: Approximation.allCases)
  func threadsDoNotChangeABit(approximation: Approximation) throws {
    let isQuadrature = approximation == .integrated || approximation == .corrected
    for number in 1...6 {
      // Enough rows for several chunks; one term where each fit is of many.
      let design = try RandomDesign(
        number: number, maximumGroups: 2000, maximumRows: 12, maximumTerms: isQuadrature ? 1 : 4,
        isWild: true)
      let model = try design.model()
      let one = try model.fit(FitOptions(approximation: approximation, threads: 1))
      for threads in [2, 5] {
        let many = try model.fit(FitOptions(approximation: approximation, threads: threads))
        #expect(many.fixedEffects == one.fixedEffects)
        #expect(many.logStandardDeviations == one.logStandardDeviations)
        #expect(many.randomEffects == one.randomEffects)
        #expect(many.logEvidence == one.logEvidence)
        #expect(many.optimization == one.optimization)
      }
    }
  }

  /// Where there is but an intercept, log p(y) is a sum over a grid of b and s.
  @Test func noBoundIsAboveTheEvidence() throws {
    var compared = 0
    for number in 1...200 {
      let design = try RandomDesign(
        number: number, maximumGroups: 4, maximumRows: 4, maximumTerms: 1)
      guard design.fixed.count == 1 else { continue }
      let model = try design.model()
      let likelihood = try MarginalLogLikelihood(MarginalRows(model.data))
      // Four prior SDs of s, five of b (log means are -2 to 5), and steps well below the width of
      // any posterior of so few counts: the trapezoid rule is then as good as exact.
      let (stepB, stepS) = (0.03, 0.1)
      var logs: [Double] = []
      for b in stride(from: -10.0, through: 10, by: stepB) {
        for s in stride(from: -4.0, through: 4, by: stepS) {
          logs.append(
            likelihood.value(fixedEffects: [b], logSDs: [s]) - 0.5 * (b * b / 4 + s * s)
              - log(2 * Double.pi * 2))
        }
      }
      let peak = try #require(logs.max())
      let exact = peak + log(logs.reduce(0) { $0 + exp($1 - peak) } * stepB * stepS)
      for approximation in [Approximation.meanField, .structured, .integrated] {
        let bound = try model.fit(FitOptions(approximation: approximation)).evidenceLowerBound
        // What the lattice of q(s) and this grid leave out is some 1e-4 of the integrals.
        #expect(bound <= exact + 1e-3, "\(design.description), \(approximation)")
      }
      let estimate = try model.fit(FitOptions(approximation: .corrected)).logEvidence
      // An estimate, not a bound: within 0.1 in log p(y) with as few as one count.
      if let estimate { #expect((estimate - exact).magnitude < 0.1, "\(design.description)") }
      compared += 1
    }
    #expect(compared > 20)
  }
}
