import Foundation

/// Seconds that `body` takes.
func secondsTaken(by body: () throws -> Void) rethrows -> Double {
  let start = ContinuousClock.now
  try body()
  let elapsed = (ContinuousClock.now - start).components
  return Double(elapsed.seconds) + 1e-18 * Double(elapsed.attoseconds)
}

/// How often measurements are repeated.
struct RoundLimits {
  /// Rounds begin until this many seconds have passed ...
  let seconds: Double
  /// ... but there are at least so many ...
  let fewest: Int
  /// ... and at most so many.
  let most: Int

  /// Calls `round` as often as the limits say.
  func run(_ round: () throws -> Void) rethrows {
    let start = ContinuousClock.now
    var done = 0
    while done < fewest || (done < most && ContinuousClock.now - start < .seconds(seconds)) {
      try round()
      done += 1
    }
  }
}

extension [Double] {
  /// NaN if empty.
  var median: Double {
    guard !isEmpty else { return .nan }
    let sorted = sorted()
    let middle = count / 2
    return count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  /// The smallest and the largest; NaN if empty.
  var range: (lower: Double, upper: Double) { (self.min() ?? .nan, self.max() ?? .nan) }
}
