import PlatformEssentials

/// The posterior of the hyperparameters from their log density at the nodes of a lattice or of a
/// composite design.
///
/// Integrals are sums over the nodes, on a lattice the trapezoid rule. Distribution functions need
/// the density between nodes: there it is a mixture of normals (`LocalNormals`).
struct HyperparameterPosterior: Sendable {
  let chart: HyperparameterChart
  private var points: [[Double]]
  /// The weights of the nodes, which add up to 1.
  let weights: [Double]
  /// The log of the integral of the density: log p(y) where the density is p(y, phi).
  let logIntegral: Double
  private(set) var normals: LocalNormals
  /// By hyperparameter, its own posterior where that is known better: along a line.
  private var lines: [HyperparameterPosterior] = []

  /// - Parameter logDensities: by node, where they have changed since the lattice was made; minus
  ///   infinity where a node has no weight.
  init<Content>(_ lattice: HyperparameterLattice<Content>, logDensities: [Double]? = nil) {
    let nodes = lattice.nodes
    let values = logDensities ?? nodes.map(\.logDensity)
    chart = lattice.chart
    points = nodes.map(\.phi)
    let masses = zip(values, nodes).map { $0 + $1.logVolume }
    (weights, logIntegral) = Self.normalized(masses)
    let kept = nodes.indices.filter { values[$0] > -.infinity }
    normals = LocalNormals(
      rule: lattice.rule, dimensions: lattice.chart.dimensions,
      indices: kept.map { nodes[$0].index },
      logMasses: kept.map { masses[$0] })
  }

  /// - Parameter lines: the posterior of each hyperparameter along its line, which has the better
  ///   shape. The means are those of the composite design, which knows how the others' conditional
  ///   distribution changes along the line.
  init<Content>(
    _ composite: HyperparameterComposite<Content>, lines: [HyperparameterPosterior]
  ) {
    chart = composite.chart
    points = composite.nodes.map(\.phi)
    (weights, logIntegral) = Self.normalized(
      composite.nodes.map { $0.logDensity + $0.logVolume })
    normals = composite.normals(weights: weights, logMass: logIntegral)
    self.lines = lines.enumerated().map { a, line in
      line.moved(to: moments { chart.coordinate($0[a], of: a) }.mean)
    }
  }

  /// The posterior of a single hyperparameter, moved in x to another mean.
  private func moved(to mean: Double) -> HyperparameterPosterior {
    func x(_ point: [Double]) -> Double { chart.coordinate(point[0], of: 0) }
    let distance = mean - moments(of: x).mean
    var result = self
    result.points = points.map { [chart.point(x($0) + distance, of: 0)] }
    result.normals.move(by: [distance / chart.scales[0]])
    return result
  }

  /// The masses whose logs are given, over their sum; and the log of that.
  private static func normalized(_ logMasses: [Double]) -> (weights: [Double], logSum: Double) {
    let largest = logMasses.max() ?? 0
    let total = logMasses.reduce(0) { $0 + exp($1 - largest) }
    return (logMasses.map { exp($0 - largest) / total }, largest + log(total))
  }
}

// MARK: Moments

extension HyperparameterPosterior {
  /// E f(phi) and SD f(phi).
  func moments(of function: ([Double]) -> Double) -> (mean: Double, standardDeviation: Double) {
    // Far out a function may be infinite where there is no weight.
    let values = points.indices.map { weights[$0] > 0 ? function(points[$0]) : 0 }
    let mean = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
    let variance = zip(weights, values).reduce(0) {
      $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean)
    }
    return (mean, variance.squareRoot())
  }

  /// E phi.
  var mean: [Double] { chart.mode.indices.map { a in moments { $0[a] }.mean } }

  /// Cov(phi), h x h.
  var covariance: Matrix {
    let center = mean
    var result = Matrix(order: center.count)
    for (weight, point) in zip(weights, points) {
      for i in center.indices {
        for j in center.indices {
          result[i, j] += weight * (point[i] - center[i]) * (point[j] - center[j])
        }
      }
    }
    return result
  }
}

// MARK: Marginals

extension HyperparameterPosterior {
  /// What is to be known of a hyperparameter: itself, or a function of it.
  enum Scale {
    case own
    /// exp(s) of a log SD.
    case exponential
    /// tanh z, the correlation of a set of two terms.
    case hyperbolicTangent
  }

  /// The marginal of hyperparameter a, or of a function of it.
  func marginal(_ a: Int, scale: Scale = .own) -> Marginal {
    if !lines.isEmpty { return lines[a].marginal(0, scale: scale) }
    let row = Array(chart.axes.row(a))
    let center = chart.mode[a]
    let isStretched = chart.isStretched[a]
    // In x_a, which is linear in y, with the mean and SD that the sums over nodes give.
    let inX = moments { chart.coordinate($0[a], of: a) }
    let mixture = NormalMixture(
      weights: normals.weights,
      means: normals.means.map { zip(row, $0).reduce(0) { $0 + $1.0 * $1.1 } },
      standardDeviations: normals.covariances.map { $0.quadraticForm(row).squareRoot() }
    ).moved(to: inX, by: isStretched ? 0 : center)
    let sigma = chart.scales[a]
    let transformation: TransformedMixture.Transformation =
      switch (scale, isStretched) {
      case (.own, false): .identity
      case (.own, true): .stretch(center: center, scale: sigma)
      case (.exponential, false): .exponential
      case (.exponential, true): .exponentialOfStretch(center: center, scale: sigma)
      case (.hyperbolicTangent, _): .hyperbolicTangent
      }
    precondition(!(scale == .hyperbolicTangent && isStretched), "a log SD has no tanh")
    let moments =
      switch scale {
      case .own: moments { $0[a] }
      case .exponential: moments { exp($0[a]) }
      case .hyperbolicTangent: moments { tanh($0[a]) }
      }
    return Marginal(
      TransformedMixture(
        mean: moments.mean, standardDeviation: moments.standardDeviation, mixture: mixture,
        transformation: transformation))
  }

  /// The marginal of a correlation that is a function of several hyperparameters.
  ///
  /// Its atanh is near linear within each normal; the atanh's mean and variance there are taken
  /// over the 2 h points mean +- sqrt(h) (columns of a root of the covariance).
  /// - Parameter correlation: from -1 to 1, at phi.
  func marginal(ofCorrelation correlation: ([Double]) -> Double) -> Marginal {
    let h = chart.dimensions
    var (means, sds): ([Double], [Double]) = ([], [])
    for (mean, covariance) in zip(normals.means, normals.covariances) {
      let eigen = SymmetricEigenvectors(covariance)
      var values: [Double] = []
      for axis in 0..<h {
        let length = (Double(h) * max(eigen.values[axis], 0)).squareRoot()
        for side in [length, -length] {
          let y = (0..<h).map { mean[$0] + side * eigen.vectors[$0, axis] }
          values.append(Self.boundedAtanh(correlation(chart.point(y))))
        }
      }
      let average = values.reduce(0, +) / Double(values.count)
      let variance =
        values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(values.count)
      means.append(average)
      sds.append(max(variance, 1e-20).squareRoot())
    }
    let moments = moments(of: correlation)
    return Marginal(
      TransformedMixture(
        mean: moments.mean, standardDeviation: moments.standardDeviation,
        mixture: NormalMixture(
          weights: normals.weights, means: means, standardDeviations: sds
        ).moved(to: self.moments { Self.boundedAtanh(correlation($0)) }, by: 0),
        transformation: .hyperbolicTangent))
  }

  /// atanh, which rounding must not make infinite.
  private static func boundedAtanh(_ value: Double) -> Double {
    atanh(max(-1 + 1e-15, min(1 - 1e-15, value)))
  }
}

extension NormalMixture {
  /// The mixture moved and stretched to a given mean and SD, then moved by a distance.
  ///
  /// Sums over the nodes of a lattice know both better than a mixture that lacks what lies just
  /// beyond the last nodes.
  fileprivate func moved(
    to moments: (mean: Double, standardDeviation: Double), by distance: Double
  ) -> NormalMixture {
    let (center, factor) = (mean, moments.standardDeviation / standardDeviation)
    guard factor > 0.5, factor < 2 else {
      return NormalMixture(
        weights: weights, means: means.map { $0 + distance },
        standardDeviations: standardDeviations)
    }
    return NormalMixture(
      weights: weights, means: means.map { distance + moments.mean + factor * ($0 - center) },
      standardDeviations: standardDeviations.map { factor * $0 })
  }
}
