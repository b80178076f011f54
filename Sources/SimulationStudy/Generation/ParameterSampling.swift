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
      parameters[Scenario.logSDParameter(effect.name)] = value
      // Beyond a double's range it is infinite, and the counts are then too large to be drawn.
      return DataGeneratingMechanism.Effect(effect.name, exp(value))
    }
    return (mechanism.with(fixed: fixed, random: random), parameters)
  }
}
