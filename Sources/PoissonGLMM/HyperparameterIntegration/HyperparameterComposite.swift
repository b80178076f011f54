import PlatformEssentials

/// The posterior of the hyperparameters at the points of a central composite design, whose axes are
/// stretched to the density: for more hyperparameters than a lattice can have.
///
/// With K of them it takes 4 K + 1 fits and as many as the design has corners. Integrals are sums
/// over the points. They are exact where the density of y is a product of split normals with little
/// between the two sides, and good enough elsewhere for what varies little over the posterior, as
/// the fixed effects do; the hyperparameters' own distributions are rough.
struct HyperparameterComposite<Content: Sendable>: Sendable {
  /// A point of the design and what was found there.
  struct Node: Sendable {
    let phi: [Double]
    let logDensity: Double
    /// The log of the volume of phi that the node stands for.
    let logVolume: Double
    /// Mean and SDs of y of a normal such that those of all nodes add up to a smooth density.
    fileprivate let kernelMean: [Double]
    fileprivate let kernelSDs: [Double]
    /// What the caller wants to keep.
    let content: Content
  }

  let chart: HyperparameterChart
  /// How the axes are stretched.
  let scales: SplitScales
  let nodes: [Node]

  /// Kernels lie at this share of the nodes' distance from the center, and their SD makes up for
  /// the rest. In seven dimensions a normal density then has a kurtosis of 2.9.
  private static var contraction: Double { 0.7 }

  /// - Parameters:
  ///   - start: the state at the mode.
  ///   - makeWorkspace: called once for every thread. A workspace is used by one thread at a time.
  ///   - visit: as for `HyperparameterLattice`. The floor is always minus infinity.
  init<Workspace, State: Sendable>(
    _ chart: HyperparameterChart, from start: State, threads: Int = 1,
    makeWorkspace: () throws(FitError) -> Workspace,
    visit:
      @escaping @Sendable (
        _ workspace: Workspace, _ phi: [Double], _ start: State, _ floor: Double
      ) throws(FitError) -> HyperparameterLattice<Content>.Visit<State>?
  ) throws(FitError) {
    let h = chart.dimensions
    var workers = WorkerPool<Workspace>()
    func visits(_ coordinates: [[Double]], from start: State) throws(FitError)
      -> [HyperparameterLattice<Content>.Visit<State>?]
    {
      let places = coordinates.map(chart.point)
      let outcomes = try workers.run(
        count: places.count, threads: threads, makeWorkspace: makeWorkspace
      ) { workspace, index -> Result<HyperparameterLattice<Content>.Visit<State>?, FitError> in
        do throws(FitError) {
          return .success(try visit(workspace, places[index], start, -.infinity))
        } catch {
          return .failure(error)
        }
      }
      var found: [HyperparameterLattice<Content>.Visit<State>?] = []
      for outcome in outcomes { found.append(try outcome.get()) }
      return found
    }

    let design = CentralCompositeDesign(dimensions: h, isFraction: true)
    let sides = SplitScales.points(dimensions: h)
    guard let center = try visits([design.points[0]], from: start)[0] else {
      throw FitError("There is no fit at the mode of the hyperparameters.")
    }
    let scales = SplitScales(
      center: center.logDensity + chart.logJacobian(design.points[0]),
      heights: zip(sides, try visits(sides, from: center.state)).map { y, visit in
        visit.map { $0.logDensity + chart.logJacobian(y) }
      })
    let widths = design.points.map(scales.scales)
    let coordinates = zip(design.points, widths).map { zip($0, $1).map(*) }
    let found = [center] + (try visits(Array(coordinates.dropFirst()), from: center.state))
    let logUnit = 0.5 * Double(h) * log(2 * Double.pi)
    let spread = (1 - Self.contraction * Self.contraction).squareRoot()
    self.chart = chart
    self.scales = scales
    nodes = coordinates.indices.compactMap { index in
      guard let visit = found[index], visit.logDensity > -.infinity else { return nil }
      let (y, widths) = (coordinates[index], widths[index])
      let logWidths = widths.reduce(0) { $0 + log($1) }
      return Node(
        phi: chart.point(y), logDensity: visit.logDensity,
        logVolume: log(design.weights[index]) + logUnit + logWidths + chart.logJacobian(y),
        kernelMean: y.map { Self.contraction * $0 }, kernelSDs: widths.map { spread * $0 },
        content: visit.content)
    }
  }

  /// Normals of y around the nodes, of given weights.
  func normals(weights: [Double], logMass: Double) -> LocalNormals {
    LocalNormals(
      weights: weights, means: nodes.map(\.kernelMean),
      covariances: nodes.map { Matrix(diagonal: $0.kernelSDs.map { $0 * $0 }) },
      logMass: logMass)
  }
}
