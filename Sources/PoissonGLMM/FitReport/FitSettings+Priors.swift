extension FitSettings {
  /// The priors of single fixed effects by their names, from texts such as
  /// `Intercept ~ normal(-7, 5)`.
  /// - Parameter spelled: this setting as the caller writes it.
  package static func priors(
    _ texts: [String], spelled: String
  ) throws(Fault) -> [String: NormalPrior] {
    var priors: [String: NormalPrior] = [:]
    for text in texts {
      let (name, prior) = try prior(text, spelled: spelled)
      guard priors.updateValue(prior, forKey: name) == nil else {
        throw Fault(description: "\(spelled) gives two priors for '\(name)'.")
      }
    }
    return priors
  }

  private static func prior(
    _ text: String, spelled: String
  ) throws(Fault) -> (name: String, prior: NormalPrior) {
    let pattern = /\s*(?<name>.*\S)\s*~\s*normal\(\s*(?<mean>[^,]+?)\s*,\s*(?<sd>[^,]+?)\s*\)\s*/
    guard let match = text.wholeMatch(of: pattern), let mean = Double(match.mean),
      let sd = Double(match.sd), mean.isFinite
    else {
      throw Fault(
        description: "\(spelled) is written 'NAME ~ normal(MEAN, SD)', as in \(spelled) "
          + "'Intercept ~ normal(-7, 5)', not '\(text)'.")
    }
    guard Priors.supportedSDs.contains(sd) else {
      throw Fault(
        description: "\(spelled) '\(text)': the standard deviation must lie between 1e-6 and 1e6.")
    }
    return (String(match.name), NormalPrior(mean: mean, standardDeviation: sd))
  }
}
