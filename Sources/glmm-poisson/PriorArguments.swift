import ArgumentParser
import PoissonGLMM

/// What `--prior` says: `NAME ~ normal(MEAN, SD)`.
struct CoefficientPriorArgument {
  let name: String
  let prior: NormalPrior

  /// - Throws: `ValidationError` if it is written otherwise or the SD is out of range.
  init(_ text: String) throws {
    let pattern = /\s*(?<name>.*\S)\s*~\s*normal\(\s*(?<mean>[^,]+?)\s*,\s*(?<sd>[^,]+?)\s*\)\s*/
    guard let match = text.wholeMatch(of: pattern), let mean = Double(match.mean),
      let sd = Double(match.sd), mean.isFinite
    else {
      throw ValidationError(
        "--prior is written 'NAME ~ normal(MEAN, SD)', as in --prior 'Intercept ~ normal(-7, 5)', "
          + "not '\(text)'.")
    }
    guard Priors.supportedSDs.contains(sd) else {
      throw ValidationError(
        "--prior '\(text)': the standard deviation must lie between 1e-6 and 1e6.")
    }
    name = String(match.name)
    prior = NormalPrior(mean: mean, standardDeviation: sd)
  }

  /// The priors by the names of their effects.
  /// - Throws: `ValidationError` if one is written otherwise, or an effect has two.
  static func priors(_ texts: [String]) throws -> [String: NormalPrior] {
    var priors: [String: NormalPrior] = [:]
    for argument in try texts.map(CoefficientPriorArgument.init) {
      guard priors.updateValue(argument.prior, forKey: argument.name) == nil else {
        throw ValidationError("--prior gives two priors for '\(argument.name)'.")
      }
    }
    return priors
  }
}
