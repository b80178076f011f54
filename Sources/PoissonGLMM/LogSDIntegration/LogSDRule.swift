import PlatformEssentials

extension IntegratedFit {
  /// A quadrature over the log SDs, with their distributions and the evidence that it gives.
  struct Rule {
    let points: [LogSDPoint]
    let fits: [LogSDEvaluation]
    /// The masses of the points, which add up to 1.
    let weights: [Double]
    let logSDs: [Marginal]
    /// The logs of the integrals of exp(F(s)) p(s), and of that times exp(evidence gap).
    let bound: Double
    let logEvidence: Double

    init(_ lattice: LogSDLattice, fits: [LogSDEvaluation]) {
      points = lattice.points.map(\.value)
      self.fits = fits
      let logVolumes = lattice.points.map { lattice.logVolume($0.index) }
      let logMasses = zip(points, logVolumes).map { $0.logDensity + $1 }
      weights = Self.normalized(logMasses)
      bound = Self.logSum(zip(points, logVolumes).map { $0.logBound + $1 })
      logEvidence = Self.logSum(logMasses)
      logSDs = lattice.center.indices.map { lattice.marginal(of: $0) }
    }

    private static func logSum(_ logs: [Double]) -> Double {
      let peak = logs.max() ?? 0
      return peak + log(logs.reduce(0) { $0 + exp($1 - peak) })
    }

    private static func normalized(_ logWeights: [Double]) -> [Double] {
      let peak = logWeights.max() ?? 0
      let weights = logWeights.map { exp($0 - peak) }
      let total = weights.reduce(0, +)
      return weights.map { $0 / total }
    }
  }

  /// A lattice on polynomials through few fits; nil where they would not be near enough.
  static func interpolated(
    _ fitter: LogSDEvaluator, mode: LogSDMode
  ) throws(FitError) -> Rule? {
    guard let surface = LogSDSurface(fitter, mode: mode),
      let lattice = try LogSDLattice(surface, mode: mode)
    else { return nil }
    let rule = Rule(lattice, fits: surface.fits)
    return surface.isSettled(rule.points, weights: rule.weights) ? rule : nil
  }
}

extension LogSDLattice {
  /// The marginal density of log SD k: sums over the other axes, with the slopes that follow.
  func marginal(of k: Int) -> Marginal {
    let peak = points.map(\.value.logDensity).max() ?? 0
    let indices = points.map { $0.index[k] }
    let lowest = indices.min() ?? 0
    let highest = indices.max() ?? 0
    var masses = [Double](repeating: 0, count: highest - lowest + 1)
    var slopes = masses
    let evidenceGaps = Dictionary(
      points.map { ($0.index, $0.value.evidenceGap) }, uniquingKeysWith: { first, _ in first })
    for point in points {
      let otherWidths = point.index.indices.reduce(0) {
        $0 + ($1 == k ? 0 : logWidth(point.index[$1]))
      }
      let mass = exp(point.value.logDensity - peak + otherWidths)
      masses[point.index[k] - lowest] += mass
      slopes[point.index[k] - lowest] +=
        mass * (point.value.gradient[k] + evidenceGapSlope(at: point, along: k, evidenceGaps))
    }
    return Marginal(
      LatticeDensity(
        positions: (lowest...highest).map { position($0, axis: k) },
        widths: (lowest...highest).map { steps[k] * exp(logWidth($0)) },
        logDensities: masses.map { log($0) }, slopes: zip(slopes, masses).map { $0 / $1 }))
  }

  /// The derivative of the evidence gap by differences between neighbours: it is small and smooth.
  private func evidenceGapSlope(at point: Point, along k: Int, _ evidenceGaps: [[Int]: Double])
    -> Double
  {
    var (below, above) = (point.index, point.index)
    below[k] -= 1
    above[k] += 1
    let here = point.value.evidenceGap
    func distance(_ from: [Int], _ to: [Int]) -> Double {
      position(to[k], axis: k) - position(from[k], axis: k)
    }
    switch (evidenceGaps[below], evidenceGaps[above]) {
    case (let low?, let high?): return (high - low) / distance(below, above)
    case (let low?, nil): return (here - low) / distance(below, point.index)
    case (nil, let high?): return (high - here) / distance(point.index, above)
    case (nil, nil): return 0
    }
  }
}
