import ArgumentParser
import PoissonGLMM

/// The command `glmm-poisson`.
@main
struct GLMMPoisson: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glmm-poisson",
    abstract: "Poisson generalized linear mixed models by variational Bayes.",
    version: packageVersion,
    subcommands: [
      Fit.self, Predict.self, Compare.self, Call.self, Simulate.self, Study.self,
    ])
}
