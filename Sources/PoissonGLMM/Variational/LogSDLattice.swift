import Foundation

/// The points of s at which `integrated` fits the Gaussian, a lattice that covers the posterior of up to three log SDs.
///
/// Points lie one conditional posterior SD apart in each direction, where the trapezoidal rule is exact to about 1e-8 for a
/// Gaussian and to 1e-3 for a skewed density, and reach out until the log density is `depth` below its largest value. Fits start from their neighbour's.
struct LogSDLattice {
  /// exp(-depth) = 1e-4 of the peak: the mass left out is 3e-5 for a Gaussian, which is 2e-4 of an SD.
  static let depth = 9.0
  private static let mostPoints = 20_000

  /// One point and what was found there.
  struct Point {
    let index: [Int]
    let fit: HeldFit
  }

  /// The distances of the points, by variance component.
  let steps: [Double]
  private(set) var points: [Point] = []
  private var peak = -Double.infinity
  let center: [Double]
  private let fitter: HeldFitter

  init(_ fitter: HeldFitter, mode: LogSDMode) throws(FitError) {
    self.fitter = fitter
    center = mode.center
    steps = mode.conditionalSDs
    var index = [Int](repeating: 0, count: center.count)
    _ = try explore(axis: center.count - 1, &index, from: mode.state)
  }

  /// The value of s at a point.
  func position(_ index: [Int]) -> [Double] {
    center.indices.map { center[$0] + Double(index[$0]) * steps[$0] }
  }

  /// Visits the slice that `index` has fixed above `axis`, from the middle outwards.
  /// - Returns: the largest log density in the slice, and the state where its middle was fitted.
  private mutating func explore(
    axis: Int, _ index: inout [Int], from start: DoubleStorage
  ) throws(FitError) -> (best: Double, middle: DoubleStorage) {
    guard axis >= 0 else { return (try visit(index, from: start), fitter.state) }
    index[axis] = 0
    let (inner, middle) = try explore(axis: axis - 1, &index, from: start)
    var best = inner
    for side in [1, -1] {
      var state = middle
      var previous = inner
      index[axis] = side
      while true {
        let (value, next) = try explore(axis: axis - 1, &index, from: state)
        best = max(best, value)
        if value < peak - Self.depth && value <= previous { break }
        previous = value
        state = next
        index[axis] += side
      }
    }
    index[axis] = 0
    return (best, middle)
  }

  private mutating func visit(_ index: [Int], from start: DoubleStorage) throws(FitError) -> Double
  {
    guard points.count < Self.mostPoints else {
      throw FitError(
        "The posterior of the log standard deviations is too wide for quadrature: "
          + "more than \(Self.mostPoints) points.")
    }
    let fit = try fitter.fit(at: position(index), from: start, isFinal: true)
    points.append(Point(index: index, fit: fit))
    peak = max(peak, fit.logDensity)
    return fit.logDensity
  }
}
