import Foundation
import Testing

@testable import PoissonGLMM

/// psi against distances between distributions that are known before and after the prior is raised
/// to a power.
@Suite struct PowerScalingTests {
  /// A normal mean with known variance: likelihood N(center, variance), prior N(0, 1)^alpha.
  private func conjugate(center: Double, variance: Double, power: Double) -> Marginal {
    let precision = 1 / variance + power
    return Marginal(
      mean: center / variance / precision, standardDeviation: (1 / precision).squareRoot())
  }

  /// The mean moves by half an SD and the SD shrinks; a prior that only widens; one that is nothing
  /// beside the data. Distances between 0.99 and 1.01 differ from the limit by 1e-4 of it.
  @Test(arguments: [(2.0, 1.0), (-3, 0.5), (0, 4), (0.5, 0.001)])
  func aConjugateNormalHasItsSensitivity(center: Double, variance: Double) {
    let base = conjugate(center: center, variance: variance, power: 1)
    let exact = PowerScaledDistance.sensitivity(base) { power in
      conjugate(center: center, variance: variance, power: power)
    }
    let found = PowerScaling.sensitivity(of: base) { -0.5 * $0 * $0 }
    #expect(abs(found / exact - 1) < 1e-3, "\(found) for \(exact)")
    // Of a constant only differences count.
    #expect(abs(PowerScaling.sensitivity(of: base) { 7 - 0.5 * $0 * $0 } / found - 1) < 1e-9)
  }

  /// A mixture, whose weights change too: two narrow peaks, of which the prior likes one e times
  /// as much as the other. Raised to alpha it turns weights w and 1 - w into w e^alpha and 1 - w.
  @Test func weightsOfAMixtureChange() {
    func mixture(_ power: Double) -> Marginal {
      let (first, second) = (0.4 * exp(power - 1), 0.6)
      return Marginal(
        NormalMixture(
          weights: [first / (first + second), second / (first + second)], means: [-1, 1],
          standardDeviations: [0.1, 0.1]))
    }
    let exact = PowerScaledDistance.sensitivity(mixture(1), mixture)
    let found = PowerScaling.sensitivity(of: mixture(1)) { $0 < 0 ? 1 : 0 }
    #expect(abs(found / exact - 1) < 1e-3, "\(found) for \(exact)")
  }

  /// What the threshold stands for: 0.211 for each SD that the mean moves.
  @Test func theThresholdIsAQuarterOfAnSD() {
    let normal = Marginal(mean: 5, standardDeviation: 2)
    let exact = PowerScaledDistance.sensitivity(normal) { power in
      Marginal(mean: 5 + 0.25 * 2 * log2(power), standardDeviation: 2)
    }
    // l = t d / SD^2 moves the mean by d for each unit of alpha.
    let found = PowerScaling.sensitivity(of: normal) { $0 * 0.5 / 4 / log(2) }
    #expect(abs(found / exact - 1) < 1e-3)
    #expect(found > PriorSensitivity.threshold && found < 1.1 * PriorSensitivity.threshold)
  }

  @Test func withoutSpreadThereIsNone() {
    #expect(PowerScaling.sensitivity(of: Marginal(mean: 1, standardDeviation: 0)) { $0 }.isNaN)
  }
}

/// The sensitivity as priorsense has it: distances from 0.99 and 1.01, by sums over a fine grid.
enum PowerScaledDistance {
  static func sensitivity(
    _ base: Marginal, steps: [Double] = [0.99, 1.01], _ at: (Double) throws -> Marginal
  ) rethrows -> Double {
    try steps.reduce(0) { sum, power in
      sum + distance(base, try at(power)) / abs(log2(power)) / Double(steps.count)
    }
  }

  /// Expects the sensitivities of a fit that fits under all priors to other powers give. Powers of
  /// 0.8 and 1.25 move posteriors well beyond what the lattices of two fits differ by, and stay
  /// near the limit, but are not infinitesimal.
  /// - Parameter fit: the fit under the priors to a power.
  static func expectSensitivities(ofPowers fit: (Double) throws -> PoissonMixedModelFit) throws {
    func marginals(_ fit: PoissonMixedModelFit) -> [Marginal] {
      (fit.fixedEffects + fit.logStandardDeviations).map(\.marginal) + fit.correlations.map(\.atanh)
    }
    let (base, less, more) = (try fit(1), try fit(0.8), try fit(1.25))
    for (index, own) in base.priorSensitivity.enumerated() {
      let value = sensitivity(marginals(base)[index], steps: [0.8, 1.25]) { power in
        marginals(power < 1 ? less : more)[index]
      }
      #expect(
        abs(own.value - value) < 0.1 * value + 0.003, "\(own.name): \(own.value) for \(value)")
    }
  }

  /// The square root of the normalized cumulative Jensen-Shannon divergence (Nguyen & Vreeken
  /// 2015), over the range that 4,000 draws of the first have.
  static func distance(_ a: Marginal, _ b: Marginal) -> Double {
    let (low, high) = a.interval(alpha: 1.0 / 4000)
    let points = (0...4000).map { low + Double($0) / 4000 * (high - low) }
    let p = points.map { a.cumulativeProbability(at: $0) }
    let q = points.map { b.cumulativeProbability(at: $0) }
    return max(distance(p, q), distance(p.map { 1 - $0 }, q.map { 1 - $0 }))
  }

  private static func distance(_ p: [Double], _ q: [Double]) -> Double {
    func divergence(_ p: [Double], _ q: [Double]) -> Double {
      zip(p, q).reduce(0) { sum, pair in
        let (a, b) = pair
        let term = a > 0 ? a * log2(a / (0.5 * (a + b))) : 0
        return sum + term + 0.5 / log(2) * (b - a)
      }
    }
    let bound = p.reduce(0, +) + q.reduce(0, +)
    return (max(divergence(p, q) + divergence(q, p), 0) / bound).squareRoot()
  }
}
