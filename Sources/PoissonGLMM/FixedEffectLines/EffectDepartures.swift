/// Which fixed effects, and linear combinations of them, no normal distribution is near at given
/// log SDs.
///
/// A density near a normal one shows itself two SDs from its peak, along the line of conditional
/// means, where its log has fallen by 2 on either side.
struct EffectDepartures {
  let density: any FixedEffectDensity
  let logSDs: [Double]
  /// The SD of each fixed effect by the parabola at the peak.
  let scales: [Double]
  let peak: ConditionalPeak
  private let tester: FixedEffectIntegral

  /// Departures from a parabola up to this are left to the skewed mixtures: that of a density with
  /// skewness 0.35, as from eight events.
  private static let largestDeparture = 0.95

  /// - Parameter start: fixed effects from which their peak can be found; 0 if not.
  /// - Returns: nil where no peak was found.
  init?(of density: any FixedEffectDensity, logSDs: [Double], start: [Double]?, count p: Int) {
    let plain = FixedEffectIntegral(density, scales: [Double](repeating: 1, count: p))
    let starts = [start ?? [], [Double](repeating: 0, count: p)].filter { $0.count == p }
    guard let peak = starts.lazy.compactMap({ plain.peak(logSDs: logSDs, start: $0) }).first else {
      return nil
    }
    let scales = (0..<p).map { c in
      peak.covariance(times: (0..<p).map { $0 == c ? 1 : 0 })[c].squareRoot()
    }
    guard scales.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    tester = FixedEffectIntegral(density, scales: scales)
    guard
      let scaled = tester.peak(logSDs: logSDs, start: zip(peak.position, scales).map(/))
    else { return nil }
    self.density = density
    self.logSDs = logSDs
    self.scales = scales
    self.peak = scaled
  }

  /// Which of some combinations have a density that no normal one is near.
  /// - Parameter weights: w of each combination w'b, p numbers.
  func departing(_ weights: [[Double]]) -> [Int] {
    weights.indices.filter {
      tester.departure(of: tester.scaled(weights[$0]), from: peak, logSDs: logSDs)
        > Self.largestDeparture
    }
  }

  /// The covariances of an effect with all effects, by the parabola at the peak.
  func covariance(ofEffect c: Int) -> [Double] {
    let unit = scales.indices.map { $0 == c ? 1.0 : 0 }
    return zip(peak.covariance(times: unit), scales).map { $0 * $1 * scales[c] }
  }

  /// The first fixed effect that no normal density is near; nil if there is none. Where effects
  /// move together, as an intercept and a difference from an arm without events, any of them can be
  /// held; with the intercept held, the counts tell the others.
  var firstDeparting: Int? {
    scales.indices.first { c in
      departing([scales.indices.map { $0 == c ? 1 : 0 }]) == [0]
    }
  }
}
