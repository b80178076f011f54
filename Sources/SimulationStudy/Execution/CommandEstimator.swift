import PoissonGLMM

/// Another program as a method under study.
struct CommandEstimator: Estimator {
  let name: String
  let command: ExternalCommand
  let pool: CommandPool
  let priors: Priors
  let alpha: Double

  /// - Throws: `ProgramError` if there is no answer that can be used; `CancellationError` if the
  ///   study is stopping.
  func estimate(_ data: ClusteredCounts) throws -> EstimationResult {
    try pool.fit(
      command, parameters: data.fixedNames + data.randomNames.map(Scenario.logSDParameter)
    ) { number in
      CommandRequest(
        number, data, alpha: alpha,
        priors: .init(fixedEffectSD: priors.fixedEffectSD, logSDSD: priors.logSDSD))
    }
  }
}
