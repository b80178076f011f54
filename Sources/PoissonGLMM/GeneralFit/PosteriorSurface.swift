import PlatformEssentials

/// The posterior of the effects as polynomials in the coordinates of the hyperparameters, through
/// fits at a few points.
///
/// What the bound lacks varies slowly with the hyperparameters, and costs much more than a fit:
/// polynomials nearly always do for it. With enough levels the posterior of the hyperparameters is
/// so narrow that they do for the bound and the Gaussian as well.
struct PosteriorSurface: Sendable {
  private let surface: HyperparameterSurface
  /// F + log p(phi).
  private let bound: LogDensitySurface
  private let layout: SurfaceLayout
  /// L of S_bb at the center, in units of which covariances are interpolated.
  private let root: CovarianceRoot
  /// Whether polynomials hold for the bound and the Gaussian too.
  let hasFits: Bool
  /// Whether the corrections are so near that more points would not tell them better.
  private let hasSharpCorrections: Bool
  /// Iterations of the fits at the points.
  let iterations: Int
  /// The largest distance from the optimum that one of the fits had.
  private let lastStep: Double

  /// The largest root mean square errors over the posterior: of the evidence, and of what is in
  /// units of SDs. An error of the log density that is even over the posterior moves nothing; .01
  /// from one SD to the next moves a mean by .01 SD.
  private static let largestEvidenceError = 0.01
  private static let largestRelativeError = 0.004
  /// Corrections with errors of this share of the largest are not asked for at further points.
  private static let sharpShare = 0.1
  /// The same for the bound, whose errors are largest far out, where points are held back.
  private static let largestBoundError = 0.006
  /// Points lie within this many SDs.
  private static let reach = 3.2
  /// The distance of the few points that are tried first, but for the center. What they tell is
  /// asked up to one and a half times as far.
  private static let distance = 2.0
  /// Where the prior of a log SD falls as exp(s) the posterior can go on far beyond the points,
  /// with more weight than a normal one has there: corrections are then asked for up to this
  /// distance.
  private static let reachBeforeTail = 3.0
  private let hasExponentialTail: Bool
  /// With more dimensions the points would leave products of four coordinates undetermined, and the
  /// error at the corners would not tell.
  private static let largestFew = 3

  /// Up to three hyperparameters a few points are tried first: with thousands of levels they do.
  /// - Returns: nil where polynomials are not near enough for the corrections, or one is missing.
  init?(
    _ problem: GeneralProblem, chart: HyperparameterChart, rule: LatticeRule, start: DoubleStorage,
    options: FitOptions, workers: inout WorkerPool<ConditionalGaussianFit>
  ) {
    let h = chart.dimensions
    let isCorrected = options.approximation == .corrected
    let limit = options.maximumIterations
    let hasTail = problem.hasExponentialTail
    let hasLogWeights = problem.hasPositiveWeights
    func visit(_ places: [[Double]], known: PosteriorSurface? = nil) -> [SurfacePoint]? {
      let found = workers.run(
        count: places.count, threads: options.threads,
        makeWorkspace: { problem.conditionalFit(options) },
        body: { workspace, index -> SurfacePoint? in
          let y = places[index]
          let phi = chart.point(y)
          guard let fit = try? workspace.maximize(at: phi, from: start, maximumIterations: limit)
          else { return nil }
          let node = workspace.node(at: phi, fit.monitor)
          let correction =
            isCorrected
            ? known?.correction(at: y) ?? workspace.correction(of: node) : .none(for: node)
          let height = fit.value + chart.logJacobian(y) + (correction.evidence ?? 0)
          return SurfacePoint(
            node: node, correction: correction, height: height, coordinates: y, value: fit.value,
            gradient: chart.gradient(fit.gradient, at: y))
        })
      let points = found.compactMap { $0 }
      return points.count == places.count ? points : nil
    }
    let axes =
      [[Double](repeating: 0, count: h)]
      + HyperparameterChart.axisPoints(dimensions: h, distance: Self.distance)
    let few = h <= Self.largestFew ? axes + Self.corners(dimensions: h) : []
    guard let first = visit(few) else { return nil }
    let firstDesign = HyperparameterSurface.Design(
      fitted: Array(axes.indices), heldBack: Array(axes.count..<max(few.count, axes.count)))
    let known =
      few.isEmpty
      ? nil
      : Self(
        first, coordinates: few, design: firstDesign, bases: .few(dimensions: h),
        hasExponentialTail: hasTail, hasLogWeights: hasLogWeights)
    if let known, known.hasFits {
      self = known
      return
    }
    // The lattice's center comes first.
    let coordinates = few + Self.candidates(rule, dimensions: h).dropFirst(few.isEmpty ? 0 : 1)
    let prior = coordinates.map { exp(-0.5 * $0.reduce(0) { $0 + $1 * $1 }) }
    let design = HyperparameterSurface.design(
      coordinates: coordinates, weights: prior, known: few.count)
    let further = design.all.dropFirst(few.count).map { coordinates[$0] }
    let sharp = known.flatMap { $0.hasSharpCorrections ? $0 : nil }
    guard let others = visit(further, known: sharp) else { return nil }
    self.init(
      first + others, coordinates: coordinates, design: design, bases: .full(dimensions: h),
      hasExponentialTail: hasTail, hasLogWeights: hasLogWeights)
  }

  /// - Parameter points: those of `design.all`.
  private init?(
    _ points: [SurfacePoint], coordinates: [[Double]], design: HyperparameterSurface.Design,
    bases: HyperparameterSurface.Bases, hasExponentialTail: Bool, hasLogWeights: Bool
  ) {
    guard let center = points.max(by: { $0.height < $1.height }),
      let root = CovarianceRoot(center.node.fixedCovariance)
    else { return nil }
    let layout = SurfaceLayout(center.node, hasLogWeights: hasLogWeights)
    var values: [[Double]] = []
    var weights = [Double](repeating: 0, count: coordinates.count)
    for (place, point) in zip(design.all, points) {
      guard let numbers = layout.numbers(point, root: root) else { return nil }
      values.append(numbers)
      weights[place] = point.weight(comparedWith: center)
    }
    let surface = HyperparameterSurface(
      coordinates: coordinates, weights: weights, design: design, values: values, bases: bases)
    guard let errors = surface.errors,
      errors[layout.evidence] < Self.largestEvidenceError,
      errors[layout.fixedRatio].allSatisfy({ $0 < Self.largestRelativeError })
    else { return nil }
    let heights = points.map { point in
      LogDensitySurface.Point(
        coordinates: point.coordinates, value: point.value, gradient: point.gradient,
        weight: point.weight(comparedWith: center))
    }
    guard let bound = LogDensitySurface(heights, heldBack: design.fitted.count..<points.count)
    else { return nil }
    self.bound = bound
    hasSharpCorrections =
      errors[layout.evidence] < Self.sharpShare * Self.largestEvidenceError
      && errors[layout.fixedRatio].allSatisfy {
        $0 < Self.sharpShare * Self.largestRelativeError
      }
    hasFits =
      bound.error < Self.largestBoundError && bound.fallsOutwards
      && layout.relativeErrors(errors, at: center.node) < Self.largestRelativeError
    iterations = points.reduce(0) { $0 + $1.node.iterations }
    lastStep = points.reduce(0) { max($0, $1.node.lastStep) }
    (self.surface, self.layout, self.root) = (surface, layout, root)
    self.hasExponentialTail = hasExponentialTail
  }

  /// Whether the corrections can be taken from the polynomials at y.
  func holds(at y: [Double]) -> Bool {
    guard hasExponentialTail else { return true }
    return y.reduce(0) { $0 + $1 * $1 } <= Self.reachBeforeTail * Self.reachBeforeTail
  }

  /// Those corners of a cube that have an even number of coordinates below zero, which tell the
  /// products of two coordinates apart.
  private static func corners(dimensions h: Int) -> [[Double]] {
    let coordinate = distance / Double(h).squareRoot()
    return (0..<(1 << h)).filter { $0.nonzeroBitCount % 2 == 0 }.map { corner in
      (0..<h).map { corner & (1 << $0) == 0 ? coordinate : -coordinate }
    }
  }

  /// The corrections at coordinates y.
  func correction(at y: [Double]) -> PosteriorCorrection {
    layout.correction(surface.values(at: y, quantities: layout.corrections))
  }

  /// The correction of the evidence alone.
  func evidence(at y: [Double]) -> Double {
    surface.values(at: y, quantities: layout.evidence..<(layout.evidence + 1))[0]
  }

  /// F + log p(phi) at y; for a surface that has fits.
  func logDensity(at y: [Double]) -> Double { bound.value(at: y) }

  /// The Gaussian at y, without corrections of its moments; for a surface that has fits.
  /// - Parameters:
  ///   - phi: the hyperparameters there.
  ///   - bound: F.
  func node(at y: [Double], phi: [Double], bound: Double) -> ConditionalGaussian {
    layout.node(surface.values(at: y), phi: phi, bound: bound, root: root, lastStep: lastStep)
  }

  /// The lattice's own points near the center.
  private static func candidates(_ rule: LatticeRule, dimensions h: Int) -> [[Double]] {
    let steps = rule.steps(dimensions: h)
    let origin = [Int](repeating: 0, count: h)
    var visited: Set = [origin]
    var found = [origin]
    var next = 0
    while next < found.count {
      for step in steps {
        let neighbour = zip(found[next], step).map(+)
        let square = rule.coordinates(neighbour).reduce(0) { $0 + $1 * $1 }
        if square <= reach * reach, visited.insert(neighbour).inserted { found.append(neighbour) }
      }
      next += 1
    }
    return found.map(rule.coordinates)
  }
}
