import Foundation
import GSLNumerics
import PoissonGLMM

/// True parameters drawn from the priors, as a calibration does for each replicate.
enum ParameterSampling {
  /// The mechanism with coefficients drawn from N(0, fixedEffectSD^2) and standard deviations whose
  /// logs are drawn from N(0, logSDSD^2), and all of these as the parameters that are estimated.
  ///
  /// Coefficients and log SDs have a stream each and are drawn in order: another one at the end
  /// leaves those before it, and the other kind, as they were.
  static func draw(
    _ mechanism: DataGeneratingMechanism, from priors: Priors, _ streams: ReplicateStreams
  ) throws(GenerationError) -> (DataGeneratingMechanism, parameters: [String: Double]) {
    let coefficients = try streams.stream(.parameters)
    let logSDs = try streams.stream(.logStandardDeviations)
    var parameters: [String: Double] = [:]
    let fixed = mechanism.fixed.map { effect in
      let value = coefficients.normal(sd: priors.fixedEffectSD)
      parameters[effect.name] = value
      return DataGeneratingMechanism.Effect(effect.name, value)
    }
    let random = mechanism.random.map { effect in
      let value = logSDs.normal(sd: priors.logSDSD)
      parameters[ParameterKind.logSDName(effect.name)] = value
      // Beyond a double's range it is infinite, and the counts are then too large to be drawn.
      return DataGeneratingMechanism.Effect(effect.name, exp(value))
    }
    return (mechanism.with(fixed: fixed, random: random), parameters)
  }
}

extension RandomEffectDistribution {
  /// A variate of mean 0 and standard deviation 1.
  func draw(from stream: RandomStream) -> Double {
    switch self {
    case .normal:
      return stream.normal()
    case .studentT(let degreesOfFreedom):
      let scale = ((degreesOfFreedom - 2) / degreesOfFreedom).squareRoot()
      return scale * stream.studentT(degreesOfFreedom: degreesOfFreedom)
    case .gamma(let shape):
      return (stream.gamma(shape: shape, scale: 1) - shape) / shape.squareRoot()
    case .mixture(let weight, let separation):
      let sd = 1 / (1 + weight * (1 - weight) * separation * separation).squareRoot()
      let isUpper = stream.bernoulli(probability: weight)
      return sd * (separation * (isUpper - weight) + stream.normal())
    }
  }
}

/// The random effects of all groups, each over its standard deviation.
struct StandardizedEffects {
  let terms: Int
  /// Group-major.
  private(set) var values: [Double]

  subscript(group: Int, term: Int) -> Double { values[group * terms + term] }

  /// Draws term by term, so that another term at the end leaves those before it as they were; then
  /// gives the terms of each group their correlations.
  /// - Throws: `GenerationError` if these are no correlations of any distribution.
  init(
    terms names: [String], groups: Int, departures: Departures, from stream: RandomStream
  ) throws(GenerationError) {
    terms = names.count
    values = [Double](repeating: 0, count: groups * names.count)
    for term in names.indices {
      for group in 0..<groups {
        values[group * terms + term] = departures.randomEffects.draw(from: stream)
      }
    }
    guard !departures.randomCorrelations.isEmpty else { return }
    let factor: Cholesky
    do {
      factor = try Cholesky(
        departures.correlationMatrix(terms: names).elements, order: terms)
    } catch {
      throw GenerationError("the random effects cannot have these correlations: \(error).")
    }
    for group in 0..<groups {
      let range = group * terms..<(group + 1) * terms
      values.replaceSubrange(range, with: factor.correlated(Array(values[range])))
    }
  }

  /// Gives one term a correlation with a number of each group that has mean 0 and standard
  /// deviation 1.
  mutating func correlate(term: Int, with scores: [Double], _ coefficient: Double) {
    let rest = (1 - coefficient * coefficient).squareRoot()
    for (group, score) in scores.enumerated() {
      values[group * terms + term] = coefficient * score + rest * values[group * terms + term]
    }
  }
}
