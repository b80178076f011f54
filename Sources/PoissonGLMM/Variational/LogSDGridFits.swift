/// The fits at the points of a sparse grid, the origin of which follows the mode of q(s).
///
/// The search for the mode knows exp(F(s)) times the prior. What an estimate of log p(y | s) exceeds F(s) by grows with the number of
/// groups and moves the mode, on sparse counts by several SDs. The grid then moves by its own spacing, so that fits stay on it.
struct LogSDGridFits {
  let grid: SparseGrid
  /// With the origin of the grid as center.
  private(set) var axes: LogSDAxes
  /// One for every point of the grid.
  private(set) var fits: [HeldFit] = []
  /// Where parabolas through the log densities next to the origin peak, in the axes' coordinates: within half the grid's spacing.
  private(set) var mode: [Double] = []

  /// A parabola tells the way, and the next one the rest of it.
  private static let mostMoves = 6
  /// The most spacings of the grid that a parabola is believed.
  private static let longestMove = 2.0

  /// - Returns: nil if a fit failed or the mode was not found.
  init?(_ fitter: HeldFitter, mode: LogSDMode) {
    let count = mode.center.count
    guard let start = LogSDAxes(center: mode.peak, precision: mode.precision) else { return nil }
    let grid = SparseGrid(dimensions: count)
    (self.grid, axes) = (grid, start)
    let steps = grid.points.map { $0.map { Int($0 / SparseGrid.spacing) } }
    var known: [[Int]: (fit: HeldFit, state: DoubleStorage)] = [:]
    var origin = [Int](repeating: 0, count: count)

    func key(_ point: Int) -> [Int] { zip(origin, steps[point]).map { $0 + $1 } }
    func fit(at point: Int) -> HeldFit? {
      if let known = known[key(point)] { return known.fit }
      let state = Self.start(for: point, of: grid, default: mode.state) { known[key($0)]?.state }
      let z = key(point).map { SparseGrid.spacing * Double($0) }
      guard let fit = try? fitter.fit(at: start.position(z), from: state, isFinal: true),
        fit.isComplete
      else { return nil }
      known[key(point)] = (fit, fitter.state)
      return fit
    }

    for _ in 0..<Self.mostMoves {
      let inner = (0..<grid.innerPointCount).compactMap(fit)
      guard inner.count == grid.innerPointCount else { return nil }
      let peak = Self.peak(inner.map(\.logDensity), on: grid)
      let moves = peak.map { Int(($0 / SparseGrid.spacing).rounded()) }
      guard moves.contains(where: { $0 != 0 }) else {
        axes.center = start.position(origin.map { SparseGrid.spacing * Double($0) })
        self.mode = peak
        fits = grid.points.indices.compactMap(fit)
        guard fits.count == steps.count else { return nil }
        return
      }
      origin = zip(origin, moves).map { $0 + $1 }
    }
    return nil
  }

  /// Where the parabola through the log densities at the origin and the points next to it peaks, on each axis.
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

  /// Along a straight line from two points fitted before, where there are two.
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
