import ArgumentParser
import PoissonGLMM

/// What `--prior` says: `NAME ~ normal(MEAN, SD)` of a fixed effect, or `sd(FACTOR) ~` and one of
/// the priors of standard deviations.
struct PriorArguments {
  private(set) var coefficients: [String: NormalPrior] = [:]
  private(set) var standardDeviations: [String: SDPrior] = [:]

  /// - Throws: `ValidationError` if one is written otherwise, a parameter is out of range, or one
  ///   name has two priors.
  init(_ texts: [String]) throws {
    for text in texts { try add(text) }
  }

  private mutating func add(_ text: String) throws {
    guard let tilde = text.lastIndex(of: "~") else { throw Self.misspelt(text) }
    let name = text[..<tilde].trimmed
    let prior = text[text.index(after: tilde)...].trimmed
    guard !name.isEmpty else { throw Self.misspelt(text) }
    let isNormal = prior.prefixMatch(of: /normal\s*\(/) != nil
    let isTaken: Bool
    if isNormal {
      let normal = try Self.normal(prior, of: name, in: text)
      isTaken = coefficients.updateValue(normal, forKey: name) != nil
    } else {
      let own = try Self.ofStandardDeviation(prior, of: name, in: text)
      isTaken = standardDeviations.updateValue(own, forKey: name) != nil
    }
    if isTaken { throw ValidationError("--prior gives two priors for '\(name)'.") }
  }

  private static func misspelt(_ text: String) -> ValidationError {
    ValidationError(
      "--prior is written 'NAME ~ normal(MEAN, SD)' for a fixed effect, as in --prior 'Intercept ~ "
        + "normal(-7, 5)', and 'sd(FACTOR) ~ PRIOR' for a standard deviation, as in --prior "
        + "'sd(site) ~ halfnormal(0.5)', not '\(text)'.")
  }

  private static func normal(
    _ prior: String, of name: String, in text: String
  ) throws -> NormalPrior {
    guard !name.hasPrefix("sd(") else {
      throw ValidationError(
        "--prior '\(text)': a standard deviation takes \(SDPrior.notation).")
    }
    let pattern = /normal\s*\(\s*(?<mean>[^,]+?)\s*,\s*(?<sd>[^,]+?)\s*\)/
    guard let match = prior.wholeMatch(of: pattern), let mean = Double(match.mean),
      let sd = Double(match.sd), mean.isFinite
    else { throw misspelt(text) }
    guard Priors.supportedSDs.contains(sd) else {
      throw ValidationError(
        "--prior '\(text)': the standard deviation must lie between 1e-6 and 1e6.")
    }
    return NormalPrior(mean: mean, standardDeviation: sd)
  }

  private static func ofStandardDeviation(
    _ prior: String, of name: String, in text: String
  ) throws -> SDPrior {
    let isNamed = name == "sd" || name.hasPrefix("sd(") && name.hasSuffix(")")
    do {
      let own = try SDPrior(parsing: prior)
      guard isNamed else {
        throw ValidationError(
          "--prior '\(text)': this is a prior of a standard deviation, which is named sd(FACTOR), "
            + "sd(FACTOR:TERM) or, for all of them, sd; a fixed effect takes normal(MEAN, SD).")
      }
      return own
    } catch let error as ModelError {
      guard isNamed else { throw misspelt(text) }
      throw ValidationError("--prior '\(text)': \(error.description)")
    }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
