import Foundation
import Testing

@testable import PoissonGLMM

/// Priors of single fixed effects.
@Suite struct CoefficientPriorTests {
  private func model(
    _ data: ReferenceData, offset: [Double]? = nil, priors: Priors, isGeneral: Bool,
    fixed: [DesignColumn]? = nil
  ) throws -> PoissonMixedModel {
    var factors = [RandomFactor(name: "g", grouping: data.grouping, terms: data.random)]
    if isGeneral {
      let rows = Grouping(labels: (0..<data.rows).map { "\($0 % 5)" })
      factors.append(
        RandomFactor(name: "h", grouping: rows, terms: [.intercept(rows: data.rows)]))
    }
    return try PoissonMixedModel(
      counts: data.columns["y"]!, fixed: fixed ?? data.fixed, factors: factors,
      offset: offset ?? data.offset, priors: priors)
  }

  /// A prior that is that of all others changes nothing but rounding.
  @Test(arguments: [false, true]) func thePriorOfAllOthersChangesNothing(isGeneral: Bool) throws {
    let data = try ReferenceData("few_groups")
    let plain = try model(data, priors: Priors(), isGeneral: isGeneral).fit()
    let own = try model(
      data,
      priors: Priors(coefficients: ["Intercept": NormalPrior(mean: 0, standardDeviation: 2)]),
      isGeneral: isGeneral
    ).fit()
    for (a, b) in zip(plain.fixedEffects, own.fixedEffects) {
      #expect(abs(a.marginal.mean - b.marginal.mean) < 1e-9)
      #expect(abs(a.marginal.standardDeviation - b.marginal.standardDeviation) < 1e-9)
    }
    #expect(abs(plain.evidenceLowerBound - own.evidenceLowerBound) < 1e-8)
    for (a, b) in zip(plain.priorSensitivity, own.priorSensitivity) {
      #expect(abs(a.value - b.value) < 1e-9)
    }
  }

  /// N(-1, 2^2) of the intercept is N(0, 2^2) of what is left of it beside an offset of -1: by
  /// hand, in both engines and every approximation.
  @Test(arguments: Approximation.allCases, [false, true])
  func aPriorMeanIsAnOffset(approximation: Approximation, isGeneral: Bool) throws {
    let data = try ReferenceData("few_groups")
    let options = FitOptions(approximation: approximation)
    let own = try model(
      data,
      priors: Priors(coefficients: ["Intercept": NormalPrior(mean: -1, standardDeviation: 2)]),
      isGeneral: isGeneral
    ).fit(options)
    let offset = [Double](repeating: -1, count: data.rows)
    let byHand = try model(data, offset: offset, priors: Priors(), isGeneral: isGeneral)
      .fit(options)
    // Offset and intercept add up to what the intercept is by itself.
    #expect(
      abs(own.fixedEffects[0].marginal.mean - (byHand.fixedEffects[0].marginal.mean - 1)) < 1e-7)
    for (c, (a, b)) in zip(own.fixedEffects, byHand.fixedEffects).enumerated() {
      if c > 0 { #expect(abs(a.marginal.mean - b.marginal.mean) < 1e-7) }
      #expect(abs(a.marginal.standardDeviation - b.marginal.standardDeviation) < 1e-7)
      let (own, other) = (a.marginal.interval(alpha: 0.05), b.marginal.interval(alpha: 0.05))
      #expect(abs(own.upper - own.lower - (other.upper - other.lower)) < 1e-6)
    }
    #expect(abs(own.evidenceLowerBound - byHand.evidenceLowerBound) < 1e-6)
    for (a, b) in zip(own.priorSensitivity, byHand.priorSensitivity) {
      #expect(abs(a.value - b.value) < 1e-6)
    }
  }

  /// A prior SD s in place of 2 is that of the column times s / 2.
  @Test(arguments: [false, true]) func aPriorSDIsAScale(isGeneral: Bool) throws {
    let data = try ReferenceData("few_groups")
    let name = data.answers.fixed[1]
    let own = try model(
      data, priors: Priors(coefficients: [name: NormalPrior(mean: 0, standardDeviation: 0.1)]),
      isGeneral: isGeneral
    ).fit()
    var fixed = data.fixed
    fixed[1] = DesignColumn(name: name, values: fixed[1].values.map { 0.05 * $0 })
    let byHand = try model(data, priors: Priors(), isGeneral: isGeneral, fixed: fixed).fit()
    let (mine, theirs) = (own.fixedEffects[1].marginal, byHand.fixedEffects[1].marginal)
    #expect(abs(mine.mean - 0.05 * theirs.mean) < 1e-8)
    #expect(abs(mine.standardDeviation - 0.05 * theirs.standardDeviation) < 1e-8)
    for (a, b) in zip(own.priorSensitivity, byHand.priorSensitivity) {
      #expect(abs(a.value - b.value) < 1e-6)
    }
  }

  /// Also where an effect has a density of its own, and combinations of it, in both engines: the
  /// arm without events, whose effect is bounded on one side.
  @Test(arguments: [false, true])
  func aPriorMeanMovesDensitiesOfTheirOwn(isNested: Bool) throws {
    let path = ReferenceData.url("OneSided/arm_without_events.csv").path
    let formula = try Formula("y ~ arm + (1 | g)")
    let table = try CSVReader.read(path: path, columns: formula.columnRequests)
    let frame = try ModelFrame(formula: formula, data: table)
    let rows = frame.counts.count
    var factors = frame.factors
    if isNested {
      factors.append(
        RandomFactor(
          name: "h", grouping: Grouping(labels: (0..<rows).map { "\($0 % 4)" }),
          terms: [.intercept(rows: rows)]))
    }
    var options = FitOptions()
    options.combinations = [[1, 0.5]]
    func fit(_ priors: Priors, offset: [Double]) throws -> PoissonMixedModelFit {
      try PoissonMixedModel(
        counts: frame.counts, fixed: frame.fixed, factors: factors, offset: offset, priors: priors
      ).fit(options)
    }
    let (intercept, arm) = (-1.5, 0.75)
    let own = try fit(
      Priors(
        fixedEffectSD: 10,
        coefficients: [
          "Intercept": NormalPrior(mean: intercept, standardDeviation: 10),
          frame.fixed[1].name: NormalPrior(mean: arm, standardDeviation: 10),
        ]), offset: [Double](repeating: 0, count: rows))
    let byHand = try fit(
      Priors(fixedEffectSD: 10), offset: frame.fixed[1].values.map { intercept + arm * $0 })
    for weights in [[1, 0], [0, 1], [1, 0.5]] {
      let mine = try own.linearCombination(weights)
      let theirs = try byHand.linearCombination(weights)
      let shift = weights[0] * intercept + weights[1] * arm
      let sd = theirs.standardDeviation
      // Both programs are one; offsets are added in another order.
      #expect(abs(mine.mean - theirs.mean - shift) < 1e-5 * sd)
      for probability in [0.025, 0.5, 0.975] {
        let difference = mine.quantile(probability) - theirs.quantile(probability)
        #expect(abs(difference - shift) < 1e-5 * sd)
      }
    }
  }

  @Test func whatCannotBeAPriorIsRefused() throws {
    let data = try ReferenceData("few_groups")
    func refusal(_ name: String, _ mean: Double, _ sd: Double) -> String {
      do {
        _ = try model(
          data,
          priors: Priors(coefficients: [name: NormalPrior(mean: mean, standardDeviation: sd)]),
          isGeneral: false)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal("Interceptt", 0, 1).contains("'Interceptt', which is no fixed effect"))
    #expect(refusal("Intercept", .nan, 1).contains("prior mean of 'Intercept'"))
    #expect(!refusal("Intercept", 0, 0).isEmpty)
    #expect(throws: FitError.self) {
      try model(
        data,
        priors: Priors(coefficients: ["Intercept": NormalPrior(mean: 0, standardDeviation: 1)]),
        isGeneral: false
      ).fit(FitOptions(standardizes: true))
    }
  }
}
