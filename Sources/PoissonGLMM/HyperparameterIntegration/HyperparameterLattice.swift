import PlatformEssentials

/// The posterior of the hyperparameters on a lattice that grows from its mode.
///
/// The neighbours of a node are visited if its log density is within the cut of the highest so far,
/// however far out: so the lattice follows skewness and bends. A node of the body-centred lattice
/// has 2^h neighbours, most of which would turn out to be below the cut where it is near it: there
/// a neighbour is visited only if the log densities on lines through it let one hope for it
/// (`hope`). Nodes are visited generation by generation. Those of one generation know only
/// generations before and are fitted in parallel: each starts from the state of the neighbour that
/// called it first. What comes out does not depend on the number of threads. States are kept for
/// one generation.
///
/// A tail that is lower than the cut all along, by more than the log of its width makes up for, is
/// not found: with tens of groups and a prior SD of 10 it can hold 5e-4 of the posterior, so far
/// away that the SD of the log SD would be larger by a fifth. Quantiles do not notice.
struct HyperparameterLattice<Content: Sendable>: Sendable {
  /// A point of the lattice and what was found there.
  struct Node: Sendable {
    /// In halves of the spacing.
    let index: [Int]
    /// y: see `HyperparameterChart`.
    let coordinates: [Double]
    let phi: [Double]
    let logDensity: Double
    /// The log of the volume of phi that the node stands for.
    let logVolume: Double
    /// Whether it is within the cut; the others are the rim, of hardly any weight.
    fileprivate(set) var isInside: Bool
    /// What the caller wants to keep.
    let content: Content
  }

  /// What a fit gives.
  struct Visit<State: Sendable>: Sendable {
    /// The log of the density of phi, up to a constant.
    let logDensity: Double
    let state: State
    let content: Content
  }

  let chart: HyperparameterChart
  let rule: LatticeRule
  /// In the order of visits, the mode's first.
  private(set) var nodes: [Node]
  /// Places where no fit succeeded, from up to three starts. Their density counts as 0.
  let failureCount: Int

  static var maximumNodes: Int { 20_000 }
  private static var maximumAttempts: Int { 3 }

  /// - Parameters:
  ///   - start: the state at the mode.
  ///   - tailDepth: how much deeper the cut is where a log SD is far below its mode, because tails
  ///     of priors are wide there.
  ///   - maximumNodes: more than these is an error.
  ///   - makeWorkspace: called once for every thread. A workspace is used by one thread at a time.
  ///   - visit: the fit at phi, from a state nearby; nil where there is none. The last argument is
  ///     a floor: a node whose log density is below it has no neighbours and no weight worth
  ///     mentioning, so that whatever makes the density more exact may be left out there. It must
  ///     not depend on what was fitted in the workspace before.
  init<Workspace, State: Sendable>(
    _ chart: HyperparameterChart, rule: LatticeRule, from start: State, tailDepth: Double = 0,
    threads: Int = 1, maximumNodes: Int = maximumNodes,
    makeWorkspace: () throws(FitError) -> Workspace,
    visit:
      @escaping @Sendable (
        _ workspace: Workspace, _ phi: [Double], _ start: State, _ floor: Double
      ) throws(FitError) -> Visit<State>?
  ) throws(FitError) {
    let h = chart.dimensions
    let steps = rule.steps(dimensions: h)
    let logCell = log(rule.cellVolume(dimensions: h))
    func depth(_ y: [Double]) -> Double { rule.cut + (chart.isInTail(y) ? tailDepth : 0) }

    var nodes: [Node] = []
    /// The log density of y, by index.
    var heights: [[Int]: Double] = [:]
    /// The highest.
    var best = -Double.infinity
    let origin = [Int](repeating: 0, count: h)
    var visited: Set = [origin]
    var attempts: [[Int]: Int] = [:]
    var frontier = [Candidate(index: origin, start: start)]
    var workers = WorkerPool<Workspace>()
    while !frontier.isEmpty {
      guard nodes.count + frontier.count <= maximumNodes else {
        throw FitError(
          "The posterior of the log standard deviations and correlations is too wide for "
            + "quadrature: more than \(maximumNodes) points. Give log standard deviations a "
            + "narrower prior, or leave out random terms or their correlations."
        )
      }
      let places = frontier.map { rule.coordinates($0.index) }
      let points = places.map { chart.point($0) }
      let jacobians = places.map { chart.logJacobian($0) }
      let candidates = frontier
      let floors = places.indices.map { best - depth(places[$0]) - jacobians[$0] }
      let outcomes = try workers.run(
        count: frontier.count, threads: threads, makeWorkspace: makeWorkspace
      ) { workspace, index -> Result<Visit<State>?, FitError> in
        do throws(FitError) {
          return .success(
            try visit(workspace, points[index], candidates[index].start, floors[index]))
        } catch {
          return .failure(error)
        }
      }
      var visits: [Visit<State>?] = []
      for outcome in outcomes { visits.append(try outcome.get()) }
      for (index, visit) in visits.enumerated() {
        if let visit { best = max(best, visit.logDensity + jacobians[index]) }
      }
      var inside: [(index: [Int], height: Double, state: State)] = []
      for (position, visit) in visits.enumerated() {
        let index = frontier[position].index
        guard let visit, visit.logDensity > -.infinity else {
          if visit == nil {
            attempts[index, default: 0] += 1
            // Another neighbour may be a better start.
            if attempts[index, default: 0] < Self.maximumAttempts { visited.remove(index) }
          }
          continue
        }
        attempts[index] = nil
        let height = visit.logDensity + jacobians[position]
        heights[index] = height
        let isInside = height > best - depth(places[position])
        nodes.append(
          Node(
            index: index, coordinates: places[position], phi: points[position],
            logDensity: visit.logDensity, logVolume: logCell + jacobians[position],
            isInside: isInside, content: visit.content))
        if isInside { inside.append((index, height, visit.state)) }
      }
      var following: [Candidate<State>] = []
      /// Not now: the next generation may know more.
      var hopeless: Set<[Int]> = []
      for (index, height, state) in inside {
        for step in steps {
          let neighbour = zip(index, step).map(+)
          guard !visited.contains(neighbour), !hopeless.contains(neighbour) else { continue }
          if rule.isBodyCentred {
            let y = rule.coordinates(neighbour)
            let hope = rule.hope(neighbour, steps, heights) ?? height
            guard hope > best - depth(y) || chart.isInTail(y) else {
              hopeless.insert(neighbour)
              continue
            }
          }
          visited.insert(neighbour)
          following.append(Candidate(index: neighbour, start: state))
        }
      }
      frontier = following
    }
    guard !nodes.isEmpty else {
      throw FitError("There is no fit at the mode of the hyperparameters.")
    }
    // The highest density was not known from the start.
    for index in nodes.indices {
      let node = nodes[index]
      let height = node.logDensity + node.logVolume - logCell
      nodes[index].isInside = height > best - depth(node.coordinates)
    }
    self.chart = chart
    self.rule = rule
    self.nodes = nodes
    failureCount = attempts.count
  }
}

/// A node to be visited.
private struct Candidate<State: Sendable>: Sendable {
  let index: [Int]
  let start: State
}
