/// The intervals of one method for one parameter of a scenario, ranked by how far the estimate is
/// from the truth in its own standard errors: what a zip plot shows.
struct RankedIntervals: Sendable, Equatable {
  struct Interval: Sendable, Equatable {
    /// Share of replicates that are less far away, in percent.
    let centile: Double
    /// Ends, less the truth.
    let lower: Double
    let upper: Double

    var coversTruth: Bool { lower <= 0 && 0 <= upper }
  }

  /// Panels that stand side by side in a figure.
  static let panelsPerRow = 4
  /// Lines that one panel can hold.
  static let maximumLines = 200

  let scenario: String
  let method: String
  let parameter: String
  let alpha: Double
  /// Replicates with an interval.
  let used: Int
  /// Those of them whose interval covers the truth.
  let covered: Int
  /// From the nearest to the farthest; of more than `maximumLines`, as many evenly spaced ones.
  let intervals: [Interval]

  /// nil where replicates have no interval or no standard error.
  init?(
    scenario: String, method: String, parameter: String, alpha: Double, truth: Double,
    sample: ParameterSample
  ) {
    let used = sample.estimates.count
    guard used > 0, truth.isFinite, sample.lower.count == used, sample.standardErrors.count == used
    else { return nil }
    self.scenario = scenario
    self.method = method
    self.parameter = parameter
    self.alpha = alpha
    self.used = used
    covered = sample.estimates.indices.count {
      sample.lower[$0] <= truth && truth <= sample.upper[$0]
    }
    let distances = sample.estimates.indices.map { index -> Double in
      let distance = abs(sample.estimates[index] - truth)
      return distance == 0 ? 0 : distance / sample.standardErrors[index]
    }
    let order = sample.estimates.indices.sorted {
      distances[$0] != distances[$1] ? distances[$0] < distances[$1] : $0 < $1
    }
    let shown = min(used, Self.maximumLines)
    intervals = (0..<shown).map { line in
      // The middle one of those that the line stands for.
      let rank = shown == used ? line : Int((Double(line) + 0.5) * Double(used) / Double(shown))
      let index = order[min(rank, used - 1)]
      return Interval(
        centile: 100 * (Double(line) + 0.5) / Double(shown), lower: sample.lower[index] - truth,
        upper: sample.upper[index] - truth)
    }
  }

  /// Those of a scenario that are worth a look: its worst fixed effect and its worst log SD, under
  /// every method. Where there are many methods, the worse of the two only.
  /// - Returns: nil for a scenario in which nothing can be judged; `shortfall` is how far the
  ///   lowest coverage is below nominal, in standard errors of a nominal one.
  static func worst(of sample: ScenarioSample) -> (shortfall: Double, panels: [RankedIntervals])? {
    let scenario = sample.summary
    var worstOfKind: [(shortfall: Double, parameter: String)] = []
    for kind in ParameterKind.allCases {
      let candidates = sample.parameters.filter { ParameterKind(parameter: $0) == kind }
      let rated = candidates.compactMap { parameter -> (shortfall: Double, parameter: String)? in
        let shortfalls = sample.methods.compactMap { method -> Double? in
          guard let truth = scenario.truth(of: parameter, by: method.method), truth.isFinite
          else { return nil }
          let columns = method[parameter]
          let used = columns.lower.count
          guard used >= minimumReplicates else { return nil }
          let coverage = IntervalPerformance.coverage(
            lower: columns.lower, upper: columns.upper, of: truth)
          let error = (scenario.alpha * (1 - scenario.alpha) / Double(used)).squareRoot()
          return coverage.value.map { (1 - scenario.alpha - $0) / error }
        }
        return shortfalls.max().map { ($0, parameter) }
      }
      // The first of equally bad ones.
      if let worst = rated.reversed().max(by: { $0.shortfall < $1.shortfall }) {
        worstOfKind.append(worst)
      }
    }
    guard let worst = worstOfKind.max(by: { $0.shortfall < $1.shortfall }) else { return nil }
    let parameters =
      sample.methods.count <= Self.panelsPerRow
      ? worstOfKind.map(\.parameter) : [worst.parameter]
    let panels = parameters.flatMap { parameter in
      MethodOrder.sorted(sample.methods.map(\.method)).compactMap { name -> RankedIntervals? in
        guard let truth = scenario.truth(of: parameter, by: name),
          let method = sample.methods.first(where: { $0.method == name }),
          method.parameters[parameter] != nil
        else { return nil }
        return RankedIntervals(
          scenario: scenario.name, method: method.method, parameter: parameter,
          alpha: scenario.alpha, truth: truth, sample: method[parameter])
      }
    }
    return (worst.shortfall, Array(panels.prefix(2 * Self.panelsPerRow)))
  }

  /// Fewer intervals show no distribution.
  private static let minimumReplicates = 20
}
