import Foundation
import Testing

@testable import PoissonGLMM

/// Posteriors of effects that the data bound on one side only, against sums over fine grids; see
/// `Reference/README.md`.
@Suite struct OneSidedPosteriorTests {
  struct Case: Decodable, CustomTestStringConvertible {
    struct Summary: Decodable {
      let mean: Double
      let sd: Double
      let quantiles: [String: Double]
      let p: Double
    }
    struct Moments: Decodable {
      let mean: Double
      let sd: Double
    }
    let data: String
    let formula: String
    let priorSd: Double
    let logEvidence: Double
    let effects: [String: Summary]
    let logSds: [Moments]
    /// The names of those of `effects` that are combinations.
    let contrasts: [String]

    var testDescription: String { "\(data), \(formula), prior SD \(priorSd)" }

    func model(logSDSD: Double = 1) throws -> PoissonMixedModel {
      let formula = try Formula(formula)
      let path = ReferenceData.url("OneSided/\(data).csv").path
      let table = try CSVReader.read(path: path, columns: formula.columnRequests)
      return try PoissonMixedModel(
        formula: formula, data: table, priors: Priors(fixedEffectSD: priorSd, logSDSD: logSDSD))
    }

    /// The weights of a combination such as `Intercept + 0.5 armb`.
    func weights(_ contrast: String, _ names: [String]) -> [Double] {
      var weights = [Double](repeating: 0, count: names.count)
      var sign = 1.0
      var factor = 1.0
      for word in contrast.split(separator: " ") {
        if word == "-" {
          sign = -1
        } else if let number = Double(word) {
          factor = number
        } else if let c = names.firstIndex(of: String(word)) {
          weights[c] = sign * factor
          (sign, factor) = (1, 1)
        }
      }
      return weights
    }
  }

  static let all: [Case] = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let url = ReferenceData.url("OneSided/one_sided_posteriors.json")
    guard let data = try? Data(contentsOf: url),
      let cases = try? decoder.decode([Case].self, from: data)
    else { return [] }
    return cases
  }()
  static let oneFactor = all.filter { !$0.formula.contains("/") }
  static let nested = all.filter { $0.formula.contains("/") }

  @Test func thereAreCases() {
    #expect(Self.oneFactor.count == 32)
    #expect(Self.nested.count == 3)
  }

  /// - Parameter tolerance: of the mean and of the ends of intervals, in SDs.
  private func expect(
    _ marginal: Marginal, is exact: Case.Summary, within tolerance: Double, _ name: String
  ) {
    let sd = exact.sd
    #expect((marginal.mean - exact.mean).magnitude < tolerance * sd, "mean of \(name)")
    #expect((marginal.standardDeviation / sd - 1).magnitude < tolerance, "SD of \(name)")
    for alpha in [0.01, 0.05, 0.5] {
      let (lower, upper) = marginal.interval(alpha: alpha)
      let ends = (exact.quantiles["\(alpha / 2)"], exact.quantiles["\(1 - alpha / 2)"])
      #expect((lower - (ends.0 ?? .nan)).magnitude < tolerance * sd, "\(alpha), \(name)")
      #expect((upper - (ends.1 ?? .nan)).magnitude < tolerance * sd, "\(alpha), \(name)")
    }
    // The sums over grids lose probabilities below 1e-4 in their own rounding.
    if exact.p > 1e-4 {
      #expect((marginal.twoSidedTailProbability / exact.p - 1).magnitude < 5 * tolerance)
    } else {
      #expect(marginal.twoSidedTailProbability < 2e-4)
    }
  }

  /// 0.02 SD was asked of neither program: both are within some 0.003 SD of each other, and three
  /// quarters of what is allowed is left for the log SDs' lattice.
  @Test(arguments: oneFactor)
  func fixedEffectsHaveTheirExactDistributions(_ exact: Case) throws {
    let fit = try exact.model().fit()
    #expect(fit.optimization.converged)
    for effect in fit.fixedEffects {
      try expect(
        effect.marginal, is: #require(exact.effects[effect.name]), within: 0.02, effect.name)
    }
    #expect((try #require(fit.logEvidence) - exact.logEvidence).magnitude < 2e-3)
    #expect(fit.evidenceLowerBound < exact.logEvidence + 1e-3)
    for (found, moments) in zip(fit.logStandardDeviations, exact.logSds) {
      #expect((found.marginal.mean - moments.mean).magnitude < 0.01 * moments.sd)
      #expect((found.marginal.standardDeviation / moments.sd - 1).magnitude < 0.01)
    }
  }

  @Test(arguments: oneFactor.filter { !$0.contrasts.isEmpty })
  func combinationsHaveTheirExactDistributions(_ exact: Case) throws {
    let model = try exact.model()
    let fit = try model.fit()
    var found = 0
    for contrast in exact.contrasts {
      let weights = exact.weights(contrast, model.fixedNames)
      guard
        let marginal = try model.density(ofCombination: weights, of: fit, FitOptions())
      else { continue }
      found += 1
      try expect(marginal, is: #require(exact.effects[contrast]), within: 0.02, contrast)
    }
    // The level of the arm with events is near a normal one.
    let ordinary = exact.contrasts.contains("Intercept + armb") ? 1 : 0
    #expect(found == exact.contrasts.count - ordinary)
  }
}
