/// How data are read and a model is fitted and reported, whoever asks for it.
package struct FitSettings: Sendable, Equatable {
  /// How CSV files are written.
  package var dataFormat = CSVFormat()
  /// The levels with which others are compared, by the names of their factors.
  package var references: [String: String] = [:]
  /// The column that says how often each row counts.
  package var weights: String?
  /// How the posterior is approximated.
  package var approximation = FitOptions().approximation
  /// The distribution of a count given its mean.
  package var family = CountFamily.poisson
  /// Intervals hold a probability of 1 - alpha.
  package var alpha = 0.05
  /// The priors of the parameters.
  package var priors = Priors()
  /// Whether the columns of the fixed effects are centred and scaled for the fit.
  package var standardizes = false
  /// How many threads a fit may use; the results do not depend on it.
  package var threads = 1
  /// Linear combinations of the coefficients that are reported.
  package var contrasts: [String] = []
  /// Factors whose marginal means are reported.
  package var means: [String] = []
  /// Factors of whose marginal means all differences are reported.
  package var pairs: [String] = []
  /// Whether it is reported what the variances mean.
  package var variances = false

  package init() {}

  /// Why settings cannot be used: one sentence.
  package struct Fault: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// Requires that all numbers are in their ranges.
  /// - Parameter spelled: a setting as the caller writes it, by its name, which has words in lower
  ///   case with `_` between them.
  package func validate(spelled: (_ name: String) -> String) throws(Fault) {
    func require(
      _ holds: Bool, _ name: String, _ what: String, _ found: some CustomStringConvertible
    )
      throws(Fault)
    {
      if !holds { throw Fault(description: "\(spelled(name)) must \(what), not \(found).") }
    }
    try require(alpha > 0 && alpha < 1, "alpha", "lie between 0 and 1", alpha)
    let sds = [
      ("fixed_prior_sd", priors.fixedEffectSD), ("log_sd_prior_sd", priors.logSDSD),
    ]
    for (name, sd) in sds {
      try require(Priors.supportedSDs.contains(sd), name, "lie between 1e-6 and 1e6", sd)
    }
    try require(
      Priors.supportedShapes.contains(priors.correlationShape), "correlation_shape",
      "lie between 1 and 1000", priors.correlationShape)
    try require(threads >= 1, "threads", "be 1 or more", threads)
    guard priors.coefficients.isEmpty || !standardizes else {
      throw Fault(
        description: "\(spelled("prior")) of a fixed effect is about its column as it is, and "
          + "cannot be given with \(spelled("standardize")).")
    }
  }

  /// The levels that others are compared with, from texts such as `site=GP`.
  /// - Parameter spelled: this setting as the caller writes it.
  package static func references(
    _ texts: [String], spelled: String
  ) throws(Fault) -> [String: String] {
    var references: [String: String] = [:]
    for text in texts {
      guard text.dropFirst().dropLast().contains("="), let equals = text.firstIndex(of: "=") else {
        throw Fault(
          description: "\(spelled) is written FACTOR=LEVEL, as in \(spelled) site=GP, not "
            + "'\(text)'.")
      }
      let factor = String(text[..<equals])
      let level = String(text[text.index(after: equals)...])
      guard references.updateValue(level, forKey: factor) == nil else {
        throw Fault(description: "\(spelled) gives two levels for '\(factor)'.")
      }
    }
    return references
  }

  /// The options of the fit itself.
  package func options(keepsRandomEffects: Bool) -> FitOptions {
    FitOptions(
      approximation: approximation, threads: threads, standardizes: standardizes,
      keepsRandomEffects: keepsRandomEffects)
  }
}
