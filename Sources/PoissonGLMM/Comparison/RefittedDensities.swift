import PlatformEssentials

extension PoissonMixedModelFit {
  /// Held-out densities in which those that are not to be trusted come from fits without their
  /// rows, as differences of log evidences:
  ///
  ///     log p(y_g | others) = log p(y) - log p(y without y_g)
  ///
  /// Nothing is replaced where the fit has no log evidence, the columns were standardized (the
  /// prior would then be another), or the fits would take long.
  /// - Parameters:
  ///   - density: of sets of rows, as `leaveOneOut` and `leaveOneGroupOut` find it.
  ///   - rows: the rows of the frame in each set.
  ///   - model: the model that this is a fit of.
  ///   - frame: the frame that the model is of.
  ///   - options: those of this fit. With several threads fits run side by side, with the same
  ///     results.
  /// - Returns: the densities, of which `refitted` names those that were replaced.
  /// - Throws: `FitError` where the `FitLimit` is reached.
  public func refitting(
    _ density: HeldOutDensity, rows: [[Int]], model: PoissonMixedModel, frame: ModelFrame,
    options: FitOptions
  ) throws(FitError) -> HeldOutDensity {
    let untrusted = density.untrusted
    guard let logEvidence, !options.standardizes, !untrusted.isEmpty,
      untrusted.count * model.rowCount <= Self.mostRefittedRows
    else { return density }
    var single = options
    single.threads = 1
    single.keepsRandomEffects = false
    single.combinations = []
    let oneThread = single
    var pool = WorkerPool<Void>()
    let outcomes = try pool.run(
      count: untrusted.count, threads: options.threads,
      makeWorkspace: { () throws(FitError) in },
      body: { _, index in
        try? Self.logEvidence(without: rows[untrusted[index]], of: model, frame, oneThread)
      })
    try FitLimit.check()
    var result = density
    for (index, rest) in zip(untrusted, outcomes) {
      if let rest { result.replace(index, by: logEvidence - rest) }
    }
    return result
  }

  /// The rows of all fits together: some ten seconds of ordinary ones.
  private static let mostRefittedRows = 200_000

  /// - Returns: nil if the fit has none, or has not converged.
  private static func logEvidence(
    without rows: [Int], of model: PoissonMixedModel, _ frame: ModelFrame, _ options: FitOptions
  ) throws -> Double? {
    let left = Set(rows)
    let kept = frame.counts.indices.filter { !left.contains($0) }
    func column(_ column: DesignColumn) -> DesignColumn {
      DesignColumn(name: column.name, values: kept.map { column.values[$0] })
    }
    let rest = try PoissonMixedModel(
      counts: kept.map { frame.counts[$0] }, fixed: frame.fixed.map(column),
      factors: frame.factors.map { factor in
        RandomFactor(
          name: factor.name,
          grouping: Grouping(
            keys: kept.map { factor.grouping.groupOfRow[$0] }, label: { factor.grouping.labels[$0] }
          ), terms: factor.terms.map(column), correlatedSets: factor.correlatedSets)
      }, offset: frame.offset.map { offset in kept.map { offset[$0] } }, priors: model.priors,
      family: model.family)
    let fit = try rest.fit(options)
    return fit.optimization.converged ? fit.logEvidence : nil
  }
}
