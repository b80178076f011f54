import PlatformEssentials

/// The points of s at which `integrated` fits the Gaussian, a lattice that covers the posterior of
/// up to three log SDs.
///
/// Points lie one conditional posterior SD apart in each direction, where the trapezoidal rule is
/// exact to about 1e-8 for a Gaussian and to 1e-3 for a skewed density, and reach out until the log
/// density is `depth` below its largest value. Far out, where only a wide prior leaves any density
/// and nothing changes from one SD to the next, they lie farther apart, so that there are not many.
/// Each fit starts from a neighbour's.
struct LogSDLattice {
  /// exp(-9) = 1e-4 of the peak: the mass left out is 3e-5 for a Gaussian, which is 2e-4 of an SD.
  /// Priors with slow tails take more.
  static func depth(priors: [LogSDPrior]) -> Double { 9 + priors.tailDepth }
  private let depth: Double
  private static let maximumPoints = 20_000
  /// The number of points on each side that are equidistant, and the ratio of one distance to the
  /// next beyond.
  private static let minimumEvenPoints = 8
  /// The same where a tail falls as exp(s) or so: at 8 points it can have 10 % of the variance
  /// left.
  private static let minimumEvenPointsOfTail = 16
  private let evenPoints: Int
  private static let distanceRatio = 1.5

  /// One point and what was found there.
  struct Point {
    let index: [Int]
    let value: LogSDPoint
  }

  /// Gives the value at s and the state of the fit there, starting from the state of a neighbour's;
  /// nil where there is no value, beyond which the lattice does not go.
  typealias Visit = (_ logSDs: [Double], _ start: DoubleStorage) throws(FitError) -> (
    value: LogSDPoint, state: DoubleStorage
  )?

  /// The distances of points near the center, by random term.
  let steps: [Double]
  private(set) var points: [Point] = []
  private var peak = -Double.infinity
  let center: [Double]
  /// By axis, the least and the greatest index that is visited whatever the density on the way.
  private let reach: [ClosedRange<Int>]

  /// Covers the density that `visit` gives.
  /// - Parameters:
  ///   - center: a point of the lattice near the density's mode.
  ///   - mode: gives the distances of points, and a state to start from.
  ///   - reach: by axis, how far the lattice goes whatever the density on the way, in indices.
  init(
    center: [Double], mode: LogSDMode, reach: [ClosedRange<Int>]? = nil, _ visit: Visit
  ) throws(FitError) {
    try self.init(
      center: center, steps: mode.conditionalSDs, priors: mode.priors, reach: reach,
      from: mode.state, visit)
  }

  /// Covers the density that `visit` gives, from a center and a state to start from, with these
  /// distances of points near the center.
  init(
    center: [Double], steps: [Double], priors: [LogSDPrior], reach: [ClosedRange<Int>]? = nil,
    from state: DoubleStorage, _ visit: Visit
  ) throws(FitError) {
    self.center = center
    self.steps = steps
    self.reach = reach ?? center.map { _ in 0...0 }
    let minimum =
      priors.hasExponentialTail ? Self.minimumEvenPointsOfTail : Self.minimumEvenPoints
    evenPoints = self.reach.reduce(minimum) {
      max($0, -$1.lowerBound, $1.upperBound)
    }
    depth = Self.depth(priors: priors)
    var index = center.map { _ in 0 }
    _ = try explore(axis: center.count - 1, &index, from: state, visit)
  }

  /// The value of s at a point.
  func position(_ index: [Int]) -> [Double] { index.indices.map { position(index[$0], axis: $0) } }

  func position(_ index: Int, axis: Int) -> Double {
    center[axis] + steps[axis] * distance(index)
  }

  /// The log of the volume that a point stands for.
  func logVolume(_ index: [Int]) -> Double {
    index.indices.reduce(0) { $0 + log(steps[$1]) + logWidth(index[$1]) }
  }

  /// The log of the length that a point stands for on an axis, in steps: the derivative of its
  /// distance by its index, which makes sums over points trapezoidal rules in the index; where the
  /// distances begin to grow, half the distance between its neighbours.
  func logWidth(_ index: Int) -> Double {
    let beyond = Int(index.magnitude) - evenPoints
    if beyond < 0 { return 0 }
    if beyond == 0 { return log(0.5 * (1 + Self.distanceRatio)) }
    return log(Self.distanceRatio * log(Self.distanceRatio) / (Self.distanceRatio - 1))
      + Double(beyond) * log(Self.distanceRatio)
  }

  /// The distance of a point from the center along an axis, in steps.
  private func distance(_ index: Int) -> Double {
    let beyond = index.magnitude - min(index.magnitude, UInt(evenPoints))
    guard beyond > 0 else { return Double(index) }
    // evenPoints + ratio + ratio^2 + ...
    let distance =
      Double(evenPoints) + Self.distanceRatio * (pow(Self.distanceRatio, Double(beyond)) - 1)
      / (Self.distanceRatio - 1)
    return index < 0 ? -distance : distance
  }

  /// Visits the slice that `index` has fixed above `axis`, from the middle outwards.
  /// - Returns: the largest log density in the slice, and the state where its middle was fitted.
  private mutating func explore(
    axis: Int, _ index: inout [Int], from start: DoubleStorage, _ visit: Visit
  ) throws(FitError) -> (best: Double, middle: DoubleStorage) {
    guard axis >= 0 else { return try add(index, from: start, visit) }
    index[axis] = 0
    let (inner, middle) = try explore(axis: axis - 1, &index, from: start, visit)
    var best = inner
    for side in [1, -1] {
      var state = middle
      var previous = inner
      index[axis] = side
      while true {
        let (value, next) = try explore(axis: axis - 1, &index, from: state, visit)
        best = max(best, value)
        let isWithinReach = reach[axis].contains(index[axis])
        if value < peak - depth && value <= previous && !isWithinReach { break }
        previous = value
        state = next
        index[axis] += side
      }
    }
    index[axis] = 0
    return (best, middle)
  }

  private mutating func add(
    _ index: [Int], from start: DoubleStorage, _ visit: Visit
  ) throws(FitError) -> (best: Double, middle: DoubleStorage) {
    guard points.count < Self.maximumPoints else {
      throw FitError(
        "The posterior of the log standard deviations is too wide for quadrature: "
          + "more than \(Self.maximumPoints) points. Give them a narrower prior, or leave out "
          + "random terms."
      )
    }
    guard let (value, state) = try visit(position(index), start) else { return (-.infinity, start) }
    points.append(Point(index: index, value: value))
    peak = max(peak, value.logDensity)
    return (value.logDensity, state)
  }
}

extension LogSDLattice {
  /// The lattice with a fit at every point.
  static func fitted(
    _ fitter: LogSDEvaluator, mode: LogSDMode, reach: [ClosedRange<Int>]? = nil
  ) throws(FitError) -> (lattice: LogSDLattice, fits: [LogSDEvaluation]) {
    var fits: [LogSDEvaluation] = []
    let lattice = try LogSDLattice(center: mode.center, mode: mode, reach: reach) {
      (logSDs, start) throws(FitError) in
      let fit = try fitter.fit(at: logSDs, from: start, isFinal: true)
      fits.append(fit)
      return (LogSDPoint(fit, index: fits.count - 1), fitter.state)
    }
    return (lattice, fits)
  }

  /// The lattice on a surface; nil if that does not reach as far as the density does.
  init?(_ surface: LogSDSurface, mode: LogSDMode) throws(FitError) {
    var isWhole = true
    try self.init(center: surface.mode, mode: mode) { (logSDs, start) throws(FitError) in
      guard let value = surface.point(at: logSDs) else {
        isWhole = false
        return nil
      }
      return (value, start)
    }
    if !isWhole { return nil }
  }
}
