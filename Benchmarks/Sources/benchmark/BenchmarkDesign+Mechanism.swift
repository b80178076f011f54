import Foundation
import PoissonGLMM
import SimulationStudy

extension BenchmarkDesign {
  /// How the data are drawn: with a mean count of about 2.
  /// - Parameter lecturerRows: the rows of each lecturer; only `insteval` reads them.
  func mechanism(rows: Int, lecturerRows: [Int] = []) -> DataGeneratingMechanism {
    DataGeneratingMechanism(
      seed: 20_261_122, design: factorDesign(rows: rows, lecturerRows), covariates: covariates,
      fixed: fixed, randomFactors: random, family: family)
  }

  private func factorDesign(rows: Int, _ lecturerRows: [Int]) -> FactorDesign {
    let levels = levels(rows: rows).map { GroupSize.constant($0) }
    switch self {
    case .intercept, .dispersed, .slope, .wide, .row, .correlated:
      return FactorDesign(
        factors: [.init(name: "group", levels: levels[0])], rowsPerCell: .constant(10))
    case .nested:
      return FactorDesign(
        factors: [
          .init(name: "a", levels: levels[0]), .init(name: "b", within: "a", levels: .constant(10)),
        ], rowsPerCell: .constant(5))
    case .crossed:
      return FactorDesign(
        factors: [.init(name: "a", levels: levels[0]), .init(name: "b", levels: levels[1])],
        rowsPerCell: .constant(1))
    case .insteval:
      // The rows of a lecturer are a cell, and its students and departments are drawn.
      return FactorDesign(
        factors: [
          .init(name: "s", levels: levels[0], drawn: .even), .init(name: "d", levels: levels[1]),
          .init(name: "dept", levels: levels[2], drawn: .even),
        ], rowsPerCell: .listed(lecturerRows))
    }
  }

  private var covariates: [Covariate] {
    let normal = Covariate.Distribution.normal(mean: 0, sd: 1)
    switch self {
    case .intercept, .dispersed, .slope:
      return [
        Covariate(name: "x1", distribution: normal),
        Covariate(name: "x2", distribution: normal, level: .group),
      ]
    case .wide: return (1...49).map { Covariate(name: "x\($0)", distribution: normal) }
    case .nested, .crossed, .insteval, .row, .correlated:
      return ["x1", "x2"].map { Covariate(name: $0, distribution: normal) }
    }
  }

  private var fixed: [DataGeneratingMechanism.Effect] {
    switch self {
    case .intercept, .dispersed, .slope:
      return [.init("Intercept", 0.5), .init("x1", 0.3), .init("x2", -0.4)]
    case .wide:
      return [.init("Intercept", 0.5)]
        + covariates.enumerated().map { .init($1.name, $0.isMultiple(of: 2) ? 0.05 : -0.05) }
    case .nested, .crossed, .insteval, .row, .correlated:
      return [.init("Intercept", 0.45), .init("x1", 0.3), .init("x2", -0.2)]
    }
  }

  /// The family of the counts.
  var family: SimulatedFamily {
    self == .dispersed
      ? SimulatedFamily(.negativeBinomial, parameters: [-0.5 * log(1.5)]) : .poisson
  }

  private var random: [FactorEffects] {
    func intercept(_ factor: String, sd: Double) -> FactorEffects {
      FactorEffects(factor: factor, effects: [.init("Intercept", sd)])
    }
    let interceptAndSlope: [DataGeneratingMechanism.Effect] = [
      .init("Intercept", 0.5), .init("x1", 0.3),
    ]
    switch self {
    case .intercept, .dispersed, .wide: return [intercept("group", sd: 0.5)]
    case .slope: return [FactorEffects(factor: "group", effects: interceptAndSlope)]
    case .nested: return [intercept("a", sd: 0.5), intercept("a:b", sd: 0.3)]
    case .crossed: return [intercept("a", sd: 0.4), intercept("b", sd: 0.3)]
    case .insteval:
      return [intercept("s", sd: 0.4), intercept("d", sd: 0.5), intercept("dept", sd: 0.2)]
    case .row: return [intercept("group", sd: 0.4), intercept("row", sd: 0.5)]
    case .correlated:
      return [
        FactorEffects(
          factor: "group", effects: interceptAndSlope,
          correlations: [.init("Intercept", "x1", -0.4)])
      ]
    }
  }
}
