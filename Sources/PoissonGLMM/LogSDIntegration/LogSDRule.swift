import PlatformEssentials

extension IntegratedFit {
  /// A quadrature over the log SDs, with their distributions and the evidence that it gives.
  struct Rule {
    let points: [LogSDPoint]
    let fits: [LogSDEvaluation]
    /// The masses of the points, which add up to 1.
    let weights: [Double]
    let logSDs: [Marginal]
    /// What kind of rule it is.
    let branch: IntegrationBranch
    /// The logs of the integrals of exp(F(s)) p(s), and of that times exp(evidence gap).
    let bound: Double
    let logEvidence: Double

    /// - Parameter logVolumes: the logs of the volumes by which the points' densities are
    ///   multiplied.
    private init(
      _ branch: IntegrationBranch, _ points: [LogSDPoint], fits: [LogSDEvaluation],
      logVolumes: [Double], logSDs: (_ weights: [Double]) -> [Marginal]
    ) {
      self.branch = branch
      self.points = points
      self.fits = fits
      let logMasses = zip(points, logVolumes).map { $0.logDensity + $1 }
      weights = Self.normalized(logMasses)
      bound = Self.logSum(zip(points, logVolumes).map { $0.logBound + $1 })
      logEvidence = Self.logSum(logMasses)
      self.logSDs = logSDs(weights)
    }

    init(_ branch: IntegrationBranch, _ lattice: LogSDLattice, fits: [LogSDEvaluation]) {
      let points = lattice.points.map(\.value)
      let logVolumes = lattice.points.map { lattice.logVolume($0.index) }
      self.init(branch, points, fits: fits, logVolumes: logVolumes) { _ in
        lattice.center.indices.map { lattice.marginal(of: $0) }
      }
    }

    /// A point for every fit.
    init(_ fits: [LogSDEvaluation], logVolumes: [Double], logSDs: [Marginal]) {
      let points = fits.enumerated().map { LogSDPoint($1, index: $0) }
      self.init(.compositeDesign, points, fits: fits, logVolumes: logVolumes) { _ in logSDs }
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
    let rule = Rule(
      surface.hasStraightMoments ? .straightMoments : .polynomials, lattice, fits: surface.fits)
    return surface.isSettled(rule.points, weights: rule.weights) ? rule : nil
  }

  /// The fits of a central composite design, and the log SDs' own densities along lines.
  static func composite(_ fitter: LogSDEvaluator, mode: LogSDMode) throws(FitError) -> Rule {
    let count = mode.center.count
    guard let axes = LogSDAxes(center: mode.center, precision: mode.precision) else {
      throw FitError(
        "The posterior of the log standard deviations has no peak that could be found.")
    }
    let design = CentralCompositeDesign(dimensions: count, isFraction: false)
    var fits: [LogSDEvaluation] = []
    var logVolumes: [Double] = []
    for (point, weight) in zip(design.points, design.weights) {
      fits.append(try fitter.fit(at: axes.position(point), from: mode.state, isFinal: true))
      // With precision L L' the volume element of z is 1 / |L|.
      logVolumes.append(
        log(weight) + 0.5 * (Double(count) * log(2 * Double.pi) - axes.logDeterminant))
    }
    let marginals = try mode.center.indices.map { k throws(FitError) in
      try LogSDLine(axis: k, of: mode).marginal(fitter)
    }
    return Rule(fits, logVolumes: logVolumes, logSDs: marginals)
  }
}

extension LogSDLattice {
  /// The marginal density of log SD k: sums over the other axes, with the slopes that follow.
  func marginal(of k: Int) -> Marginal {
    let indices = points.map { $0.index[k] }
    let lowest = indices.min() ?? 0
    let highest = indices.max() ?? 0
    let evidenceGaps = Dictionary(
      points.map { ($0.index, $0.value.evidenceGap) }, uniquingKeysWith: { first, _ in first })
    let logMasses = points.map { point in
      point.index.indices.reduce(point.value.logDensity) {
        $0 + ($1 == k ? 0 : logWidth(point.index[$1]))
      }
    }
    // Far out a density is 0 beside the peak's, but has a logarithm and a slope.
    var tops = [Double](repeating: -.infinity, count: highest - lowest + 1)
    for (index, logMass) in zip(indices, logMasses) {
      tops[index - lowest] = max(tops[index - lowest], logMass)
    }
    var masses = [Double](repeating: 0, count: tops.count)
    var slopes = masses
    for (point, logMass) in zip(points, logMasses) {
      let place = point.index[k] - lowest
      let mass = exp(logMass - tops[place])
      masses[place] += mass
      slopes[place] +=
        mass * (point.value.gradient[k] + evidenceGapSlope(at: point, along: k, evidenceGaps))
    }
    // Values without a density, as where there was no fit, are none of the marginal's points.
    let known = masses.indices.filter { tops[$0].isFinite && (slopes[$0] / masses[$0]).isFinite }
    return Marginal(
      LatticeDensity(
        positions: known.map { position(lowest + $0, axis: k) },
        widths: known.map { steps[k] * exp(logWidth(lowest + $0)) },
        logDensities: known.map { tops[$0] + log(masses[$0]) },
        slopes: known.map { slopes[$0] / masses[$0] }))
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

/// The line through the mode of q(s) on which one log SD varies and the others stay at their
/// conditional means.
///
/// With covariance V of the log SDs near the mode it is s = peak + t V e_k / V_kk. The density
/// along it is the marginal density of s_k where the others' conditional distribution keeps its
/// shape: exact for a Gaussian, and for independent log SDs whatever their distributions. It takes
/// some ten fits, where a lattice in K dimensions takes ten to the power K.
struct LogSDLine {
  private let mode: LogSDMode
  private let axis: Int
  /// V e_k / V_kk
  private let direction: [Double]
  /// The SD of s_k by V, at most the longest step of a lattice.
  private let step: Double

  init(axis k: Int, of mode: LogSDMode) {
    self.mode = mode
    axis = k
    let count = mode.center.count
    let factor = DoubleStorage(mode.precision.elements)
    let column = DoubleStorage(count: count)
    column.pointer[k] = 1
    SmallCholesky.factor(factor.pointer, order: count)
    SmallCholesky.solve(factor.pointer, order: count, column.pointer)
    let variance = column.pointer[k]
    direction = column.array.map { $0 / variance }
    step = min(LogSDMode.longestStep, variance.squareRoot())
  }

  /// The marginal distribution of the log SD.
  func marginal(_ fitter: LogSDEvaluator) throws(FitError) -> Marginal {
    let lattice = try LogSDLattice(
      center: [mode.peak[axis]], steps: [step], priors: [mode.priors[axis]], from: mode.state
    ) { (own, start) throws(FitError) in
      let distance = own[0] - mode.peak[axis]
      let fit = try fitter.fit(
        at: zip(mode.peak, direction).map { $0 + distance * $1 }, from: start)
      let slope = zip(fit.gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
      let point = LogSDPoint(
        logSDs: own, logBound: fit.logBound, evidenceGap: 0, gradient: [slope], parts: [])
      return (point, fitter.state)
    }
    return lattice.marginal(of: 0)
  }
}
