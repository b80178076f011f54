import Foundation

/// How values become lengths.
enum AxisScale: Sendable, Equatable {
  case linear
  /// Values above 0.
  case logarithmic
  /// For shares near 1, such as coverages: the square root of what is missing from 1, so that 0.94
  /// and 0.95 can be told apart beside a 0.1.
  case share
  /// Linear up to about this value on both sides of 0, logarithmic far beyond: the inverse
  /// hyperbolic sine.
  case compressed(beyond: Double)

  /// The place of a value along the axis, which grows with it; not finite for a value that the
  /// scale does not have.
  func position(_ value: Double) -> Double {
    switch self {
    case .linear: value
    case .logarithmic: value > 0 ? log10(value) : -.infinity
    case .share: -max(0, 1 - value).squareRoot()
    case .compressed(let unit): asinh(value / unit)
    }
  }
}

extension AxisScale {
  /// The value that has this position.
  func value(at position: Double) -> Double {
    switch self {
    case .linear: position
    case .logarithmic: pow(10, position)
    case .share: 1 - position * position
    case .compressed(let unit): unit * sinh(position)
    }
  }
}

/// One direction of a panel.
struct FigureAxis: Sendable, Equatable {
  struct Tick: Sendable, Equatable {
    let value: Double
    let label: String
  }

  /// Values at the two ends, which differ.
  let range: ClosedRange<Double>
  let ticks: [Tick]
  let scale: AxisScale
  /// Whether thin lines cross the panel at the ticks.
  let hasGrid: Bool

  init(range: ClosedRange<Double>, ticks: [Tick], scale: AxisScale = .linear, hasGrid: Bool = true)
  {
    self.range = range
    self.ticks = ticks
    self.scale = scale
    self.hasGrid = hasGrid
  }

  /// The same where thin lines are drawn otherwise.
  var withoutGrid: FigureAxis {
    FigureAxis(range: range, ticks: ticks, scale: scale, hasGrid: false)
  }

  /// The value half-way between the ends, as the eye sees it.
  var middle: Double {
    scale.value(at: (scale.position(range.lowerBound) + scale.position(range.upperBound)) / 2)
  }

  /// Names one below the other, the first at the top: number i has the value -i.
  static func names(_ names: [String]) -> FigureAxis {
    FigureAxis(
      range: (0.5 - Double(max(1, names.count)))...0.5,
      ticks: names.enumerated().map { Tick(value: -Double($0), label: $1) }, hasGrid: false)
  }

  /// Names one beside the other: number i has the value i.
  static func columns(_ names: [String]) -> FigureAxis {
    FigureAxis(
      range: -0.5...(Double(max(1, names.count)) - 0.5),
      ticks: names.enumerated().map { Tick(value: Double($0), label: $1) }, hasGrid: false)
  }

  /// A linear axis with round numbers that holds all values.
  /// - Returns: nil where none of the values can be drawn.
  static func linear(_ values: [Double], ticks count: Int = 5) -> FigureAxis? {
    let drawable = values.filter(isDrawable)
    guard var lowest = drawable.min(), var highest = drawable.max() else { return nil }
    if highest - lowest <= 1e-9 * max(abs(lowest), abs(highest)) {
      let margin = max(abs(lowest) / 2, 1e-3)
      (lowest, highest) = (lowest - margin, highest + margin)
    }
    let margin = 0.04 * (highest - lowest)
    let range = (lowest - margin)...(highest + margin)
    return FigureAxis(range: range, ticks: roundTicks(in: range, count: count))
  }

  /// A logarithmic axis that holds all values above 0, with ticks at powers of ten, or closer where
  /// there are few of those.
  /// - Returns: nil where none of the values can be drawn.
  static func logarithmic(_ values: [Double]) -> FigureAxis? {
    let drawable = values.filter { isDrawable($0) && $0 > 1e-15 }
    guard let lowest = drawable.min(), let highest = drawable.max() else { return nil }
    let range = (lowest / 1.25)...(highest * 1.25)
    let decades =
      Int(log10(range.lowerBound).rounded(.down))...Int(log10(range.upperBound).rounded(.up))
    let digits: [Double] = decades.count > 4 ? [1] : decades.count > 3 ? [1, 3] : [1, 2, 5]
    let step = max(1, decades.count / 8)
    let ticks = decades.filter { $0 % step == 0 }.flatMap { decade in
      digits.map { $0 * pow(10, Double(decade)) }
    }.filter(range.contains).map { Tick(value: $0, label: label($0)) }
    return FigureAxis(range: range, ticks: ticks, scale: .logarithmic)
  }

  /// An axis of shares that ends at 1 and holds all values.
  /// - Parameters:
  ///   - nominal: always shown, and labelled.
  ///   - room: the number of labels that fit side by side.
  /// - Returns: nil where none of the values can be drawn.
  static func shares(_ values: [Double], nominal: Double?, room: Int) -> FigureAxis? {
    let drawable = values.filter { (0...1).contains($0) }
    guard let least = drawable.min() else { return nil }
    let scale = AxisScale.share
    let lowest = min(least, nominal ?? least)
    // A twentieth of the length below the lowest.
    let start = max(-1, 1.05 * scale.position(lowest))
    let range = (1 - max(start * start, 0.01))...1
    // Where labels would meet, the more important comes first and the other stays without.
    let spread = -scale.position(range.lowerBound)
    var ticks: [Tick] = []
    let candidates =
      (nominal.map { [$0] } ?? []) + [1, 0.5, 0.8, 0, 0.9, 0.2, 0.99, 0.7, 0.97, 0.6]
    for value in candidates where range.contains(value) {
      let isFree = ticks.allSatisfy {
        abs(scale.position($0.value) - scale.position(value)) >= spread / Double(max(1, room))
      }
      if isFree { ticks.append(Tick(value: value, label: label(value))) }
    }
    // Room for a point at 1.
    return FigureAxis(
      range: range, ticks: ticks.sorted { $0.value < $1.value }, scale: scale)
  }

  /// An axis around 0 that holds all values and shows those as small as `unit`.
  /// - Parameters:
  ///   - unit: above 0.
  ///   - room: the number of labels that fit side by side.
  /// - Returns: nil where none of the values can be drawn.
  static func compressed(_ values: [Double], beyond unit: Double, room: Int) -> FigureAxis? {
    guard let largest = values.filter(isDrawable).map(abs).max(), largest > 0, unit > 0 else {
      return nil
    }
    let scale = AxisScale.compressed(beyond: unit)
    let range = (-1.08 * largest)...(1.08 * largest)
    let length = 2 * scale.position(range.upperBound)
    var ticks: [Double] = [0]
    let power = pow(10, log10(largest).rounded(.down))
    // From the end towards 0: what is near 0 is shown by the ticks that are there still room for.
    for size in [5.0, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01].map({ $0 * power })
    where size <= largest {
      let isFree = ticks.allSatisfy {
        abs(scale.position($0) - scale.position(size)) >= length / Double(max(1, room))
      }
      if isFree { ticks += [size, -size] }
    }
    return FigureAxis(
      range: range, ticks: ticks.sorted().map { Tick(value: $0, label: label($0)) }, scale: scale)
  }

  /// Whether a figure can show a number beside others: finite, and no larger than a measurement can
  /// be.
  static func isDrawable(_ value: Double) -> Bool { value.isFinite && abs(value) < 1e12 }

  /// Multiples of 1, 2 or 5 times a power of ten, as close as leaves at most one more than `count`.
  private static func roundTicks(in range: ClosedRange<Double>, count: Int) -> [Tick] {
    let rough = (range.upperBound - range.lowerBound) / Double(max(1, count))
    let power = pow(10, log10(rough).rounded(.down) - 1)
    for factor in [5.0, 10, 20, 50, 100] {
      let step = factor * power
      let first = (range.lowerBound / step).rounded(.up)
      let last = (range.upperBound / step).rounded(.down)
      guard first <= last, last - first <= Double(max(1, count)) else { continue }
      return stride(from: first, through: last, by: 1).map {
        // Adding 0 makes a negative zero positive.
        Tick(value: $0 * step + 0, label: label($0 * step + 0))
      }
    }
    return []
  }

  /// `0.05`, `2`, `10,000`; six digits at most.
  static func label(_ value: Double) -> String {
    if abs(value) >= 1e3, abs(value) < 1e9, value == value.rounded() {
      return NumberText.count(Int(value))
    }
    return String(format: "%.6g", value)
  }
}
