import PlatformEssentials

/// A direction of a panel: which values it holds, and at which it has ticks.
struct SVGAxis {
  /// What equal distances mean.
  enum Scale {
    case linear, logarithmic
    /// Of counts from 0 on, whose scatter then looks alike everywhere.
    case squareRoot

    /// The number that places a value; NaN for one that the scale does not have.
    func place(of value: Double) -> Double {
      switch self {
      case .linear: value
      case .logarithmic: value > 0 ? log10(value) : .nan
      case .squareRoot: value >= 0 ? value.squareRoot() : .nan
      }
    }
  }

  let lower: Double
  let upper: Double
  let scale: Scale
  let ticks: [Double]

  /// An axis that holds all values, with round ticks. Values that are not finite, or that the scale
  /// does not have, are passed over; without any it reaches from 0 to 1, or from 1 to 10.
  init(_ values: [Double], scale: Scale = .linear, isTight: Bool = false) {
    let drawable = values.filter { $0.isFinite && $0.magnitude < 1e300 }.map(scale.place)
      .filter(\.isFinite)
    var (low, high) = (drawable.min() ?? 0, drawable.max() ?? 1)
    if high - low <= 1e-9 * max(low.magnitude, high.magnitude, 1e-300) {
      let margin = scale == .logarithmic ? 0.2 : max(0.5 * low.magnitude, 0.5)
      (low, high) = (low - margin, high + margin)
    }
    let margin = isTight ? 0 : 0.04 * (high - low)
    (low, high) = (low - margin, high + margin)
    self.scale = scale
    (lower, upper) = (low, high)
    ticks =
      switch scale {
      case .linear: Self.roundTicks(low, high)
      case .logarithmic: Self.logarithmicTicks(low, high)
      case .squareRoot: Self.squareRootTicks(low, high)
      }
  }

  /// Where a value lies between the ends, from 0 to 1; NaN for one that the axis does not have.
  func share(_ value: Double) -> Double {
    (scale.place(of: value) - lower) / (upper - lower)
  }

  /// Multiples of 1, 2 or 5 times a power of ten, at most seven.
  private static func roundTicks(_ low: Double, _ high: Double) -> [Double] {
    let power = pow(10, log10((high - low) / 6).rounded(.down))
    for factor in [1.0, 2, 5, 10] {
      let step = factor * power
      let (first, last) = ((low / step).rounded(.up), (high / step).rounded(.down))
      guard last - first <= 6 else { continue }
      return stride(from: first, through: last, by: 1).map { $0 * step + 0 }
    }
    return []
  }

  /// Powers of ten, with their multiples between them where these are few.
  private static func logarithmicTicks(_ low: Double, _ high: Double) -> [Double] {
    let decades = Int(low.rounded(.down))...Int(high.rounded(.up))
    let step = max(1, decades.count / 6)
    for digits in [[1.0], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 7]] {
      let ticks = decades.filter { $0 % step == 0 }.flatMap { decade in
        digits.map { $0 * pow(10, Double(decade)) }
      }.filter { (low...high).contains(log10($0)) }
      if ticks.count >= 4 { return ticks }
    }
    // A range within a digit.
    return roundTicks(pow(10, low), pow(10, high)).filter { $0 > 0 }
  }

  /// 0 and numbers of one digit, at about equal distances of their roots.
  private static func squareRootTicks(_ low: Double, _ high: Double) -> [Double] {
    var ticks: [Double] = []
    for step in 0...6 {
      let root = max(low, 0) + (high - max(low, 0)) * Double(step) / 6
      let power = pow(10, log10(max(root * root, 1e-300)).rounded(.down))
      let tick = root > 0 ? (root * root / power).rounded() * power : 0
      let place = tick.squareRoot()
      if (low...high).contains(place), ticks.last.map({ $0 < tick }) ?? true { ticks.append(tick) }
    }
    return ticks
  }
}

/// A rectangle of a picture with two axes.
struct SVGPanel {
  let left: Double
  let top: Double
  let width: Double
  let height: Double
  let x: SVGAxis
  let y: SVGAxis

  func x(_ value: Double) -> Double { left + width * x.share(value) }
  func y(_ value: Double) -> Double { top + height * (1 - y.share(value)) }

  /// Grid lines, ticks and the names of the axes; the one on the left stands above its axis. Of
  /// labels that would touch, the first is written.
  func drawAxes(_ document: inout SVGDocument, xTitle: String, yTitle: String?) {
    let bottom = top + height
    var free = -Double.infinity
    for tick in x.ticks {
      document.line(x(tick), top, x(tick), bottom, .grid)
      let label = SVGText.number(tick)
      let reach = SVGText.width(label) * SVGDocument.fontSize / 2
      guard x(tick) - reach > free else { continue }
      free = x(tick) + reach + 4
      document.text(label, x: x(tick), y: bottom + 16, anchor: .middle, ink: .axis)
    }
    if let yTitle {
      for tick in y.ticks {
        document.line(left, y(tick), left + width, y(tick), .grid)
        document.text(
          SVGText.number(tick), x: left - 6, y: y(tick) + 4, anchor: .end, ink: .axis)
      }
      document.text(yTitle, x: 16, y: top - 8, ink: .axis)
    }
    document.line(left, bottom, left + width, bottom, .axis)
    document.caption(xTitle, x: left + width / 2, y: bottom + 36)
  }
}

extension SVGAxis {
  private init(_ other: SVGAxis, ticks: [Double]) {
    (lower, upper, scale) = (other.lower, other.upper, other.scale)
    self.ticks = ticks
  }

  /// The same, for a panel that writes its own labels.
  var withoutTicks: SVGAxis { SVGAxis(self, ticks: []) }
}
