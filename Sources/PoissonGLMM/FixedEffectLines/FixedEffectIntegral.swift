import PlatformEssentials

/// Integrals of p(y, b | s) over the fixed effects b, or over those of them with a given value of a
/// linear combination, at given log SDs s.
///
/// Where the density is near a normal one about its peak, the integral is Laplace's. Where it is
/// not, because the data bound some effect on one side only, that effect is held at one value after
/// another, the others are integrated out in the same way, and the results are integrated along it.
/// Effects whose size is undetermined together, such as an intercept and the difference of two arms
/// of which one has no events, take one line.
final class FixedEffectIntegral {
  private let density: ScaledDensity
  /// The effects that are held one after the other, as they are found to be needed.
  private var plan: [Int] = []
  /// How many of them are held at most.
  private var depthLimit = 0
  /// Whether departures from a normal density are looked for, and the plan grows.
  private var isExploring = false
  /// Lines end where so many evaluations have been made.
  private var evaluationLimit = Int.max
  private static let maximumDepth = 3

  /// - Parameter scales: about the SD of each fixed effect, p.
  init(_ density: any FixedEffectDensity, scales: [Double]) {
    self.density = ScaledDensity(density: density, scales: scales)
  }

  private var count: Int { density.scales.count }

  /// Finds the effects that are held one within the other for a line, of which each takes some
  /// thirty times as many evaluations as the one before: as many as can be had.
  /// - Parameter evaluations: how many a line may take.
  /// - Returns: the line, where it was followed to its end with all of these held.
  @discardableResult
  func explore(
    _ weights: [Double], logSDs: [Double], start: [Double], evaluations: Int
  ) -> Line? {
    isExploring = true
    defer {
      isExploring = false
      evaluationLimit = .max
    }
    for depth in 1...Self.maximumDepth {
      depthLimit = depth
      evaluationLimit = density.evaluations + evaluations
      let line = line(weights, logSDs: logSDs, start: start)
      let isCut = density.evaluations >= evaluationLimit
      guard plan.count == depth else { return isCut ? nil : line }
      if line == nil || isCut {
        plan.removeLast()
        return nil
      }
    }
    return nil
  }

  /// The log density of a combination along a line.
  struct Line {
    let density: LogDensityLine
    /// beta at the peak of the line, to start another from.
    let start: [Double]
  }

  /// The log of the density of w'b, times p(y | s), along a line.
  /// - Parameters:
  ///   - start: beta near the peak.
  /// - Returns: nil if there is none, as where w is 0.
  func line(_ weights: [Double], logSDs: [Double], start: [Double]) -> Line? {
    line(
      scaled(weights), in: HeldSubspace(count: count), logSDs: logSDs, start: start,
      reach: .reported, depth: 0)
  }

  /// The peak of p(y, b | s).
  func peak(logSDs: [Double], start: [Double]) -> ConditionalPeak? {
    ConditionalPeak(density, logSDs: logSDs, in: HeldSubspace(count: count), from: start)
  }

  /// - Parameters:
  ///   - weights: of beta.
  private func line(
    _ weights: [Double], in subspace: HeldSubspace, logSDs: [Double], start: [Double],
    reach: LogDensityLine.Reach, depth: Int
  ) -> Line? {
    guard let (inner, direction, size) = subspace.holding(weights),
      let top = ConditionalPeak(density, logSDs: logSDs, in: subspace, from: start)
    else { return nil }
    // The combination is `rest` + `size` times the coordinate along `direction`.
    let center = HeldSubspace.dot(direction, top.position)
    let rest = HeldSubspace.dot(weights, top.position) - size * center
    let sd = HeldSubspace.dot(direction, top.covariance(times: direction)).squareRoot()
    var known: [(coordinate: Double, position: [Double], slope: [Double])] = []
    func value(_ coordinate: Double) -> Double? {
      guard density.evaluations < evaluationLimit else { return nil }
      let nearest = known.min {
        ($0.coordinate - coordinate).magnitude < ($1.coordinate - coordinate).magnitude
      }
      let from = nearest?.position ?? top.position
      let slope = nearest?.slope ?? direction
      let step = coordinate - HeldSubspace.dot(direction, from)
      var guess = from
      for c in guess.indices { guess[c] += step * slope[c] }
      var found = ConditionalPeak(density, logSDs: logSDs, in: inner, from: guess)
      if found == nil {
        // The tangent may lead too far.
        for c in guess.indices { guess[c] = from[c] + step * direction[c] }
        found = ConditionalPeak(density, logSDs: logSDs, in: inner, from: guess)
      }
      guard let peak = found,
        let integral = integral(about: peak, in: inner, logSDs: logSDs, depth: depth + 1)
      else { return nil }
      known.append((coordinate, peak.position, peak.slope(along: direction)))
      return integral
    }
    guard
      let line = LogDensityLine(start: center, scale: sd, reach: reach, evaluate: value)
    else { return nil }
    return Line(
      density: line.transformed(origin: rest, scale: size, logVolume: depth == 0 ? logVolume : 0),
      start: top.position)
  }

  /// log |d b / d beta|
  private var logVolume: Double { density.scales.reduce(0) { $0 + log($1) } }

  /// The log integral over a subspace about its peak.
  private func integral(
    about peak: ConditionalPeak, in subspace: HeldSubspace, logSDs: [Double], depth: Int
  ) -> Double? {
    let laplace = peak.laplaceIntegral
    guard !subspace.free.isEmpty, depth <= depthLimit else { return laplace }
    if plan.count < depth {
      guard isExploring,
        let effect = departure(from: peak, logSDs: logSDs, threshold: Self.largestInnerDeparture)
      else { return laplace }
      plan.append(effect)
    }
    let unit = (0..<count).map { $0 == plan[depth - 1] ? 1.0 : 0 }
    // An effect that is fixed by those held has no line.
    guard subspace.holding(unit) != nil else { return laplace }
    return line(
      unit, in: subspace, logSDs: logSDs, start: peak.position, reach: .integral, depth: depth
    )?.density.logIntegral
  }

  /// Of a density with skewness 0.6, as from three events, whose integral is off by 3 %, much the
  /// same at all held values.
  private static let largestInnerDeparture = 1.6

  /// The effect along whose line of conditional means the density departs most from a normal one;
  /// nil if it is near it along all of these lines.
  func departure(from peak: ConditionalPeak, logSDs: [Double], threshold: Double) -> Int? {
    let found = (0..<count).map { c in
      departure(
        of: (0..<count).map { $0 == c ? 1.0 : 0 }, from: peak, logSDs: logSDs)
    }
    guard let worst = found.indices.max(by: { found[$0] < found[$1] }), found[worst] > threshold
    else { return nil }
    return worst
  }

  /// How far the log density two SDs from the peak is from a parabola along the conditional means
  /// of a combination: for a density with a small skewness g, 8/3 g.
  /// - Parameter weights: of beta.
  func departure(of weights: [Double], from peak: ConditionalPeak, logSDs: [Double]) -> Double {
    let column = peak.covariance(times: weights)
    let variance = HeldSubspace.dot(weights, column)
    guard variance > 1e-12 else { return 0 }
    let unit = column.map { 2 * $0 / variance.squareRoot() }
    let falls = [1.0, -1].map { side in
      density.value(zip(peak.position, unit).map { $0 + side * $1 }, logSDs: logSDs) - peak.value
    }
    let departure = max((falls[0] - falls[1]).magnitude, (falls[0] + falls[1] + 4).magnitude)
    return departure.isNaN ? .infinity : departure
  }

  /// The weights of beta for those of b.
  func scaled(_ weights: [Double]) -> [Double] { zip(weights, density.scales).map(*) }
}
