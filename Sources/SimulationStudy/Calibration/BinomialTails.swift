import Foundation
import GSLNumerics

/// Both tails of a binomial distribution, for every number of successes within 14 standard
/// deviations of the mean and 60 more; beyond, where less than 10^-40 is left, they are 0 and 1.
struct BinomialTails {
  private let first: Int
  /// P(K <= k) for k = first, first + 1, ...
  private let atMost: [Double]
  /// P(K >= k), likewise.
  private let atLeast: [Double]

  /// - Parameters:
  ///   - trials: 1 or more.
  ///   - probability: between 0 and 1, both excluded.
  init(trials: Int, probability: Double) {
    let mean = Double(trials) * probability
    let reach = 14 * (mean * (1 - probability)).squareRoot() + 60
    first = Int(max(0, mean - reach))
    let last = Int(min(Double(trials), mean + reach))
    let masses = BinomialMass(trials: trials, probability: probability).masses(in: first...last)
    var sum = 0.0
    atMost = masses.map { mass in
      sum += mass
      return min(1, sum)
    }
    sum = 0
    atLeast = masses.reversed().map { mass in
      sum += mass
      return min(1, sum)
    }.reversed()
  }

  /// The smaller of P(K <= k) and P(K >= k).
  func smallerTail(at successes: Int) -> Double {
    let index = successes - first
    guard atMost.indices.contains(index) else { return 0 }
    return min(atMost[index], atLeast[index])
  }

  /// The numbers k of successes with P(K <= k) > tail and P(K >= k) > tail. There are some if
  /// `tail` is below 1/2.
  func range(beyond tail: Double) -> ClosedRange<Int> {
    let lower = atMost.firstIndex { $0 > tail } ?? atMost.count - 1
    let upper = atLeast.lastIndex { $0 > tail } ?? 0
    return first + min(lower, upper)...first + max(lower, upper)
  }
}

/// The probabilities of numbers of successes, P(K = k).
struct BinomialMass {
  let trials: Int
  let probability: Double

  /// P(K = k) for every k of a range within 0 to `trials`. The largest is computed from its
  /// logarithm and its neighbours by ratios, so that none is lost because another is too small for
  /// a double.
  func masses(in range: ClosedRange<Int>) -> [Double] {
    guard probability > 0 else { return range.map { $0 == 0 ? 1 : 0 } }
    guard probability < 1 else { return range.map { $0 == trials ? 1 : 0 } }
    let mode = Int(Double(trials + 1) * probability)
    let pivot = min(max(mode, range.lowerBound), range.upperBound)
    let odds = probability / (1 - probability)
    var masses = [Double](repeating: 0, count: range.count)
    let largest = exp(logMass(pivot))
    masses[pivot - range.lowerBound] = largest
    var mass = largest
    var k = pivot
    while k < range.upperBound, mass > 0 {
      mass *= Double(trials - k) / Double(k + 1) * odds
      k += 1
      masses[k - range.lowerBound] = mass
    }
    (mass, k) = (largest, pivot)
    while k > range.lowerBound, mass > 0 {
      mass *= Double(k) / (Double(trials - k + 1) * odds)
      k -= 1
      masses[k - range.lowerBound] = mass
    }
    return masses
  }

  private func logMass(_ successes: Int) -> Double {
    let (n, k) = (Double(trials), Double(successes))
    return GammaFunction.logFactorial(n) - GammaFunction.logFactorial(k)
      - GammaFunction.logFactorial(n - k) + k * log(probability) + (n - k) * log1p(-probability)
  }
}
