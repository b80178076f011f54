import PlatformEssentials

/// Looks for a second mode of q(s) far from the first, which a lattice that grows outwards would
/// miss.
///
/// Where the fixed effects' prior pulls hard, at an intercept of -12 under N(0, 2^2) say, the
/// random effects can take the place of the fixed ones: b is then near 0, and the SDs are as large
/// as b would have to be. That costs each group about log(level / SD), where `level` is that size
/// of b, and gains the penalty sum b^2 / (2 tau^2). That can pay only with few groups and an
/// intercept far from its prior.
enum DistantMode {
  /// A mode that is lower than the other by more than this is left out: its weight is 1e-7, which
  /// at a distance of up to 100 SDs adds 1e-3 of a variance.
  private static let depth = 16.0
  /// With a smaller penalty there is no second mode.
  private static let smallestPenalty = 2.0
  /// A second rise of the log density by less than this is not a mode.
  private static let smallestRise = 0.5
  private static let maximumPoints = 200

  /// How far from the mode's center, by axis and in its conditional SDs, the lattice has to go; nil
  /// if it need go no farther than it does anyway.
  static func reach(
    _ fitter: LogSDEvaluator, mode: LogSDMode, model: PoissonMixedModel
  ) -> [ClosedRange<Int>]? {
    let sd = model.priors.fixedEffectSD
    let squares = mode.fit.optimum.posterior.fixedMean.reduce(0) { $0 + $1 * $1 }
    let penalty = 0.5 * squares / (sd * sd)
    let level = 0.5 * log(squares)
    var reach = mode.center.map { _ in 0...0 }
    for (k, s) in mode.center.enumerated() where penalty > smallestPenalty && level > s {
      let prior = mode.priors[k]
      let priorGain = prior.logDensity(at: prior.mode) - prior.logDensity(at: s)
      let cost = Double(model.groupCount) * (level - s)
      guard penalty + priorGain + depth > cost else { continue }
      reach[k] = 0...farthest(fitter, mode: mode, axis: k, peak: mode.fit.logDensity, beyond: level)
    }
    return reach.allSatisfy { $0 == 0...0 } ? nil : reach
  }

  /// The last point with weight after a valley; 0 if there is none.
  private static func farthest(
    _ fitter: LogSDEvaluator, mode: LogSDMode, axis: Int, peak: Double, beyond level: Double
  ) -> Int {
    let step = mode.conditionalSDs[axis]
    var (best, lowest) = (peak, peak)
    var (found, state) = (0, mode.state)
    for index in 1...maximumPoints {
      var logSDs = mode.center
      logSDs[axis] += Double(index) * step
      guard let fit = try? fitter.fit(at: logSDs, from: state) else { break }
      state = fitter.state
      let value = fit.logDensity
      lowest = min(lowest, value)
      best = max(best, value)
      if value > lowest + smallestRise && value > best - depth { found = index }
      // An SD beyond the level gains nothing more.
      if logSDs[axis] > level + 1 && value < best - depth { break }
    }
    return found
  }
}
