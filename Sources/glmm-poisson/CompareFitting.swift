import ArgumentParser
import Foundation
import PoissonGLMM

/// How `compare` fits.
struct CompareFitting: ParsableArguments {
  @Option(help: "The approximation of the posterior.")
  var approximation = FitOptions().approximation

  @Option(help: "The prior standard deviation of each fixed effect.")
  var fixedPriorSd = Priors().fixedEffectSD

  @Option(
    help: "The prior standard deviation of the log of each random effect's standard deviation.")
  var logSdPriorSd = Priors().logSDSD

  @Option(
    help: ArgumentHelp(
      "The number of threads, which does not change the results. (default: one per processor)"))
  var threads: Int?

  func validate() throws {
    var settings = FitSettings()
    settings.priors = priors
    settings.threads = threads ?? settings.threads
    try settings.validateOptions()
  }

  var priors: Priors { Priors(fixedEffectSD: fixedPriorSd, logSDSD: logSdPriorSd) }

  var options: FitOptions {
    FitOptions(
      approximation: approximation,
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, keepsRandomEffects: true)
  }
}
