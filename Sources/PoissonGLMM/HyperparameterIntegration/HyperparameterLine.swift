/// The line through the mode on which one hyperparameter varies and the others stay at their
/// conditional means.
///
/// In the coordinates x = C y of the chart, near N(0, V), it is x = t V e_a / V_aa. V is C diag(d)
/// C', d the variances of y. The density along it is the marginal density of x_a where the others'
/// conditional distribution keeps its shape: exact for a Gaussian, and for independent x whatever
/// their distributions. It takes some 15 fits.
struct HyperparameterLine: Sendable {
  private let whole: HyperparameterChart
  private let axis: Int
  /// diag(d) C' e_a / V_aa, of which y is a multiple.
  private let direction: [Double]
  /// The chart of the hyperparameter alone.
  let chart: HyperparameterChart

  /// - Parameter variances: d. They are 1 but where the chart's curvature at the mode is not that
  ///   of the density as a whole.
  init(_ chart: HyperparameterChart, axis a: Int, variances: [Double]) {
    whole = chart
    axis = a
    let row = chart.axes.row(a)
    let scaled = zip(variances, row).map(*)
    let variance = zip(scaled, row).reduce(0) { $0 + $1.0 * $1.1 }
    direction = scaled.map { $0 / variance }
    self.chart = HyperparameterChart(
      mode: [chart.mode[a]], curvatures: [1 / (chart.scales[a] * chart.scales[a])],
      axes: Matrix(diagonal: [1]), isStretched: [chart.isStretched[a]])
  }

  /// y where the hyperparameter has a value.
  private func coordinates(of value: Double) -> [Double] {
    let x = whole.coordinate(value, of: axis)
    return direction.map { x * $0 }
  }

  /// All hyperparameters where this one has a value.
  func point(_ value: Double) -> [Double] { whole.point(coordinates(of: value)) }

  /// What turns the log density of phi at a point of the line into one of the hyperparameter alone.
  func logVolume(_ value: Double) -> Double {
    whole.logJacobian(coordinates(of: value)) - chart.logJacobian(chart.coordinates(of: [value]))
  }
}

extension HyperparameterPosterior {
  /// The marginal posterior of a hyperparameter, along its line.
  /// - Parameters:
  ///   - start: the state at the mode.
  ///   - tailDepth, makeWorkspace: as for `HyperparameterLattice`.
  ///   - visit: the log density of phi, of all hyperparameters.
  init<Workspace, State: Sendable>(
    along line: HyperparameterLine, from start: State, tailDepth: Double, threads: Int,
    makeWorkspace: () throws(FitError) -> Workspace,
    visit:
      @escaping @Sendable (
        _ workspace: Workspace, _ phi: [Double], _ start: State, _ floor: Double
      ) throws(FitError) -> HyperparameterLattice<Void>.Visit<State>?
  ) throws(FitError) {
    self.init(
      try HyperparameterLattice<Void>(
        line.chart, rule: .standard(dimensions: 1), from: start, tailDepth: tailDepth,
        threads: threads, makeWorkspace: makeWorkspace
      ) { (workspace, own, start, floor) throws(FitError) in
        let volume = line.logVolume(own[0])
        return try visit(workspace, line.point(own[0]), start, floor - volume).map {
          .init(logDensity: $0.logDensity + volume, state: $0.state, content: ())
        }
      })
  }
}
