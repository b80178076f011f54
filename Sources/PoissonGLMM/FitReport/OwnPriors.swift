import PlatformEssentials

/// Priors of single parameters from texts: `NAME ~ normal(MEAN, SD)` of a fixed effect, or
/// `sd(FACTOR) ~` and one of the priors of standard deviations.
package struct OwnPriors {
  package private(set) var coefficients: [String: NormalPrior] = [:]
  package private(set) var standardDeviations: [String: SDPrior] = [:]
  /// The setting as the caller writes it.
  private let spelled: String

  /// - Parameters:
  ///   - texts: one for each parameter.
  ///   - spelled: this setting as the caller writes it.
  /// - Throws: `Fault` if one is written otherwise, a parameter is out of range, or one name has
  ///   two priors.
  package init(_ texts: [String], spelled: String) throws(FitSettings.Fault) {
    self.spelled = spelled
    for text in texts { try add(text) }
  }

  private mutating func add(_ text: String) throws(FitSettings.Fault) {
    guard let tilde = text.lastIndex(of: "~") else { throw misspelt(text) }
    // R's name of the intercept stands for ours.
    let name = text[..<tilde].trimmed.replacing("(Intercept)", with: DesignColumn.interceptName)
    let prior = text[text.index(after: tilde)...].trimmed
    guard !name.isEmpty else { throw misspelt(text) }
    let isNormal = prior.prefixMatch(of: /normal\s*\(/) != nil
    let isTaken: Bool
    if isNormal {
      let normal = try normal(prior, of: name, in: text)
      isTaken = coefficients.updateValue(normal, forKey: name) != nil
    } else {
      let own = try ofStandardDeviation(prior, of: name, in: text)
      isTaken = standardDeviations.updateValue(own, forKey: name) != nil
    }
    if isTaken {
      throw FitSettings.Fault(description: "\(spelled) gives two priors for '\(name)'.")
    }
  }

  private func misspelt(_ text: String) -> FitSettings.Fault {
    FitSettings.Fault(
      description: "\(spelled) is written 'NAME ~ normal(MEAN, SD)' for a fixed effect, as in "
        + "\(spelled) 'Intercept ~ normal(-7, 5)', and 'sd(FACTOR) ~ PRIOR' for a standard "
        + "deviation, as in \(spelled) 'sd(site) ~ halfnormal(0.5)', not '\(text)'.")
  }

  private func normal(
    _ prior: String, of name: String, in text: String
  ) throws(FitSettings.Fault) -> NormalPrior {
    guard !name.hasPrefix("sd(") else {
      throw FitSettings.Fault(
        description: "\(spelled) '\(text)': a standard deviation takes \(SDPrior.notation).")
    }
    let pattern = /normal\s*\(\s*(?<mean>[^,]+?)\s*,\s*(?<sd>[^,]+?)\s*\)/
    guard let match = prior.wholeMatch(of: pattern), let mean = Double(match.mean),
      let sd = Double(match.sd), mean.isFinite
    else { throw misspelt(text) }
    guard Priors.supportedSDs.contains(sd) else {
      throw FitSettings.Fault(
        description: "\(spelled) '\(text)': the standard deviation must lie between 1e-6 and 1e6.")
    }
    return NormalPrior(mean: mean, standardDeviation: sd)
  }

  private func ofStandardDeviation(
    _ prior: String, of name: String, in text: String
  ) throws(FitSettings.Fault) -> SDPrior {
    let isNamed = name == "sd" || name.hasPrefix("sd(") && name.hasSuffix(")")
    let own: SDPrior
    do {
      own = try SDPrior(parsing: prior)
    } catch {
      guard isNamed else {
        throw FitSettings.Fault(
          description: "\(spelled) '\(text)': a fixed effect takes normal(MEAN, SD) and no other "
            + "prior, as in \(spelled) '\(name) ~ normal(0, 2.5)'; standard deviations, named "
            + "sd(FACTOR), take \(SDPrior.notation).")
      }
      throw FitSettings.Fault(description: "\(spelled) '\(text)': \(error.description)")
    }
    guard isNamed else {
      throw FitSettings.Fault(
        description: "\(spelled) '\(text)': this is a prior of a standard deviation, which is "
          + "named sd(FACTOR), sd(FACTOR:TERM) or, for all of them, sd; a fixed effect takes "
          + "normal(MEAN, SD).")
    }
    return own
  }
}
