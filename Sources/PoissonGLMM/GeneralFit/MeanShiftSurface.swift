/// What the means of the fixed effects lack, in SDs, as linear functions of the coordinates of the
/// hyperparameters, or constant where the posterior of these is narrow.
///
/// It is a few hundredths, or tenths where groups are many and sparse, and varies by a fraction of
/// itself over the posterior.
struct MeanShiftSurface: Sendable {
  private let basis: HermiteBasis
  /// By fixed effect.
  private let coefficients: [[Double]]
  let iterations: Int

  /// The points are the center and one on either side along each axis, at this distance.
  private static let distance = 1.2
  /// A shift that varies by less over an SD of the hyperparameters is taken from the center.
  private static let negligible = 0.01

  /// - Returns: nil where a shift has no value.
  init?(
    _ problem: GeneralProblem, chart: HyperparameterChart, start: DoubleStorage,
    options: FitOptions, workers: inout WorkerPool<ConditionalGaussianFit>
  ) {
    let h = chart.dimensions
    let limit = options.maximumIterations
    func visit(_ points: [[Double]]) -> [(shifts: [Double], iterations: Int)]? {
      let found = workers.run(
        count: points.count, threads: options.threads,
        makeWorkspace: { problem.conditionalFit(options) },
        body: { workspace, index -> (shifts: [Double], iterations: Int)? in
          let phi = chart.point(points[index])
          guard
            let fit = try? workspace.maximize(at: phi, from: start, maximumIterations: limit),
            let shifts = workspace.meanShifts()
          else { return nil }
          return (shifts, fit.monitor.summary.iterations)
        })
      let complete = found.compactMap { $0 }
      return complete.count == points.count ? complete : nil
    }
    var points = [[Double](repeating: 0, count: h)]
    guard var results = visit(points) else { return nil }
    // A shift is about a third cumulant: it grows as the cube of the effects' SDs.
    let largest = results[0].shifts.reduce(0) { max($0, $1.magnitude) }
    let isConstant = 3 * largest * (chart.scales.max() ?? 0) < Self.negligible
    if !isConstant {
      let others = HyperparameterChart.axisPoints(dimensions: h, distance: Self.distance)
      guard let further = visit(others) else { return nil }
      points += others
      results += further
    }
    basis = HermiteBasis.complete(dimensions: h, degree: isConstant ? 0 : 1)
    coefficients = basis.fit(
      points: points, values: results.map(\.shifts), weights: points.map { _ in 1 })
    iterations = results.reduce(0) { $0 + $1.iterations }
  }

  /// The shifts at coordinates y, at most three SDs from the center.
  func shifts(at y: [Double]) -> [Double] {
    let row = basis.values(y.map { max(-3, min(3, $0)) })
    return coefficients.map { zip(row, $0).reduce(0) { $0 + $1.0 * $1.1 } }
  }
}
