extension PoissonMixedModel {
  /// A fit under `corrected`, with their own densities for the fixed effects that no normal
  /// distribution is near.
  /// - Parameters:
  ///   - start: E b in this model's columns.
  ///   - effectMatrix: M, p x p, where the fixed effects that are reported are M b.
  func withLines(
    _ fit: ApproximatedPosterior, start: [Double], _ effectMatrix: Matrix?, _ options: FitOptions
  ) throws(FitError) -> ApproximatedPosterior {
    let p = fixedNames.count
    let reported = (0..<p).map { c in
      effectMatrix.map { Array($0.row(c)) } ?? (0..<p).map { $0 == c ? 1 : 0 }
    }
    guard
      let lines = try FixedEffectLines(
        self, start: start, logSDs: fit.posterior.logSDs, threads: options.threads)
    else { return fit }
    let departing = lines.departing(reported)
    guard !departing.isEmpty else { return fit }
    let found = try lines.posterior(of: departing.map { reported[$0] })
    let densities = Dictionary(uniqueKeysWithValues: zip(departing, found.combinations))
    return ApproximatedPosterior(
      posterior: fit.posterior.replacing(fixed: densities, logSDs: found.logSDs),
      evidenceLowerBound: fit.evidenceLowerBound, logEvidence: found.logEvidence,
      optimization: fit.optimization, warnings: fit.warnings)
  }

  /// The posterior of a linear combination w'b of the fixed effects of a fit under `corrected`,
  /// where no normal distribution is near it.
  /// - Parameters:
  ///   - weights: w, p numbers in the order of the fixed effects.
  ///   - fit: of this model.
  ///   - options: those of the fit.
  /// - Returns: nil where the mixture of the posterior's components serves: under the other
  ///   approximations, for several grouping factors or correlated terms, and where that mixture is
  ///   near enough.
  func density(
    ofCombination weights: [Double], of fit: PoissonMixedModelFit, _ options: FitOptions
  ) throws(FitError) -> Marginal? {
    guard options.approximation == .corrected, weights.contains(where: { $0 != 0 }) else {
      return nil
    }
    let standardization = options.standardizes ? Standardization(self) : nil
    let model = standardization.map { PoissonMixedModel(self, standardizedBy: $0) } ?? self
    // With b = M beta it is (M'w)' beta.
    let own = standardization.map { $0.matrix.transposed * weights } ?? weights
    guard
      let lines = try FixedEffectLines(
        model, start: standardization == nil ? fit.posterior.fixedMean : nil,
        logSDs: fit.posterior.logSDs, threads: options.threads),
      lines.departing([own]) == [0]
    else { return nil }
    return try lines.posterior(of: [own]).combinations[0]
  }
}
