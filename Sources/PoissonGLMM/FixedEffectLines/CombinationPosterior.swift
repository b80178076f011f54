import PlatformEssentials

/// The posterior of linear combinations w'b of the fixed effects, integrated over the log SDs,
/// where no Gaussian is near enough.
///
/// At each point s of a lattice over the log SDs the log density of w'b times p(y | s) is followed
/// along a line of held values. The sum over the lattice is the density of w'b; the integrals of
/// the lines are p(y | s), from which the log SDs' own distributions and the evidence follow.
struct CombinationPosterior {
  /// The distribution of each combination.
  let combinations: [Marginal]
  /// The distribution of each log SD.
  let logSDs: [Marginal]
  /// log p(y)
  let logEvidence: Double
  /// The largest share of one value of a log SD: near 1 where the lattice has missed the posterior.
  private let largestShare: Double
  /// Whether the lattice has the posterior of the log SDs.
  var isResolved: Bool { largestShare < 0.9 }

  /// The same at one s: the log SDs and the evidence stay as they are known. With rows so many that
  /// lines are dear, the log SDs are known well, and the lines at other values are the same.
  /// - Parameter logEvidence: log p(y); by default the integral of the first line, which it is
  ///   where there are no log SDs.
  init(
    _ weights: [[Double]], of density: any FixedEffectDensity, scales: [Double],
    from peak: ConditionalPeak, at logSDs: [Marginal], logEvidence: Double?, evaluations: Double
  ) throws(FitError) {
    let means = logSDs.map(\.mean)
    var found: [Marginal] = []
    var integrals: [Double] = []
    for weights in weights {
      let integral = FixedEffectIntegral(density, scales: scales)
      let explored = integral.explore(
        weights, logSDs: means, start: peak.position, evaluations: Int(evaluations))
      guard
        let line = explored ?? integral.line(weights, logSDs: means, start: peak.position)
      else { throw Self.noPeak }
      guard let mixture = Self.mixture([(line.density, 0)]) else { throw Self.noPeak }
      found.append(mixture)
      integrals.append(line.density.logIntegral)
    }
    combinations = found
    self.logSDs = logSDs
    self.logEvidence = logEvidence ?? integrals.first ?? .nan
    largestShare = 0
  }

  private static let noPeak = FitError(
    "The posterior of the fixed effects has no peak that could be found.")

  /// Where the log SDs are, about.
  struct LogSDGuess {
    let means: [Double]
    let standardDeviations: [Double]
  }

  /// The distance of points of the lattice from an SD of a log SD.
  ///
  /// Points one SD apart are exact to 1e-3 or better where data tell the log SDs. Where they do
  /// not, the density of an effect moves by its own width from one SD to the next, so that such
  /// points, the only ones that are affordable with three log SDs, leave ripples in its tail.
  private static func step(_ sd: Double, dimensions: Int) -> Double {
    let share = sd < 0.6 ? 0.8 : dimensions == 1 ? 0.5 : dimensions == 2 ? 0.7 : 1
    return max(share * min(sd, LogSDMode.longestStep), 1e-8)
  }

  /// The points of the lattice, about.
  private static func expectedPoints(_ dimensions: Int) -> Double {
    [1, 25, 200, 620][min(dimensions, 3)]
  }

  /// - Parameters:
  ///   - weights: w of each combination, p numbers, not all 0.
  ///   - guess: about the mean and the SD of each log SD.
  ///   - priors: those of the log SDs.
  ///   - peak: of p(y, b | s) at the guessed means.
  ///   - evaluations: how often p(y, b | s) may be evaluated for each combination, about. With
  ///     fewer than would be needed the effects that are held farthest inside are integrated out by
  ///     Laplace's approximation.
  /// - Throws: `FitError` if a line could not be followed where the posterior is.
  init(
    _ weights: [[Double]], of density: any FixedEffectDensity, scales: [Double],
    from peak: ConditionalPeak, guess: LogSDGuess, priors: [LogSDPrior], evaluations: Double
  ) throws(FitError) {
    let integrals = weights.map { _ in FixedEffectIntegral(density, scales: scales) }
    for (integral, weights) in zip(integrals, weights) {
      integral.explore(
        weights, logSDs: guess.means, start: peak.position,
        evaluations: Int(evaluations / Self.expectedPoints(guess.means.count)))
    }
    // The lines of all combinations by the lattice's points, and whether some were not followed.
    var (lines, isCut): ([[LogDensityLine]], Bool) = ([], false)
    let lattice = try LogSDLattice(
      center: guess.means,
      steps: guess.standardDeviations.map { Self.step($0, dimensions: guess.means.count) },
      priors: priors, from: DoubleStorage(peak.position)
    ) { (logSDs, start) throws(FitError) in
      var starts = start.array
      var found: [LogDensityLine] = []
      for (integral, weights) in zip(integrals, weights) {
        guard let line = integral.line(weights, logSDs: logSDs, start: starts),
          line.density.logIntegral.isFinite
        else {
          // The lattice begins at its center.
          guard !lines.isEmpty else { throw Self.noPeak }
          isCut = true
          return nil
        }
        found.append(line.density)
        starts = line.start
      }
      let prior = zip(priors, logSDs).reduce(0) { $0 + $1.0.logDensity(at: $1.1) }
      lines.append(found)
      let point = LogSDPoint(
        logSDs: logSDs, logBound: prior, evidenceGap: found.first?.logIntegral ?? 0,
        gradient: zip(priors, logSDs).map { $0.slope(at: $1) }, parts: [])
      return (point, DoubleStorage(starts))
    }
    guard !lines.isEmpty else {
      throw Self.noPeak
    }
    let volumes = lattice.points.map { lattice.logVolume($0.index) }
    let masses = zip(lattice.points, volumes).map { $0.value.logDensity + $1 }
    let top = masses.max() ?? 0
    let total = masses.reduce(0) { $0 + exp($1 - top) }
    logEvidence = top + log(total)
    logSDs = guess.means.indices.map { lattice.marginal(of: $0) }
    // The shares of the values of each log SD.
    let shares = guess.means.indices.map { k in
      zip(lattice.points, masses).reduce(into: [Int: Double]()) { shares, point in
        shares[point.0.index[k], default: 0] += exp(point.1 - top) / total
      }
    }
    largestShare = shares.reduce(0) { max($0, $1.values.max() ?? 0) }
    let atEnds = shares.flatMap { own in
      [own.keys.min(), own.keys.max()].compactMap { $0.flatMap { own[$0] } }
    }
    guard !isCut || (atEnds.max() ?? 0) < Self.largestShareOfEnd else { throw Self.noPeak }
    combinations = weights.indices.compactMap { index in
      Self.mixture(
        zip(lines, zip(lattice.points, volumes)).map { lines, point in
          (lines[index], point.0.value.logBound + point.1)
        })
    }
    guard combinations.count == weights.count, logEvidence.isFinite else { throw Self.noPeak }
  }

  /// Where lines cannot be followed the lattice ends. Its last points then have no larger share,
  /// as those of one that ends by itself have 1e-4.
  private static let largestShareOfEnd = 0.02
  /// The least share of a point of the lattice whose line is used.
  private static let leastShare = 1e-7
  /// The points of the sum of lines lie closer than this share of its SD, near its middle.
  private static let largestGap = 0.08

  /// As many points are put between two at most.
  private static let mostParts = 100.0

  /// The normalized sum of densities along lines, each times the exponential of a number.
  /// - Returns: nil where no line has a mass that is a number.
  static func mixture(_ lines: [(line: LogDensityLine, logFactor: Double)]) -> Marginal? {
    let masses = lines.map { $0.line.logIntegral + $0.logFactor }
    let top = masses.max() ?? 0
    let used = zip(lines, masses).filter { $0.1 > top + log(leastShare) }.map(\.0)
    guard !used.isEmpty else { return nil }
    let first = density(used, at: Set(used.flatMap(\.line.positions)).sorted())
    guard first.mean.isFinite, first.standardDeviation > 0, first.standardDeviation.isFinite else {
      return nil
    }
    // Where points are far apart for the density's width more are put between them.
    let gap = largestGap * first.standardDeviation
    let (low, high) = (first.quantile(1e-5), first.upperTailQuantile(1e-5))
    var positions: [Double] = []
    for point in first.points.map(\.position) {
      if let last = positions.last, point > low, last < high, point - last > gap {
        let parts = min(((point - last) / gap).rounded(.up), mostParts)
        for part in 1..<Int(parts) {
          positions.append(last + Double(part) / parts * (point - last))
        }
      }
      positions.append(point)
    }
    return Marginal(density(used, at: positions))
  }

  private static func density(
    _ lines: [(line: LogDensityLine, logFactor: Double)], at positions: [Double]
  ) -> LatticeDensity {
    var (values, slopes): ([Double], [Double]) = ([], [])
    for x in positions {
      let known = lines.map { line, logFactor in
        let (value, slope) = line.value(at: x)
        return (value: value + logFactor, slope: slope)
      }
      let top = known.map(\.value).max() ?? 0
      let total = known.reduce(0) { $0 + exp($1.value - top) }
      values.append(top + log(total))
      slopes.append(known.reduce(0) { $0 + exp($1.value - top) * $1.slope } / total)
    }
    let widths = positions.indices.map { index in
      0.5
        * (positions[min(index + 1, positions.count - 1)] - positions[max(index - 1, 0)])
    }
    return LatticeDensity(
      positions: positions, widths: widths, logDensities: values, slopes: slopes)
  }
}
