/// A performance measure as figures show it.
struct PlottedMeasure: Sendable {
  struct Value: Sendable, Equatable {
    let value: Double
    /// 95 % Monte Carlo confidence interval; nil where there is no error.
    let interval: ClosedRange<Double>?

    /// - Parameter error: Monte Carlo standard error of `value`.
    init?(_ value: Double, error: Double?) {
      guard FigureAxis.isDrawable(value) else { return nil }
      self.value = value
      let halfWidth = (error ?? 0) * Self.normalQuantile
      interval =
        halfWidth > 0 && FigureAxis.isDrawable(halfWidth)
        ? (value - halfWidth)...(value + halfWidth) : nil
    }

    /// A share of `count` replicates with Wilson's interval (1927), which a share of 0 or 1 has
    /// too.
    init?(share: Double, of count: Int) {
      guard (0...1).contains(share), count > 0 else { return nil }
      value = share
      let number = Double(count)
      let z = Self.normalQuantile
      let shrink = 1 + z * z / number
      let centre = (share + z * z / (2 * number)) / shrink
      let halfWidth =
        z / shrink
        * (share * (1 - share) / number + z * z / (4 * number * number)).squareRoot()
      // Rounding must not leave the share itself outside.
      interval = min(share, max(0, centre - halfWidth))...max(share, min(1, centre + halfWidth))
    }

    /// 97.5 % point of the standard normal distribution.
    private static let normalQuantile = 1.959964
  }

  let name: String
  let title: String
  let question: StudyFigure.Question
  let axisLabel: String
  /// Explains points and axis, in whole sentences.
  let note: String
  /// What the value should be.
  let target: @Sendable (_ alpha: Double) -> Double
  let value:
    @Sendable (
      _ results: StudyResults, _ scenario: String, _ method: String, _ parameter: String
    ) -> Value?
  /// Whether a few values far from all others may be left off the axis.
  let canBeCut: Bool
  /// A value that the axis has to hold besides, where values are judged by their distance from it;
  /// nil for none.
  var origin: Double? = nil
  /// Holds all values; `room` labels fit side by side.
  private let axis: @Sendable (_ values: [Double], _ target: Double?, _ room: Int) -> FigureAxis?

  /// An axis that holds all values, and their intervals unless those are far wider than the values'
  /// range: a bar of two replicates would leave no room for anything else.
  /// - Parameters:
  ///   - target: always on the axis; nil for none.
  ///   - room: the number of labels that fit side by side.
  /// - Returns: nil where nothing can be drawn.
  func axis(for values: [Value], target: Double?, room: Int) -> FigureAxis? {
    let points = values.map(\.value) + [target, origin].compactMap { $0 }
    guard let lowest = points.min(), let highest = points.max() else { return nil }
    // Beside an origin all points can be close together, with bars that are no wider than usual.
    let share = origin == nil ? 0.35 : 1
    let reach = highest > lowest ? share * (highest - lowest) : .infinity
    let ends = values.compactMap(\.interval).flatMap { [$0.lowerBound, $0.upperBound] }
      .map { min(max($0, lowest - reach), highest + reach) }
    return axis(points + ends, target, room)
  }

  /// How far from the target the axis has to reach where a few values are far from all others and
  /// may be left off it.
  /// - Parameter distances: from the target, each with the farther end of its bar.
  /// - Returns: nil where the axis has to hold everything.
  func cut(_ distances: [(value: Double, end: Double)]) -> Double? {
    guard canBeCut, distances.count >= Self.minimumForCut else { return nil }
    let sorted = distances.sorted { $0.value > $1.value }
    // A tenth of the values at most.
    for left in stride(from: max(1, sorted.count / 10), through: 1, by: -1) {
      let kept = sorted.dropFirst(left)
      guard let farthest = kept.first, let reach = kept.map(\.end).max(), reach > 0 else {
        continue
      }
      if sorted[left - 1].value >= Self.cutRatio * reach { return farthest.value }
    }
    return nil
  }

  private static let minimumForCut = 8
  /// How many times farther than all others a value has to be. Below it the others have room
  /// enough.
  private static let cutRatio = 2.0

  private static func row(
    _ results: StudyResults, _ scenario: String, _ method: String, _ parameter: String,
    _ measure: PerformanceMeasure
  ) -> (value: Double, error: Double?, used: Int)? {
    results.row(scenario, method, parameter, measure).flatMap { row in
      row.estimate.map { ($0, row.monteCarloStandardError, row.used) }
    }
  }

  static let coverage = PlottedMeasure(
    name: "coverage", title: "Coverage of the intervals", question: .coverage,
    axisLabel: "share of intervals that cover the truth",
    note: "The dashed line is the nominal level; the axis is stretched towards 1.",
    target: { 1 - $0 },
    value: { results, scenario, method, parameter in
      row(results, scenario, method, parameter, .coverage).flatMap {
        Value(share: $0.value, of: $0.used)
      }
    },
    canBeCut: false,
    axis: { values, target, room in
      FigureAxis.shares(values.map { min(1, max(0, $0)) }, nominal: target, room: room)
    })

  static let bias = PlottedMeasure(
    name: "bias", title: "Bias of the estimates", question: .bias,
    axisLabel: "bias, in empirical standard errors",
    note: "The dashed line is no bias.",
    target: { _ in 0 },
    value: { results, scenario, method, parameter in
      guard let bias = row(results, scenario, method, parameter, .bias),
        let spread = row(results, scenario, method, parameter, .empiricalStandardError)?.value,
        spread > 0
      else { return nil }
      return Value(bias.value / spread, error: bias.error.map { $0 / spread })
    },
    canBeCut: true,
    axis: { values, _, room in .linear(values, ticks: room) })

  static let typeIError = PlottedMeasure(
    name: "type-i-error", title: "Type I error: true nulls that are rejected", question: .tests,
    axisLabel: "share of true nulls that are rejected",
    note: "The dashed line is the nominal level.",
    target: { $0 },
    value: { results, scenario, method, parameter in
      guard results.isTrueNull(parameter, in: scenario) else { return nil }
      return row(results, scenario, method, parameter, .rejectionRate).flatMap {
        Value(share: $0.value, of: $0.used)
      }
    },
    canBeCut: false, origin: 0,
    axis: { values, _, room in .linear(values.map { min(1, max(0, $0)) }, ticks: room) })

  static let standardErrors = PlottedMeasure(
    name: "standard-errors", title: "Standard errors, reported against empirical",
    question: .standardErrors,
    axisLabel: "model SE / empirical SE",
    note: "At the dashed line a method's standard errors are as large as its estimates' spread.",
    target: { _ in 1 },
    value: { results, scenario, method, parameter in
      row(results, scenario, method, parameter, .relativeErrorOfModelStandardError).flatMap {
        Value(1 + $0.value / 100, error: $0.error.map { $0 / 100 })
      }
    },
    canBeCut: true,
    axis: { values, _, room in .linear(values.map { max(0, $0) }, ticks: room) })
}
