/// The fits at the points of a sparse grid, the origin of which follows the mode of q(s).
///
/// The search for the mode knows exp(F(s)) times the prior. The evidence gap grows with the number
/// of groups and moves the mode, on sparse counts by several SDs. The grid then moves by its own
/// spacing, so that fits stay on it.
struct LogSDGridFits {
  let grid: SparseGrid
  /// Their center is the origin of the grid.
  private(set) var axes: LogSDAxes
  /// One for every point of the grid.
  private(set) var fits: [LogSDEvaluation] = []
  /// The level of the grid up to which fits have their corrections, so that moments and evidence
  /// gaps can be taken from them. It is 1 where these are so nearly linear over q(s) that level 2
  /// would change nothing. F(s) itself is known at all points.
  private(set) var momentLevel = SparseGrid.level
  /// Where parabolas through the log densities next to the origin peak, in the axes' coordinates:
  /// within half the grid's spacing.
  private(set) var mode: [Double] = []

  /// The most moves of the grid.
  private static let maximumMoves = 6
  /// The longest move that a parabola is trusted with, in spacings of the grid.
  private static let longestMove = 2.0
  /// Level 1 suffices if parabolas in place of straight lines change the log evidence by less than
  /// this. The next terms are a fifth of that or less (on two sets of sparse counts with two
  /// terms), and odd or mixed: they change nothing in the evidence, and means by as many SDs.
  private static let maximumEvidenceGapBend = 0.01

  /// - Returns: nil if a fit failed or the mode was not found.
  init?(_ fitter: LogSDEvaluator, mode: LogSDMode) {
    let count = mode.center.count
    guard let start = LogSDAxes(center: mode.peak, precision: mode.precision) else { return nil }
    let grid = SparseGrid(dimensions: count)
    (self.grid, axes) = (grid, start)
    let steps = grid.points.map { $0.map { Int($0 / SparseGrid.spacing) } }
    var known: [[Int]: (fit: LogSDEvaluation, state: DoubleStorage)] = [:]
    var origin = [Int](repeating: 0, count: count)

    func key(_ point: Int) -> [Int] { zip(origin, steps[point]).map { $0 + $1 } }
    func fit(at point: Int, isFinal: Bool = true) -> LogSDEvaluation? {
      if let known = known[key(point)] { return known.fit }
      let state = Self.start(for: point, of: grid, default: mode.state) { known[key($0)]?.state }
      let z = key(point).map { SparseGrid.spacing * Double($0) }
      guard let fit = try? fitter.fit(at: start.position(z), from: state, isFinal: isFinal),
        fit.isComplete
      else { return nil }
      known[key(point)] = (fit, fitter.state)
      return fit
    }

    for _ in 0..<Self.maximumMoves {
      let inner = (0..<grid.innerPointCount).compactMap { fit(at: $0) }
      guard inner.count == grid.innerPointCount else { return nil }
      let peak = Self.peak(inner.map(\.logDensity), on: grid)
      let moves = peak.map { Int(($0 / SparseGrid.spacing).rounded()) }
      guard moves.contains(where: { $0 != 0 }) else {
        axes.center = start.position(origin.map { SparseGrid.spacing * Double($0) })
        self.mode = peak
        momentLevel = Self.isNearlyStraight(inner, on: grid) ? 1 : SparseGrid.level
        fits = grid.points.indices.compactMap {
          fit(at: $0, isFinal: momentLevel == SparseGrid.level)
        }
        guard fits.count == steps.count else { return nil }
        return
      }
      origin = zip(origin, moves).map { $0 + $1 }
    }
    return nil
  }

  /// Where the parabola through the log densities at the origin and the points next to it peaks, on
  /// each axis.
  private static func peak(_ logDensities: [Double], on grid: SparseGrid) -> [Double] {
    (0..<grid.dimensions).map { k in
      let points = grid.points(onAxis: k)
      let (here, below, above) = (
        logDensities[points[0]], logDensities[points[1]], logDensities[points[2]]
      )
      let slope = 0.5 * (above - below)
      let curvature = 2 * here - above - below
      let move =
        curvature > 0 ? slope / curvature : slope < 0 ? -Self.longestMove : Self.longestMove
      return SparseGrid.spacing * max(-Self.longestMove, min(Self.longestMove, move))
    }
  }

  /// Whether second differences about the origin hardly change averages over a standard normal z,
  /// so that the values at the origin can serve.
  private static func isNearlyStraight(_ inner: [LogSDEvaluation], on grid: SparseGrid) -> Bool {
    let origin = inner.indices.map { $0 == 0 ? 1.0 : 0 }
    var parabolas = origin
    var evidenceGapBend = 0.0
    for k in 0..<grid.dimensions {
      let points = grid.points(onAxis: k).prefix(3)
      // E z^2 / (2 spacing^2), which multiplies the second difference.
      let share = 0.5 / (SparseGrid.spacing * SparseGrid.spacing)
      var bend = 0.0
      for (point, factor) in zip(points, [-2.0, 1, 1]) {
        parabolas[point] += factor * share
        bend += factor * share * inner[point].evidenceGap
      }
      evidenceGapBend += bend.magnitude
    }
    return evidenceGapBend < maximumEvidenceGapBend
      && MomentChange(of: inner, from: origin, to: parabolas).isSmall
  }

  /// The state to start a fit from: on the straight line through two points fitted before, if there
  /// are two.
  private static func start(
    for point: Int, of grid: SparseGrid, default center: DoubleStorage,
    _ state: (Int) -> DoubleStorage?
  ) -> DoubleStorage {
    guard let (nearest, next) = grid.predecessors(of: point), let near = state(nearest) else {
      return center
    }
    guard let far = next.flatMap(state) else { return near }
    let start = DoubleStorage(count: center.count)
    start.interpolate(from: far, to: near, fraction: 2)
    return start
  }
}

/// The change of the effects' posterior moments from one weighted average of some fits to another,
/// which tells whether polynomials through few fits are accurate enough.
struct MomentChange {
  let fits: [LogSDEvaluation]
  /// The shares of the fits in the finer average, and those less the shares in the coarser one.
  private let fine: [Double]
  private let change: [Double]

  /// The largest change that is small: of means in posterior SDs, and of variances relative to
  /// them. Where changes are so small, each level of a sparse grid gains an order of magnitude or
  /// more.
  private static let largest = 5e-3

  init(of fits: [LogSDEvaluation], from coarse: [Double], to fine: [Double]) {
    self.fits = fits
    self.fine = fine
    change = zip(fine, coarse).map { $0 - $1 }
  }

  var isSmall: Bool {
    isSmall(\.fixedMean, variances: { gaussian, c in gaussian.fixedCovariance[c, c] })
      && isSmall(\.randomMean, variances: { gaussian, index in gaussian.randomVariance[index] })
  }

  private func isSmall(
    _ means: KeyPath<GaussianPosterior, [Double]>,
    variances: (GaussianPosterior, Int) -> Double
  ) -> Bool {
    let used = fits.indices.filter { fine[$0] != 0 || change[$0] != 0 }
    let gaussians = used.map { fits[$0].optimum.posterior }
    let means = gaussians.map { $0[keyPath: means] }
    return (means.first ?? []).indices.allSatisfy { index in
      var (variance, meanChange, varianceChange) = (0.0, 0.0, 0.0)
      for (fit, share) in used.enumerated() {
        let value = variances(gaussians[fit], index)
        variance += fine[share] * value
        varianceChange += change[share] * value
        meanChange += change[share] * means[fit][index]
      }
      // False for NaN too.
      return meanChange * meanChange < Self.largest * Self.largest * variance
        && varianceChange.magnitude < Self.largest * variance
    }
  }
}
