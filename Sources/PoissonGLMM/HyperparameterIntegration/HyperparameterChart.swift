import PlatformEssentials

/// Coordinates y of the hyperparameters in which their posterior is near a standard normal, and in
/// which a lattice lies: with C = V w^-1/2 from the curvature V diag(w) V' at the mode,
///
///     x = C y        phi_a = mode_a + x_a, or mode_a + sigma_a stretch(x_a / sigma_a) for a log SD
///
/// sigma_a^2 = (C C')_aa. Below a log SD's mode the density may go on as the prior does, hundreds
/// of SDs far under a wide prior: without much information in the data, effects too small to be
/// seen are as likely as others just as small. `stretch` makes the distances of nodes grow there.
/// It acts on each log SD for itself: such a tail lies along an axis of phi, whatever the
/// correlations near the mode, and it is a straight tail in x too.
struct HyperparameterChart: Sendable {
  let mode: [Double]
  /// C, h x h.
  let axes: Matrix
  /// Whether each hyperparameter is a log SD, which is stretched.
  let isStretched: [Bool]
  /// sigma.
  let scales: [Double]
  /// log|C|.
  private let logDeterminant: Double

  /// - Parameters:
  ///   - mode: phi at y = 0.
  ///   - curvatures: w, h numbers above 0.
  ///   - axes: V, whose columns are the directions of w.
  ///   - isStretched: whether each hyperparameter is a log SD; none is if nil.
  init(mode: [Double], curvatures: [Double], axes: Matrix, isStretched: [Bool]? = nil) {
    self.mode = mode
    self.isStretched = isStretched ?? mode.map { _ in false }
    var scaled = axes
    for i in mode.indices {
      for k in mode.indices { scaled[i, k] /= curvatures[k].squareRoot() }
    }
    self.axes = scaled
    scales = mode.indices.map { a in
      scaled.row(a).reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    logDeterminant = -0.5 * curvatures.reduce(0) { $0 + log($1) }
  }

  var dimensions: Int { mode.count }

  /// y of a point on either side of the center along each axis.
  /// - Parameter distance: that of the first of them, which is below the center if it is negative.
  static func axisPoints(dimensions h: Int, distance: Double) -> [[Double]] {
    (0..<h).flatMap { axis in
      [distance, -distance].map { side in (0..<h).map { $0 == axis ? side : 0.0 } }
    }
  }

  /// phi at y.
  func point(_ y: [Double]) -> [Double] {
    let x = axes * y
    return x.indices.map { point(x[$0], of: $0) }
  }

  /// phi_a at x_a.
  func point(_ x: Double, of a: Int) -> Double {
    mode[a] + (isStretched[a] ? scales[a] * TailStretch.value(x / scales[a]) : x)
  }

  /// x_a at phi_a.
  func coordinate(_ phi: Double, of a: Int) -> Double {
    let distance = phi - mode[a]
    return isStretched[a] ? scales[a] * TailStretch.inverse(distance / scales[a]) : distance
  }

  /// The derivatives by y of a function with these derivatives by phi.
  func gradient(_ slopes: [Double], at y: [Double]) -> [Double] {
    let x = axes * y
    let inX = x.indices.map { a in
      isStretched[a] ? slopes[a] * TailStretch.slope(x[a] / scales[a]) : slopes[a]
    }
    return axes.transposed * inX
  }

  /// y at phi; the columns of C are orthogonal.
  func coordinates(of phi: [Double]) -> [Double] {
    let x = phi.indices.map { coordinate(phi[$0], of: $0) }
    return phi.indices.map { k in
      var (product, square) = (0.0, 0.0)
      for a in phi.indices {
        product += axes[a, k] * x[a]
        square += axes[a, k] * axes[a, k]
      }
      return product / square
    }
  }

  /// log|d phi / dy|.
  func logJacobian(_ y: [Double]) -> Double {
    let x = axes * y
    return x.indices.reduce(logDeterminant) { sum, a in
      isStretched[a] ? sum + log(TailStretch.slope(x[a] / scales[a])) : sum
    }
  }

  /// Whether a log SD is so far below its mode that a wide prior's tail may have begun.
  func isInTail(_ y: [Double]) -> Bool {
    let x = axes * y
    return x.indices.contains { isStretched[$0] && x[$0] < -TailStretch.tailStart * scales[$0] }
  }
}

/// A line whose lower end is stretched: distances grow by half from one unit to the next.
///
///     stretch(t) = t - (e^(-kappa (t + t0)) - e^(-kappa t0)) / kappa,   kappa = 0.4, t0 = 8
///
/// It is smooth, so that sums over equidistant t stay exact, and 4 % away from t at its center.
/// 220 units are 19.
enum TailStretch {
  private static let rate = 0.4
  private static let start = 8.0
  /// A density that falls like a normal one has lost 4.5 log units at this distance.
  static let tailStart = 3.0

  static func value(_ t: Double) -> Double {
    t - (exp(-rate * (t + start)) - exp(-rate * start)) / rate
  }

  /// The derivative.
  static func slope(_ t: Double) -> Double { 1 + exp(-rate * (t + start)) }

  /// t at a value, by Newton's method, which converges from below because the slope falls.
  static func inverse(_ value: Double) -> Double {
    // For a value below -t0 the exponential is most of it.
    var t = value > -start ? value - 1 : -start - log(1 + rate * (-value)) / rate - 1
    for _ in 0..<100 {
      let step = (value - self.value(t)) / slope(t)
      t += step
      if step.magnitude < 1e-13 * (1 + t.magnitude) { break }
    }
    return t
  }
}
