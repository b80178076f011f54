/// What the means of the fixed effects lack, in SDs, as linear functions of the coordinates of the
/// hyperparameters: it is a few hundredths, or tenths where groups are many and sparse, and varies
/// by a fraction of itself over the posterior.
struct MeanShiftSurface: Sendable {
  private let basis: HermiteBasis
  /// By fixed effect.
  private let coefficients: [[Double]]
  let iterations: Int

  /// The points are the center and one on either side along each axis, at this distance.
  private static let distance = 1.2

  /// - Returns: nil where a shift has no value.
  init?(
    _ problem: GeneralProblem, chart: HyperparameterChart, start: DoubleStorage,
    options: FitOptions, workers: inout WorkerPool<ConditionalGaussianFit>
  ) {
    let h = chart.dimensions
    var points = [[Double](repeating: 0, count: h)]
    for axis in 0..<h {
      for side in [Self.distance, -Self.distance] {
        points.append((0..<h).map { $0 == axis ? side : 0 })
      }
    }
    let (places, limit) = (points.map(chart.point), options.maximumIterations)
    let found = workers.run(
      count: points.count, threads: options.threads,
      makeWorkspace: { problem.conditionalFit(options) },
      body: { workspace, index -> (shifts: [Double], iterations: Int)? in
        guard
          let fit = try? workspace.maximize(
            at: places[index], from: start, maximumIterations: limit),
          let shifts = workspace.meanShifts()
        else { return nil }
        return (shifts, fit.monitor.summary.iterations)
      })
    let complete = found.compactMap { $0 }
    guard complete.count == points.count else { return nil }
    basis = HermiteBasis.complete(dimensions: h, degree: 1)
    coefficients = basis.fit(
      points: points, values: complete.map(\.shifts), weights: points.map { _ in 1 })
    iterations = complete.reduce(0) { $0 + $1.iterations }
  }

  /// The shifts at coordinates y, at most three SDs from the center.
  func shifts(at y: [Double]) -> [Double] {
    let row = basis.values(y.map { max(-3, min(3, $0)) })
    return coefficients.map { zip(row, $0).reduce(0) { $0 + $1.0 * $1.1 } }
  }
}
