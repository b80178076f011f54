import GSLNumerics
import PlatformEssentials

/// The parts of the log densities of negative binomial counts that do not depend on their means,
/// summed over counts of which many are equal:
///
///     c(y) = log Gamma(y + k) - log Gamma(k) - y log k - log y!
///
/// It goes to -log y! as the size k grows.
struct CountConstants: Sendable {
  /// The counts, each once, and how often it is there.
  private let counts: [(count: Double, times: Double)]

  /// From here on Stirling's series is exact in double precision, with the terms that are taken.
  private static let large = 15.0

  init(_ counts: some Sequence<Double>) {
    var times: [Double: Double] = [:]
    for count in counts { times[count, default: 0] += 1 }
    self.counts = times.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// sum -log y!.
  var withoutSize: Double {
    let logFactorials = LogFactorials()
    return -counts.reduce(0) { $0 + $1.times * logFactorials[$1.count] }
  }

  /// sum c(y), and its derivative by log k.
  func sums(size k: Double) -> (value: Double, slope: Double) {
    let logFactorials = LogFactorials()
    var (value, slope) = (0.0, 0.0)
    for (count, times) in counts where count > 0 {
      let rising = Self.risingFactorial(count, size: k)
      value += times * (rising.value - logFactorials[count])
      slope += times * rising.slope
    }
    return (value, slope)
  }

  /// log Gamma(y + k) - log Gamma(k) - y log k, and its derivative by log k.
  static func risingFactorial(_ y: Double, size k: Double) -> (value: Double, slope: Double) {
    if k < large {
      // Of the factors (k + j) / k some, so that the rest has a large size.
      let steps = min(y, (large - k).rounded(.up))
      var (value, slope) = (0.0, 0.0)
      for j in 0..<Int(steps) {
        let ratio = Double(j) / k
        value += log1p(ratio)
        slope -= ratio / (1 + ratio)
      }
      guard steps < y else { return (value, slope) }
      // With k' = k + steps and y' = y - steps: y' log k' in place of y' log k.
      let (next, rest) = (k + steps, y - steps)
      let further = risingFactorial(rest, size: next)
      return (
        value + further.value + rest * log1p(steps / k),
        slope + further.slope * k / next - rest * steps / next
      )
    }
    let ratio = y / k
    let value = (k + y - 0.5) * log1p(ratio) - y + stirling(k + y) - stirling(k)
    let digammas = log1p(ratio) - ratio + digammaRest(k + y) - digammaRest(k)
    return (value, k * digammas)
  }

  /// log Gamma(x) less (x - 1/2) log x - x + log(2 pi) / 2.
  private static func stirling(_ x: Double) -> Double {
    let square = 1 / (x * x)
    return
      (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680)))) / x
  }

  /// The digamma function of x less log x.
  private static func digammaRest(_ x: Double) -> Double {
    let square = 1 / (x * x)
    return -0.5 / x - square
      * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square * (1.0 / 240))))
  }
}
