import CGSL
import Foundation
import GSLNumerics
import Testing

/// Every sampler on 10^6 draws with a fixed seed, against GSL's distribution functions.
///
/// With a sound sampler a p value falls below 10^-3 in one of a thousand tests, and a moment more
/// than 4.5 standard errors off in one of 150,000; with the seed fixed, the outcome is fixed.
struct SamplerFitTests {
  private static let draws = 1_000_000

  private func draw(
    _ scenario: String, _ generator: RandomGenerator = .philox4x64,
    _ sampler: (RandomStream) -> Double
  ) throws -> [Double] {
    let stream = try RandomStream(
      generator: generator, seed: 1, scenario: scenario, replicate: 0, purpose: .parameters)
    return (0..<Self.draws).map { _ in sampler(stream) }
  }

  private func expectMoments(_ draws: [Double], mean: Double, variance: Double) {
    let errors = GoodnessOfFit.momentErrors(draws, mean: mean, variance: variance)
    #expect(errors.mean < 4.5)
    #expect(errors.variance < 4.5)
  }

  @Test(arguments: ["philox4x64-10", "mt19937", "ranlxd2", "taus2", "gfsr4"])
  func uniform(name: String) throws {
    let draws = try draw("uniform", RandomGenerator(named: name)) { $0.uniform() }
    #expect(draws.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(GoodnessOfFit.ofContinuous(draws) { $0 } > 1e-3)
    expectMoments(draws, mean: 0.5, variance: 1 / 12)
  }

  @Test func uniformBetweenBounds() throws {
    let draws = try draw("flat") { $0.uniform(from: -3, to: 5) }
    #expect(draws.allSatisfy { $0 >= -3 && $0 < 5 })
    #expect(GoodnessOfFit.ofContinuous(draws) { ($0 + 3) / 8 } > 1e-3)
    expectMoments(draws, mean: 1, variance: 64.0 / 12)
  }

  /// No ties either: of 10^6 from a sampler with 2^32 distinct values, 116 would be expected.
  @Test func normal() throws {
    let draws = try draw("normal") { $0.normal(mean: -1, sd: 2) }
    #expect(GoodnessOfFit.ofContinuous(draws) { gsl_cdf_gaussian_P($0 + 1, 2) } > 1e-3)
    expectMoments(draws, mean: -1, variance: 4)
    #expect(Set(draws).count == draws.count)
  }

  /// Both tails beyond 2.5, where a rejection sampler's mistakes would be, over 50 bins each.
  @Test func normalTails() throws {
    let draws = try draw("tails") { $0.normal() }
    for sign in [1.0, -1.0] {
      let tail = draws.map { $0 * sign }.filter { $0 > 2.5 }
      let mass = gsl_cdf_ugaussian_Q(2.5)
      #expect(
        GoodnessOfFit.ofContinuous(tail, bins: 50) { 1 - gsl_cdf_ugaussian_Q($0) / mass } > 1e-3)
    }
  }

  @Test func lognormal() throws {
    let draws = try draw("lognormal") { $0.lognormal(meanLog: 0.3, sdLog: 0.6) }
    #expect(GoodnessOfFit.ofContinuous(draws) { gsl_cdf_lognormal_P($0, 0.3, 0.6) } > 1e-3)
    expectMoments(draws, mean: exp(0.48), variance: (exp(0.36) - 1) * exp(0.96))
  }

  @Test(arguments: [0.05, 0.7, 1, 2.5, 40, 1e4]) func gamma(shape: Double) throws {
    let draws = try draw("gamma \(shape)") { $0.gamma(shape: shape, scale: 3) }
    #expect(GoodnessOfFit.ofContinuous(draws) { gsl_cdf_gamma_P($0, shape, 3) } > 1e-3)
    expectMoments(draws, mean: 3 * shape, variance: 9 * shape)
  }

  @Test(arguments: [0.8, 3, 12, 1e5]) func studentT(degreesOfFreedom: Double) throws {
    let draws = try draw("t \(degreesOfFreedom)") {
      $0.studentT(degreesOfFreedom: degreesOfFreedom)
    }
    #expect(GoodnessOfFit.ofContinuous(draws) { gsl_cdf_tdist_P($0, degreesOfFreedom) } > 1e-3)
    if degreesOfFreedom > 8 {
      expectMoments(draws, mean: 0, variance: degreesOfFreedom / (degreesOfFreedom - 2))
    }
  }

  @Test(arguments: [0.01, 0.3, 0.999]) func bernoulli(probability: Double) throws {
    let draws = try draw("bernoulli \(probability)") { $0.bernoulli(probability: probability) }
    #expect(GoodnessOfFit.ofCounts(draws) { $0 == 1 ? probability : 1 - probability } > 1e-3)
    expectMoments(draws, mean: probability, variance: probability * (1 - probability))
  }

  /// Below and above 10 GSL changes its method.
  @Test(arguments: [0.001, 0.4, 3, 9.99, 10.01, 30, 200, 5000]) func poisson(mean: Double) throws {
    let draws = try draw("poisson \(mean)") { $0.poisson(mean: mean) }
    #expect(GoodnessOfFit.ofCounts(draws) { gsl_ran_poisson_pdf(UInt32($0), mean) } > 1e-3)
    expectMoments(draws, mean: mean, variance: mean)
  }

  /// On both sides of 10^8, where the method changes, and beyond the 32 bits of GSL's counts.
  ///
  /// The distribution function is Edgeworth's with the skewness term: its error is of the order of
  /// 1 / mean, below 10^-6, a thousandth of what 10^6 draws can show. It is the one of the count
  /// plus a uniform number between -1/2 and 1/2, which makes it continuous.
  @Test(arguments: [1e6, 1e8, 1.01e8, 4.3e9, 1e12, 1e15]) func poissonOfLargeMean(mean: Double)
    throws
  {
    let draws = try draw("poisson \(mean)") { $0.poisson(mean: mean) }
    #expect(draws.allSatisfy { $0 == $0.rounded() })
    let between = try draw("between") { $0.uniform() - 0.5 }
    let scores = zip(draws, between).map { ($0 - mean + $1) / mean.squareRoot() }
    let p = GoodnessOfFit.ofContinuous(scores) { z in
      gsl_cdf_ugaussian_P(z)
        + gsl_ran_ugaussian_pdf(z) * (1 - z * z) / (6 * mean.squareRoot())
    }
    #expect(p > 1e-3)
    expectMoments(draws, mean: mean, variance: mean)
  }

  /// Weights need not add up to 1, and a category without weight never comes.
  @Test(arguments: [[1], [0.2, 0.5, 0.3], [0, 4, 0, 1, 0], [1e-3, 1]])
  func category(weights: [Double]) throws {
    let draws = try draw("category \(weights)") { Double($0.category(weights: weights) ?? -1) }
    let total = weights.reduce(0, +)
    var observed = [Int](repeating: 0, count: weights.count)
    for draw in draws { observed[try #require(Int(exactly: draw))] += 1 }
    for (count, weight) in zip(observed, weights) {
      let p = weight / total
      // 4.5 standard errors of a binomial count; exactly none or all where that is certain.
      #expect(
        abs(Double(count) - Double(Self.draws) * p)
          <= 4.5 * (Double(Self.draws) * p * (1 - p)).squareRoot())
    }
  }

  @Test(arguments: ["philox4x64-10", "mt19937", "uni"])
  func wholeNumbers(name: String) throws {
    let generator = try RandomGenerator(named: name)
    let draws = try draw("whole", generator) { Double($0.uniformInteger(in: -3...6)) }
    #expect(GoodnessOfFit.ofCounts(draws.map { $0 + 3 }) { $0 < 10 ? 0.1 : 0 } > 1e-3)
    // Three quarters of the 64-bit numbers: a remainder would favour the first third of them.
    let wide = try draw("wide", generator) {
      Double($0.uniformInteger(in: Int.min...((1 << 62) - 1))) / 0x1p62
    }
    #expect(GoodnessOfFit.ofContinuous(wide) { ($0 + 2) / 3 } > 1e-3)
  }
}
