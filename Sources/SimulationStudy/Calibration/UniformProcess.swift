import Foundation

/// The empirical distribution function of n independent uniform numbers at z_i = i / K, i = 1 ... K
/// - 1, and the simultaneous bands it stays in with a given probability: Säilynoja, Bürkner &
/// Vehtari (2022), "Graphical test for discrete uniformity and its applications in goodness-of-fit
/// evaluation and multiple sample comparison", Statistics and Computing 32:32.
///
/// The count X_i of numbers up to z_i is binomial with n trials of probability z_i. A band that
/// leaves everywhere the same `tail` probability on either side holds X_1 ... X_{K-1} together with
/// a probability that follows from X being a Markov chain: given X_i = r, X_{i+1} - r is binomial
/// with n - r trials of probability 1 / (K - i).
struct UniformProcess {
  /// With more numbers than this the joint probability of this many is used. It differs little,
  /// because both are near that of a Brownian bridge at the same points.
  private static let maximumExactCount = 20_000

  /// K, unless there are fewer numbers.
  static let defaultPoints = 100

  let count: Int
  /// K.
  let points: Int
  /// The tails of X_i, i = 1 ... K - 1.
  let tails: [BinomialTails]

  /// - Parameter count: 1 or more.
  init(count: Int, points: Int = defaultPoints) {
    self.count = count
    self.points = max(2, min(points, count))
    let (count, points) = (self.count, self.points)
    tails = (1..<points).map {
      BinomialTails(trials: count, probability: Double($0) / Double(points))
    }
  }

  /// The probability that somewhere a tail is `tail` or less: 1 less that of staying within the
  /// band. Where twice the number of points times `tail` is below 10^-9, it is that bound.
  func probabilityOutside(tail: Double) -> Double {
    let bound = 2 * Double(points - 1) * tail
    if bound < 1e-9 { return bound }
    if tail >= 0.5 { return 1 }
    if count > Self.maximumExactCount {
      return UniformProcess(count: Self.maximumExactCount, points: points).probabilityOutside(
        tail: tail)
    }
    return min(1, max(0, 1 - probabilityWithin(tail: tail)))
  }

  /// The largest tail that leaves the whole within its band with the probability `level` at least.
  func tail(level: Double) -> Double {
    if count > Self.maximumExactCount {
      return UniformProcess(count: Self.maximumExactCount, points: points).tail(level: level)
    }
    // The lower end is Bonferroni's, the upper one that of a single point.
    var (lower, upper) = ((1 - level) / (2 * Double(points)), (1 - level) / 2)
    // Finer than the steps that whole counts allow.
    while upper > lower * 1.0001 {
      let middle = (lower * upper).squareRoot()
      if probabilityWithin(tail: middle) >= level { lower = middle } else { upper = middle }
    }
    return lower
  }

  private func probabilityWithin(tail: Double) -> Double {
    var range = 0...0
    var weights = [1.0]
    for (index, tails) in tails.enumerated() {
      let next = tails.range(beyond: tail)
      var nextWeights = [Double](repeating: 0, count: next.count)
      let probability = 1 / Double(points - index)
      for (offset, weight) in weights.enumerated() where weight > 0 {
        let before = range.lowerBound + offset
        guard before <= next.upperBound else { break }
        let lowest = max(before, next.lowerBound)
        let masses = BinomialMass(trials: count - before, probability: probability)
          .masses(in: lowest - before...next.upperBound - before)
        for (step, mass) in masses.enumerated() {
          nextWeights[lowest + step - next.lowerBound] += weight * mass
        }
      }
      (range, weights) = (next, nextWeights)
    }
    return weights.reduce(0, +)
  }
}

/// The band that the empirical distribution function of n uniform numbers, less z, stays in with at
/// least the probability `level` at all points z_i = i / K together.
struct SimultaneousBand {
  let lower: [Double]
  let upper: [Double]

  init(count: Int, level: Double, points: Int = UniformProcess.defaultPoints) {
    let process = UniformProcess(count: count, points: points)
    let tail = process.tail(level: level)
    let ranges = process.tails.map { $0.range(beyond: tail) }
    func share(_ successes: Int, _ index: Int) -> Double {
      Double(successes) / Double(count) - Double(index + 1) / Double(process.points)
    }
    lower = ranges.enumerated().map { share($1.lowerBound, $0) }
    upper = ranges.enumerated().map { share($1.upperBound, $0) }
  }
}
