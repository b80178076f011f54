import GSLNumerics
import PlatformEssentials

extension PoissonMixedModel {
  /// Tests of what the model assumes, on the data it was fitted to: the dispersion of the counts,
  /// the number of zeros, the distribution of the quantile residuals, the most extreme row, and the
  /// normality of each random term. Where the model holds, each p value is about uniform.
  ///
  /// They rest on a few draws of all parameters from the posterior. Given such a draw the counts
  /// are independent numbers of their family, if the model holds, although the same counts gave the
  /// posterior; see `CheckDraw`. The draws' random numbers follow from the counts.
  ///
  /// For families other than Poisson draws are those of the Gaussian approximation, and nothing is
  /// said of the random terms.
  /// - Parameters:
  ///   - fit: a fit of this model.
  ///   - threads: how many to use; the results have the same bits whatever it is.
  ///   - rowName: what a row is called, counted from 0; `row 1` and so on if nil.
  /// - Returns: no check that the data say too little for, and none where numbers leave the range
  ///   of doubles.
  public func checks(
    of fit: PoissonMixedModelFit, threads: Int = 1, rowName: ((Int) -> String)? = nil
  ) -> [ModelCheck] {
    guard let posterior = posteriorChecks(of: fit, threads: threads) else { return [] }
    return CheckSentences(self, rowName: rowName).checks(posterior)
  }

  private func posteriorChecks(of fit: PoissonMixedModelFit, threads: Int) -> PosteriorChecks? {
    guard let drawer = CheckDrawer(self, fit.posterior) else { return nil }
    return PosteriorChecks(drawer.outcomes(threads: threads))
  }
}

/// Draws from a posterior, and what each says.
struct CheckDrawer: Sendable {
  private let rows: CheckRows
  private let posterior: Posterior
  private let layout: HyperparameterLayout
  private let family: CountFamily
  /// nil where every random effect is independent of all others given the fixed effects.
  private let start: GaussianStart?
  private let rounds: Int

  /// As many rows are drawn in all beyond those of the fewest draws. Where rows are many the draws
  /// differ little beside what the data say, and a few of them keep the checks below half the time
  /// of a fit.
  private static let rowsInAll = 7_000
  private static let mostDraws = 20
  private static let fewestDraws = 3

  /// - Returns: nil if the data cannot be laid out.
  init?(_ model: PoissonMixedModel, _ posterior: Posterior) {
    self.posterior = posterior
    family = model.family
    let isSimple = model.design == nil && model.randomNames.count == 1
    layout = HyperparameterLayout(
      model.factors.map { CovarianceStructure(setSizes: $0.correlatedSets.map(\.count)) })
    if isSimple {
      rows = CheckRows(model.data)
      start = nil
      rounds = 1
      return
    }
    let design = model.design ?? DesignData(model.data, factor: model.factors.first)
    guard !model.factors.isEmpty else {
      rows = CheckRows(
        design, order: Array(design.counts.indices),
        origins: model.design == nil ? model.data.rowOrder : nil)
      start = nil
      rounds = family == .poisson ? 1 : 0
      return
    }
    guard
      let problem = try? GeneralProblem(
        design, priors: model.priors, largestTrailingBlock: nil)
    else { return nil }
    rows = CheckRows(
      design, order: problem.layout.rowOrder,
      origins: model.design == nil ? model.data.rowOrder : nil)
    start =
      problem.layout.pattern.denseOrder > EffectLayout.largestTrailingBlock
      ? nil
      : GaussianStart(
        problem, posterior,
        hyperparameters: Self.hyperparameters(
          layout, logSDs: posterior.logSDMean,
          partialCorrelations: posterior.partialCorrelationMean) + posterior.familyMean)
    rounds =
      family != .poisson ? 0 : start == nil ? Self.roundsFromMeans : Self.roundsFromDraw
  }

  private static let roundsFromDraw = 2
  private static let roundsFromMeans = 10

  /// What each draw says; the first has the residuals too.
  func outcomes(threads: Int) -> [PosteriorChecks.Outcome] {
    let draws = min(Self.mostDraws, Self.fewestDraws + Self.rowsInAll / max(1, rows.count))
    return forEachDraw(draws, threads: threads) { .init($0, residuals: $1 == 0) }
  }

  /// For each draw the number of rows that are expected in each bin of counts.
  /// - Parameter starts: the smallest count of each bin, from 0; the last bin has no end.
  func expectedFrequencies(starts: [Int], draws: Int) -> [[Double]] {
    forEachDraw(draws, threads: 1) { draw, _ in
      var frequencies = [Double](repeating: 0, count: starts.count)
      for row in 0..<rows.count {
        let mean = exp(draw.predictors.pointer[row])
        var below = 0.0
        for bin in starts.indices where below < 1 {
          let upTo =
            bin + 1 < starts.count
            ? draw.cumulative(Double(starts[bin + 1] - 1), rate: mean) : 1
          frequencies[bin] += upTo - below
          below = upTo
        }
      }
      return frequencies
    }
  }

  private func forEachDraw<Result: Sendable>(
    _ draws: Int, threads: Int, _ body: @Sendable (CheckDraw, _ number: Int) -> Result
  ) -> [Result] {
    var pool = WorkerPool<PrecisionFactor?>()
    return pool.run(
      count: draws, threads: threads,
      makeWorkspace: { () throws(Never) in start.map { PrecisionFactor($0.problem.layout) } },
      body: { factor, number in draw(number, factor).map { body($0, number) } }
    ).compactMap { $0 }
  }

  /// A draw of all parameters; nil where there is none.
  private func draw(_ number: Int, _ factor: PrecisionFactor?) -> CheckDraw? {
    guard let draw = CheckDraw(rows, number: number) else { return nil }
    let stream = draw.stream
    let components = posterior.components
    guard let index = stream.category(weights: components.map(\.weight)) else { return nil }
    let gaussian = components[index].gaussian
    func values(_ means: [Double], _ variances: [Double]) -> [Double] {
      zip(means, variances).map { $0 + $1.squareRoot() * stream.normal() }
    }
    let phi = Self.hyperparameters(
      layout, logSDs: values(gaussian.logSDMean, gaussian.logSDVariance),
      partialCorrelations: values(gaussian.correlationMean, gaussian.correlationVariance))
    if let start, let factor {
      guard start.start(draw, hyperparameters: phi, factor) else { return nil }
    } else {
      draw.precisions = layout.precisions(at: phi)
      var next = 0
      for effects in draw.effects {
        for index in 0..<effects.count {
          effects.pointer[index] = posterior.randomMean[next + index]
        }
        next += effects.count
      }
      let p = gaussian.fixedMean.count
      let root = DoubleStorage(gaussian.fixedCovariance.elements)
      SmallCholesky.factor(root.pointer, order: p)
      let noise = (0..<p).map { _ in stream.normal() }
      draw.setPredictors(
        fixedEffects: gaussian.fixedMean.enumerated().map { c, mean in
          (0...c).reduce(mean) { $0 + root.pointer[c * p + $1] * noise[$1] }
        })
    }
    if family != .poisson {
      draw.distribution = CountDistribution(
        family, parameters: values(gaussian.familyMean, gaussian.familyVariance))
    }
    draw.drawEffects(rounds: rounds)
    return draw
  }

  /// phi from its log SDs and its correlations' parameters.
  private static func hyperparameters(
    _ layout: HyperparameterLayout, logSDs: [Double], partialCorrelations: [Double]
  ) -> [Double] {
    var (logSDs, correlations) = (logSDs[...], partialCorrelations[...])
    return layout.isLogSD.map {
      ($0 ? logSDs.popFirst() : correlations.popFirst()) ?? 0
    }
  }
}
