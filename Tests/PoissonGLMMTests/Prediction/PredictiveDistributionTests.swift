import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

@Suite struct PredictiveDistributionTests {
  static let mixtures: [[(weight: Double, mean: Double, variance: Double)]] = [
    [(1, 0.5, 0.04)], [(1, -3, 1)], [(1, 3, 1e-8)], [(1, 7.5, 1e-4)], [(1, 7, 0.5)],
    [(0.3, 1, 0.01), (0.6, 1.2, 0.3), (0.1, 1.5, 2)],
    [(0.5, 6, 1e-6), (0.5, 6.2, 0.02)],
  ]

  /// P(y <= k) against 40,000 points of Simpson's rule for each normal, with probabilities of
  /// single counts added up.
  @Test(arguments: mixtures.indices)
  func probabilitiesAreThoseOfDirectIntegration(index: Int) throws {
    let normals = Self.mixtures[index]
    let distribution = PredictiveDistribution(Posterior.marginal(normals))
    for probability in [0.001, 0.1, 0.5, 0.9, 0.999] {
      let count = distribution.countQuantile(probability)
      let direct = Self.probability(atMost: count, normals)
      // The trapezoidal rule leaves 1e-9, Simpson's some 1e-10.
      #expect(abs(distribution.countProbability(atMost: count) - direct) < 1e-8)
      #expect(distribution.countProbability(atMost: count + 0.7) > direct - 1e-8)
      // And it is the smallest such count.
      #expect(direct >= probability - 1e-8)
      #expect(Self.probability(atMost: count - 1, normals) < probability + 1e-8)
    }
  }

  private static func probability(
    atMost count: Double, _ normals: [(weight: Double, mean: Double, variance: Double)]
  ) -> Double {
    if count < 0 { return 0 }
    let points = 40_000
    return normals.reduce(0) { sum, normal in
      let sd = normal.variance.squareRoot()
      var integral = 0.0
      for index in 0...points {
        let z = -9 + 18 * Double(index) / Double(points)
        let factor = index == 0 || index == points ? 1.0 : (index % 2 == 0 ? 2 : 4)
        let mean = exp(normal.mean + sd * z)
        integral += factor * exp(-0.5 * z * z) * poisson(count, mean)
      }
      let step = 18 / Double(points)
      return sum + normal.weight * integral * step / 3 / (2 * Double.pi).squareRoot()
    }
  }

  /// Probabilities of single counts, downwards from `count` or upwards from it, whichever is the
  /// shorter tail.
  private static func poisson(_ count: Double, _ mean: Double) -> Double {
    var term = exp(count * log(mean) - mean - GammaFunction.logFactorial(count))
    var sum = 0.0
    if mean > count {
      var k = count
      while k >= 0 && term > 1e-18 {
        sum += term
        term *= k / mean
        k -= 1
      }
      return sum
    }
    var k = count + 1
    term *= mean / k
    while term > 1e-18 {
      sum += term
      k += 1
      term *= mean / k
    }
    return 1 - sum
  }

  @Test func theEdges() {
    let small = PredictiveDistribution(Marginal(mean: -800, standardDeviation: 1))
    #expect(small.countQuantile(0.999) == 0)
    #expect(small.countProbability(atMost: -1) == 0)
    #expect(small.countProbability(atMost: 0) == 1)
    // Beyond 1e15 counts are as good as their expectation.
    let large = PredictiveDistribution(Marginal(mean: 40, standardDeviation: 0.1))
    #expect(abs(large.countQuantile(0.5) / exp(40) - 1) < 1e-9)
    #expect(abs(large.countProbability(atMost: exp(40.1)) - 0.8413447460685429) < 1e-9)
    let huge = PredictiveDistribution(Marginal(mean: 800, standardDeviation: 1))
    #expect(huge.countQuantile(0.5) == .infinity)
    let exact = PredictiveDistribution(Marginal(mean: log(4), standardDeviation: 0))
    // R 4.2.2: qpois(0.975, 4) is 8; ppois(8, 4).
    #expect(exact.countQuantile(0.975) == 8)
    #expect(abs(exact.countProbability(atMost: 8) - 0.97863656551201583) < 1e-8)
    #expect(exact.countQuantile(1) == .infinity)
    #expect(exact.countQuantile(.nan).isNaN && exact.countProbability(atMost: .nan).isNaN)
  }
}

/// Intervals against simulation: parameters drawn from the priors, data from the model, so that
/// intervals of the true posterior would hold exactly what they promise.
@Suite struct PredictionCoverageTests {
  @Test func intervalsHoldWhatTheyPromise() throws {
    let priors = Priors(fixedEffectSD: 0.7, logSDSD: 0.4)
    let (replicates, groups, size, alpha) = (1500, 10, 5, 0.1)
    // Known group, new group.
    var excess = [0.0, 0.0]
    var spread = [0.0, 0.0]
    var covered = [0.0, 0.0]
    for replicate in 0..<replicates {
      let stream = try RandomStream(
        seed: 99, scenario: "prediction", replicate: UInt64(replicate), purpose: .design)
      let b = [stream.normal(sd: 0.7), stream.normal(sd: 0.7)]
      let sd = exp(stream.normal(sd: 0.4))
      let effects = (0...groups).map { _ in stream.normal(sd: sd) }
      let x = (0..<(groups * size + 2)).map { _ in stream.normal() }
      // The last two rows are new ones, in a group that is known and in one that is not.
      let groupOfRow = (0..<(groups * size)).map { $0 / size } + [replicate % groups, groups]
      let means = x.indices.map { exp(b[0] + b[1] * x[$0] + effects[groupOfRow[$0]]) }
      let y = means.map { stream.poisson(mean: $0) }
      func columns(_ rows: Range<Int>) -> [DesignColumn] {
        [.intercept(rows: rows.count), DesignColumn(name: "x", values: Array(x[rows]))]
      }
      let old = 0..<(groups * size)
      let model = try PoissonMixedModel(
        counts: Array(y[old]), fixed: columns(old), random: [.intercept(rows: old.count)],
        grouping: Grouping(labels: groupOfRow[old].map { "g\($0)" }), priors: priors)
      let new = old.upperBound..<x.count
      let rows = try PredictionRows(
        model: model, fixed: columns(new), random: [.intercept(rows: 2)],
        groupLabels: groupOfRow[new].map { "g\($0)" })
      let predictor = try Predictor(model, fit: model.fit(FitOptions(keepsRandomEffects: true)))
      let predictions = predictor.predict(rows, alpha: alpha)
      for (index, distribution) in predictor.distributions(of: rows).enumerated() {
        let prediction = predictions[index]
        #expect(prediction.isNewGroup == (index == 1))
        // Counts being discrete, the interval promises what its own distribution gives it.
        let promised =
          distribution.countProbability(atMost: prediction.countUpper)
          - distribution.countProbability(atMost: prediction.countLower - 1)
        #expect(promised >= 1 - alpha - 1e-9)
        let count = y[new.lowerBound + index]
        let holds = count >= prediction.countLower && count <= prediction.countUpper
        excess[index] += (holds ? 1 : 0) - promised
        spread[index] += promised * (1 - promised)
        let mean = means[new.lowerBound + index]
        if mean >= prediction.lower && mean <= prediction.upper { covered[index] += 1 }
      }
    }
    for index in 0..<2 {
      // Replicates are independent: 3.5 Monte Carlo errors, exceeded by chance once in 2,000.
      let kind = Comment(rawValue: "\(index == 0 ? "known" : "new") \(excess) \(covered)")
      #expect(abs(excess[index]) < 3.5 * spread[index].squareRoot(), kind)
      let error = (alpha * (1 - alpha) / Double(replicates)).squareRoot()
      #expect(abs(covered[index] / Double(replicates) - (1 - alpha)) < 3.5 * error, kind)
    }
  }
}
