import Foundation
import Testing

@testable import PoissonGLMM

/// What a composite design costs, by designs that the lattice can do as well: the sizes that the
/// warning of `HyperparameterQuadrature` has.
@Suite struct CompositeAccuracyTests {
  /// The extreme ones of twelve, three to six hyperparameters: means of b were .029 SD off at most
  /// (grouseticks), their SDs 3.3 % (nested), means of hyperparameters .235 SD (grouseticks, whose
  /// location has a very skewed log SD; .13 elsewhere), their SDs 24 % (the same; 9 % elsewhere).
  static let designs = [
    ("corr_slopes", "y ~ x1 + x2 + (1 + x1 | group)"),
    ("corr_one", "y ~ x1 + x2 + (1 + x1 | group)"),
    ("grouseticks", "ticks ~ factor(year) + height + (1 | brood) + (1 | index) + (1 | location)"),
    ("nested", "y ~ x1 + x2 + (1 | class:school) + (1 + x1 | school) + (0 + x2 | school)"),
    ("crossed_sparse", "y ~ x1 + x2 + (1 + x1 | subject) + (1 | item)"),
    ("corr_three", "y ~ x1 + x2 + (1 + x1 + x2 | group)"),
  ]

  private func model(_ name: String, _ text: String) throws -> PoissonMixedModel {
    let formula = try Formula(text)
    let table = try CSVReader.read(
      path: ReferenceData.url("General/\(name).csv").path, columns: formula.columnRequests)
    return try PoissonMixedModel(formula: formula, data: table)
  }

  private func fit(
    _ model: PoissonMixedModel, _ approximation: Approximation, lattice: Int
  ) throws -> PoissonMixedModelFit {
    try #require(model.design).generalFit(
      FitOptions(approximation: approximation), fixedNames: model.fixedNames,
      maximumLatticeDimensions: lattice)
  }

  @Test(arguments: designs, [Approximation.integrated, .corrected])
  func theWarningIsRight(design: (name: String, formula: String), approximation: Approximation)
    throws
  {
    let model = try model(design.name, design.formula)
    let lattice = try fit(model, approximation, lattice: 6)
    let composite = try fit(model, approximation, lattice: 0)
    #expect(lattice.warnings.isEmpty)
    #expect(composite.optimization.converged)
    let count = composite.hyperparameterMoments.means.count
    #expect(composite.warnings == [HyperparameterQuadrature.compositeWarning(dimensions: count)])
    let fixed = MomentDeparture(composite.fixedMoments, from: lattice.fixedMoments)
    #expect(fixed.mean < 0.03 && fixed.sd < 0.04, "\(fixed)")
    // .135 SD (grouseticks) and 18.1 % (nested).
    let random = MomentDeparture(composite.randomMoments, from: lattice.randomMoments)
    #expect(random.mean < 0.15 && random.sd < 0.2, "\(random)")
    let hyperparameters = MomentDeparture(
      composite.hyperparameterMoments, from: lattice.hyperparameterMoments)
    #expect(hyperparameters.mean < 0.25 && hyperparameters.sd < 0.25, "\(hyperparameters)")
    let pairs = zip(composite.logStandardDeviations, lattice.logStandardDeviations)
    for (own, expected) in pairs.map({ ($0.marginal, $1.marginal) }) {
      let (a, b) = (own.interval(alpha: 0.05), expected.interval(alpha: 0.05))
      let sd = expected.standardDeviation
      #expect(a.lower - b.lower < 1.2 * sd && b.lower - a.lower < 0.1 * sd)
      #expect((a.upper - b.upper).magnitude < 0.25 * sd)
    }
    // .03 to .086 too low.
    if approximation == .corrected {
      let own = try #require(composite.logEvidence)
      let expected = try #require(lattice.logEvidence)
      #expect(expected - 0.1 < own && own < expected)
    }
  }

  /// `structured`, which takes any number of hyperparameters, has nearly the same means, and SDs
  /// that are up to a tenth too small: measured for `corr_three` against NUTS.
  @Test func sevenHyperparameters() throws {
    let text = "y ~ x1 + x2 + (1 + x1 + x2 | group) + (0 + I(x1 * x2) | group)"
    let model = try model("corr_three", text)
    let corrected = try model.fit(FitOptions(approximation: .corrected))
    let structured = try model.fit(FitOptions(approximation: .structured))
    #expect(corrected.optimization.converged)
    #expect(corrected.warnings == [HyperparameterQuadrature.compositeWarning(dimensions: 7)])
    #expect(corrected.logEvidence != nil)
    #expect(corrected.evidenceLowerBound > structured.evidenceLowerBound - 0.1)
    for (own, other) in zip(corrected.fixedEffects, structured.fixedEffects) {
      let (a, b) = (own.marginal, other.marginal)
      #expect((a.mean - b.mean).magnitude < 0.1 * a.standardDeviation)
      let ratio = b.standardDeviation / a.standardDeviation
      #expect(0.85 < ratio && ratio < 1)
    }
  }
}
