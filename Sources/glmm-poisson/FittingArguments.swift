import ArgumentParser
import Foundation
import PoissonGLMM

/// How a model is made of data and fitted, whatever is then done with it.
struct FittingArguments: ParsableArguments {
  @Option(
    name: .customLong("reference"),
    help: ArgumentHelp(
      "The level of a factor that the others are compared with, in place of the first in sorted "
        + "order; may be given once for each factor.", valueName: "factor=level"))
  var references: [String] = []

  @Option(
    help: ArgumentHelp(
      "The column that says how many observations each row stands for (frequency weights: whole "
        + "numbers).", valueName: "column"))
  var weights: String?

  @OptionGroup(title: "How the data are written") var dataFormat: DataFormatArguments

  @Option(help: "The approximation of the posterior.")
  var approximation = FitOptions().approximation

  @Option(
    help: ArgumentHelp(
      "The distribution of a count given its mean mu: negative binomial ones have the variance mu "
        + "+ mu^2 / size, and zero-inflated ones a share of zeros of another kind."))
  var family = CountFamily.poisson

  @Option(help: "The prior standard deviation of each fixed effect.")
  var fixedPriorSd = Priors().fixedEffectSD

  @Option(
    help: "The prior standard deviation of the log of each random effect's standard deviation.")
  var logSdPriorSd = Priors().logSDSD

  @Option(
    help: ArgumentHelp(
      "The shape of the prior LKJ(shape) of correlated random effects: 1 is uniform, larger ones "
        + "keep correlations from -1 and 1."))
  var correlationShape = Priors().correlationShape

  @Option(
    name: .customLong("prior"),
    help: ArgumentHelp(
      "The prior of one fixed effect, as in 'Intercept ~ normal(-7, 5)', or of the standard "
        + "deviation of a random effect, as in 'sd(site) ~ halfnormal(0.5)', 'sd(site:x) ~ "
        + "halft(3, 1)' or, for all, 'sd ~ exponential(2)'; also pc(upper, probability) and "
        + "lognormal(mean, sd); may be given once for each.",
      valueName: "name ~ prior"))
  var ownPriors: [String] = []

  @Flag(help: "Centre and scale the columns of the fixed effects for the fit.")
  var standardize = false

  @Option(
    help: ArgumentHelp(
      "The number of threads, which does not change the results. (default: one per processor)"))
  var threads: Int?

  func validate() throws {
    do {
      _ = try FitSettings.references(references, spelled: "--reference")
      _ = try OwnPriors(ownPriors, spelled: "--prior")
    } catch {
      throw ValidationError(error.description)
    }
    try settings.validateOptions()
  }

  /// An option that says how to fit, and has no use for a fit that was saved; nil if there is none.
  var fittingOption: String? {
    if !references.isEmpty { return "--reference" }
    if weights != nil { return "--weights" }
    if approximation != FitOptions().approximation { return "--approximation" }
    if family != .poisson { return "--family" }
    if fixedPriorSd != Priors().fixedEffectSD { return "--fixed-prior-sd" }
    if logSdPriorSd != Priors().logSDSD { return "--log-sd-prior-sd" }
    if correlationShape != Priors().correlationShape { return "--correlation-shape" }
    if !ownPriors.isEmpty { return "--prior" }
    return standardize ? "--standardize" : nil
  }

  /// What was asked for.
  var settings: FitSettings {
    var settings = FitSettings()
    settings.dataFormat = dataFormat.format
    // What is wrong with them is said when the arguments are validated.
    settings.references =
      (try? FitSettings.references(references, spelled: "--reference")) ?? [:]
    settings.weights = weights
    settings.approximation = approximation
    settings.family = family
    let own = try? OwnPriors(ownPriors, spelled: "--prior")
    settings.priors = Priors(
      fixedEffectSD: fixedPriorSd, logSDSD: logSdPriorSd, correlationShape: correlationShape,
      coefficients: own?.coefficients ?? [:], standardDeviations: own?.standardDeviations ?? [:])
    settings.standardizes = standardize
    settings.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    return settings
  }
}

extension FitSettings {
  /// Requires that all numbers are in their ranges, which messages call by the options' names.
  func validateOptions() throws {
    do {
      try validate { "--" + $0.replacing("_", with: "-") }
    } catch {
      throw ValidationError(error.description)
    }
  }
}

extension Approximation: ExpressibleByArgument {}
extension CountFamily: ExpressibleByArgument {}
