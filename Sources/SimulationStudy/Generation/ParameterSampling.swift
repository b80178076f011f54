import Foundation
import GSLNumerics
import PoissonGLMM

/// True parameters drawn from the priors, as a calibration does for each replicate.
enum ParameterSampling {
  /// The mechanism with coefficients drawn from N(0, fixedEffectSD^2), standard deviations
  /// whose logs are drawn from N(0, logSDSD^2), correlations drawn from LKJ(correlationShape), and
  /// the parameters of the family drawn from their priors; and all of these as the parameters that
  /// are estimated.
  ///
  /// Coefficients, log SDs, correlations and parameters of the family have a stream each and are
  /// drawn in order: another one at the end leaves those before it, and the other kinds, as they
  /// were.
  static func draw(
    _ mechanism: DataGeneratingMechanism, from priors: Priors, _ streams: ReplicateStreams
  ) throws(GenerationError) -> (DataGeneratingMechanism, parameters: [String: Double]) {
    let coefficients = try streams.stream(.parameters)
    let logSDs = try streams.stream(.logStandardDeviations)
    let correlations = try streams.stream(.correlations)
    let structures = mechanism.structures
    var parameters: [String: Double] = [:]
    let fixed = mechanism.fixed.map { effect in
      let value = coefficients.normal(sd: priors.fixedEffectSD)
      parameters[effect.name] = value
      return DataGeneratingMechanism.Effect(effect.name, value)
    }
    var logSDNames = structures.logSDNames[...]
    let randomFactors = mechanism.randomFactors.map { factor in
      let effects = factor.effects.map { effect in
        let value = logSDs.normal(sd: priors.logSDSD)
        parameters[logSDNames.removeFirst()] = value
        // Beyond a double's range it is infinite, and the counts are then too large to be drawn.
        return DataGeneratingMechanism.Effect(effect.name, exp(value))
      }
      return FactorEffects(
        factor: factor.factor, effects: effects,
        correlations: Self.correlations(
          factor.structure, shape: priors.correlationShape, from: correlations))
    }
    let values = randomFactors.flatMap(\.correlations)
    for (name, pair) in zip(structures.correlationNames, values) {
      parameters[name] = pair.coefficient
    }
    let familyStream = try streams.stream(.familyParameters)
    let family = mechanism.family.family
    let drawn = SimulatedFamily(
      family, parameters: family.parameters.map { familyStream.normal(sd: $0.priorSD(priors)) })
    parameters.merge(drawn.values) { _, value in value }
    return (
      mechanism.with(fixed: fixed, randomFactors: randomFactors, family: drawn), parameters
    )
  }

  /// Correlations R ~ LKJ(shape), the density of which is |R|^(shape - 1), of each set of terms.
  ///
  /// The canonical partial correlations w of a matrix of order q are independent of each other,
  /// with densities (1 - w^2)^(a - 1), a = shape + (q - 2 - j) / 2 in column j (Lewandowski,
  /// Kurowicka & Joe 2009): w = 2 b - 1, b ~ Beta(a, a).
  /// - Returns: one for each of `structure.correlatedPairs`.
  static func correlations(
    _ structure: RandomStructure, shape: Double, from stream: RandomStream
  ) -> [Departures.RandomCorrelation] {
    structure.correlatedSets.flatMap { set -> [Departures.RandomCorrelation] in
      let partials = (0..<set.count).flatMap { row in
        (0..<row).map { column in
          let a = shape + Double(set.count - 2 - column) / 2
          let (first, second) = (stream.gamma(shape: a, scale: 1), stream.gamma(shape: a, scale: 1))
          return atanh((first - second) / (first + second))
        }
      }
      let rows = CorrelationFactor(order: set.count, partialCorrelations: partials).rows
      return (0..<set.count).flatMap { i in
        (0..<i).map { j in
          Departures.RandomCorrelation(
            structure.terms[set.lowerBound + j], structure.terms[set.lowerBound + i],
            zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 })
        }
      }
    }
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

/// The random effects of all levels of a factor, each over its standard deviation.
struct StandardizedEffects {
  let terms: Int
  /// Group-major.
  private(set) var values: [Double]

  subscript(group: Int, term: Int) -> Double { values[group * terms + term] }

  /// Draws term by term, so that another term at the end leaves those before it as they were; then
  /// gives the terms of each group their correlations.
  /// - Throws: `GenerationError` if these are no correlations of any distribution.
  init(
    terms names: [String], groups: Int, shape: RandomEffectDistribution,
    correlations: [Departures.RandomCorrelation], from stream: RandomStream
  ) throws(GenerationError) {
    terms = names.count
    values = [Double](repeating: 0, count: groups * names.count)
    for term in names.indices {
      for group in 0..<groups {
        values[group * terms + term] = shape.draw(from: stream)
      }
    }
    guard !correlations.isEmpty else { return }
    let factor: Cholesky
    do {
      factor = try Cholesky(correlations.matrix(terms: names).elements, order: terms)
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
