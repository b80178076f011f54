import Foundation
import Testing

@testable import PoissonGLMM

@Suite struct StandardizationTests {
  private func model(
    _ reference: ReferenceData, x1: (Double) -> Double = { $0 }, withIntercept: Bool = true,
    extra: [DesignColumn] = [], priors: Priors = Priors()
  ) throws -> PoissonMixedModel {
    let columns = reference.fixed.filter { withIntercept || $0.name != "Intercept" }.map {
      $0.name == "x1" ? DesignColumn(name: "x1", values: $0.values.map(x1)) : $0
    }
    return try PoissonMixedModel(
      counts: reference.columns["y"] ?? [], fixed: columns + extra, random: reference.random,
      grouping: reference.grouping, offset: reference.offset, priors: priors)
  }

  /// What a column is measured in does not matter: x -> a x + b takes the slope to slope / a and
  /// the intercept to intercept - slope b / a, and changes nothing else. Fits stop 1e-8 SDs from
  /// their optimum, at held log SDs 1e-5.
  @Test(arguments: Approximation.allCases, [(1e4, -3e5), (-2e-6, 1e-5)])
  func unitsDoNotMatter(approximation: Approximation, change: (a: Double, b: Double)) throws {
    let tolerance = [.meanField, .structured].contains(approximation) ? 1e-6 : 1e-4
    for name in ["random_intercept", "exposure"] {
      let reference = try ReferenceData(name)
      let options = FitOptions(
        approximation: approximation, standardizes: true, keepsRandomEffects: true)
      let plain = try model(reference)
      let moved = try model(reference, x1: { change.a * $0 + change.b })
      let (fit, other) = (try plain.fit(options), try moved.fit(options))
      let x1 = try #require(plain.fixedNames.firstIndex(of: "x1"))
      func agrees(_ a: Marginal, _ b: Marginal, factor: Double = 1) {
        let sd = a.standardDeviation
        #expect(abs(b.mean * factor - a.mean) < tolerance * sd)
        #expect(abs(b.standardDeviation * abs(factor) / sd - 1) < tolerance)
        let (ends, others) = (a.interval(alpha: 0.05), b.interval(alpha: 0.05))
        let end = factor > 0 ? others.lower : others.upper
        #expect(abs(end * factor - ends.lower) < tolerance * sd)
      }
      for c in plain.fixedNames.indices where plain.fixedNames[c] != "Intercept" {
        agrees(
          fit.fixedEffects[c].marginal, other.fixedEffects[c].marginal,
          factor: c == x1 ? change.a : 1)
      }
      for (a, b) in zip(fit.logStandardDeviations, other.logStandardDeviations) {
        agrees(a.marginal, b.marginal)
      }
      let shift = other.fixedEffects[x1].marginal.mean * change.b
      let intercept = other.fixedEffects[0].marginal.mean + shift
      #expect(
        abs(intercept - fit.fixedEffects[0].marginal.mean)
          < tolerance * (abs(shift) + fit.fixedEffects[0].marginal.standardDeviation))
      #expect(abs(fit.evidenceLowerBound - other.evidenceLowerBound) < 1e-4)
      #expect(other.randomEffects.standardDeviations.count == plain.groupCount)

      // What is predicted is the same too, the intercept's variance and covariances included.
      func predictions(_ model: PoissonMixedModel, _ fit: PoissonMixedModelFit, scaled: Bool)
        throws -> [Prediction]
      {
        let columns = reference.fixed.map { column in
          DesignColumn(
            name: column.name,
            values: column.values.map {
              column.name == "x1" && scaled ? change.a * $0 + change.b : $0
            })
        }
        return try Predictor(model, fit: fit).predict(
          PredictionRows(
            model: model, fixed: columns, random: reference.random,
            groupLabels: (0..<reference.rows).map { $0 % 2 == 0 ? "new" : model.groupLabels[0] }))
      }
      for (a, b) in zip(
        try predictions(plain, fit, scaled: false), try predictions(moved, other, scaled: true))
      {
        #expect(abs(a.median / b.median - 1) < 10 * tolerance)
        #expect(abs(a.upper / b.upper - 1) < 10 * tolerance)
      }
    }
  }

  /// Under a prior that is flat for both parametrizations the fits agree; 1e-5 or so is the prior's
  /// share here.
  @Test(arguments: [Approximation.structured, .corrected])
  func withAFlatPriorItChangesNothing(approximation: Approximation) throws {
    let reference = try ReferenceData("epilepsy")
    let flat = try model(reference, priors: Priors(fixedEffectSD: 1000))
    let plain = try flat.fit(FitOptions(approximation: approximation))
    let fit = try flat.fit(FitOptions(approximation: approximation, standardizes: true))
    for (a, b) in zip(
      plain.fixedEffects + plain.logStandardDeviations,
      fit.fixedEffects + fit.logStandardDeviations)
    {
      let sd = a.marginal.standardDeviation
      #expect(abs(a.marginal.mean - b.marginal.mean) < 1e-4 * sd, "\(a.name)")
      #expect(abs(b.marginal.standardDeviation / sd - 1) < 1e-4, "\(a.name)")
      // Prior and quadrature leave the ends as they are as well.
      let (ends, others) = (a.marginal.interval(alpha: 0.05), b.marginal.interval(alpha: 0.05))
      #expect(abs(ends.upper - others.upper) < 1e-3 * sd, "\(a.name)")
    }
  }

  /// The very model of columns that are standardized by hand.
  @Test func theFitIsThatOfStandardizedColumns() throws {
    let reference = try ReferenceData("exposure")
    let fit = try model(reference).fit(
      FitOptions(approximation: .structured, standardizes: true))
    var centers: [Double] = []
    var scales: [Double] = []
    let columns = reference.fixed.map { column -> DesignColumn in
      let n = Double(column.values.count)
      let mean = column.values.reduce(0, +) / n
      let sd = (column.values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot()
      centers.append(sd == 0 ? 0 : mean)
      scales.append(sd == 0 ? 1 : sd)
      let (center, scale) = (centers[centers.count - 1], scales[scales.count - 1])
      return DesignColumn(name: column.name, values: column.values.map { ($0 - center) / scale })
    }
    let byHand = try PoissonMixedModel(
      counts: reference.columns["y"] ?? [], fixed: columns, random: reference.random,
      grouping: reference.grouping, offset: reference.offset
    ).fit(FitOptions(approximation: .structured, keepsRandomEffects: true))
    let p = columns.count
    // b_c = b*_c / scale_c; b_0 = b*_0 - sum of center_c b*_c / scale_c.
    var toIntercept = zip(centers, scales).map { -$0 / $1 }
    toIntercept[0] = 1
    for c in 0..<p {
      let direction =
        c == 0 ? toIntercept : (0..<p).map { $0 == c ? 1 / scales[c] : 0 }
      let mean = zip(direction, byHand.fixedEffects).reduce(0) { $0 + $1.0 * $1.1.marginal.mean }
      let sd = byHand.fixedCovariance.quadraticForm(direction).squareRoot()
      // Both fits are 1e-8 SDs from one optimum.
      #expect(abs(fit.fixedEffects[c].marginal.mean - mean) < 1e-6 * sd)
      #expect(abs(fit.fixedEffects[c].marginal.standardDeviation / sd - 1) < 1e-6)
    }
    #expect(abs(fit.evidenceLowerBound - byHand.evidenceLowerBound) < 1e-9)
  }

  @Test func whatIsDoneToAColumnDependsOnItsKind() throws {
    let reference = try ReferenceData("random_intercept")
    let rows = reference.rows
    let extra = [
      DesignColumn(name: "rare", values: (0..<rows).map { $0 % 50 == 0 ? 1 : 0 }),
      DesignColumn(name: "seven", values: [Double](repeating: 7, count: rows)),
      DesignColumn(name: "far", values: (0..<rows).map { 100 + 3 * sin(Double($0)) }),
    ]
    let centred = Standardization(try model(reference, extra: extra))
    let p = centred.scales.count
    #expect(centred.intercept == 0)
    #expect(centred.centers[0] == 0 && centred.scales[0] == 1)
    #expect(centred.scales[p - 3] == 1)
    #expect(abs(centred.centers[p - 3] - 0.02) < 1e-12)
    #expect(centred.scales[p - 2] == 1 && centred.centers[p - 2] == 0)
    #expect(abs(centred.centers[p - 1] - 100) < 0.1)
    // The SD of 3 sin is 3 / sqrt(2), over whole turns; 200 rows are 31.8 of them.
    #expect(abs(centred.scales[p - 1] - 3 / 2.0.squareRoot()) < 0.05)

    let uncentred = Standardization(try model(reference, withIntercept: false, extra: extra))
    #expect(uncentred.intercept == nil)
    #expect(uncentred.centers.allSatisfy { $0 == 0 })
    #expect(uncentred.scales[p - 4] == 1)
    #expect(abs(uncentred.scales[p - 2] - 100.02) < 0.1)
  }

  /// A column that differs little from a constant looks dependent on the intercept until it is
  /// centred.
  @Test func centringTellsAColumnFromTheIntercept() throws {
    let reference = try ReferenceData("random_intercept")
    let far = try model(reference, x1: { 1e9 + $0 })
    let dependence = DesignDiagnostics.dependenceWarning("x1")
    #expect(far.warnings.contains(dependence))
    let plain = try model(reference).fit(FitOptions(standardizes: true))
    let fit = try far.fit(FitOptions(standardizes: true))
    #expect(!fit.warnings.contains(dependence))
    // Nine of sixteen digits are spent on the mean.
    let (a, b) = (plain.fixedEffects[1].marginal, fit.fixedEffects[1].marginal)
    #expect(abs(a.mean - b.mean) < 1e-5 * a.standardDeviation)
  }

  /// A column whose scale makes the prior matter is named, unless standardizing takes care of it.
  @Test func standardizingAnswersTheWarning() throws {
    let reference = try ReferenceData("random_intercept")
    let small = try model(reference, x1: { 1e-3 * $0 })
    #expect(small.warnings.count == 1)
    #expect(small.warnings.first?.contains("or standardize") == true)
    #expect(try small.fit().warnings == small.warnings)
    #expect(try small.fit(FitOptions(standardizes: true)).warnings.isEmpty)
    // The prior did matter: without standardizing the slope is lost.
    let plain = try model(reference).fit().fixedEffects[1].marginal.mean
    let pulled = try small.fit().fixedEffects[1].marginal.mean * 1e-3
    let saved =
      try small.fit(FitOptions(standardizes: true)).fixedEffects[1].marginal.mean * 1e-3
    #expect(abs(pulled / plain) < 0.2)
    #expect(abs(saved / plain - 1) < 0.05)
  }
}
