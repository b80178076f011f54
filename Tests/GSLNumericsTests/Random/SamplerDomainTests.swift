import GSLNumerics
import Testing

/// Arguments at and beyond the edges: a value or NaN, never a crash and never an endless loop.
struct SamplerDomainTests {
  private let stream: RandomStream

  init() throws {
    stream = try RandomStream(seed: 3, scenario: "domain", replicate: 0, purpose: .design)
  }

  @Test(arguments: [.nan, -.infinity, -1] as [Double])
  func noDistributionTakesSuchAParameter(bad: Double) {
    #expect(stream.uniform(from: bad, to: -2).isNaN)
    #expect(stream.uniform(from: 2, to: bad).isNaN)
    #expect(stream.normal(mean: 0, sd: bad).isNaN)
    #expect(stream.lognormal(meanLog: 0, sdLog: bad).isNaN)
    #expect(stream.poisson(mean: bad).isNaN)
    #expect(stream.gamma(shape: bad, scale: 1).isNaN)
    #expect(stream.gamma(shape: 1, scale: bad).isNaN)
    #expect(stream.bernoulli(probability: bad).isNaN)
    #expect(stream.studentT(degreesOfFreedom: bad).isNaN)
    #expect(stream.category(weights: [1, bad]) == nil)
  }

  @Test func infinityIsNoParameter() {
    #expect(stream.normal(mean: .infinity).isNaN)
    #expect(stream.poisson(mean: .infinity).isNaN)
    #expect(stream.gamma(shape: .infinity, scale: 1).isNaN)
    #expect(stream.gamma(shape: 0, scale: 1).isNaN)
    #expect(stream.studentT(degreesOfFreedom: 0).isNaN)
    #expect(stream.bernoulli(probability: 1.0.nextUp).isNaN)
    #expect(stream.category(weights: [1, .infinity]) == nil)
    #expect(stream.category(weights: [.greatestFiniteMagnitude, .greatestFiniteMagnitude]) == nil)
    #expect(stream.category(weights: []) == nil)
    #expect(stream.category(weights: [0, 0]) == nil)
  }

  @Test func aRefusedArgumentDrawsNothing() throws {
    let untouched = try RandomStream(seed: 3, scenario: "domain", replicate: 0, purpose: .design)
    _ = stream.gamma(shape: .nan, scale: 1)
    _ = stream.poisson(mean: -1)
    _ = stream.category(weights: [0])
    #expect(stream.uniform() == untouched.uniform())
  }

  @Test func edgesOfTheDomainGiveWhatTheyMust() {
    #expect(stream.poisson(mean: 0) == 0)
    #expect(stream.normal(mean: 7, sd: 0) == 7)
    #expect(stream.gamma(shape: 2, scale: 0) == 0)
    #expect(stream.gamma(shape: .leastNonzeroMagnitude, scale: 1) == 0)
    #expect(stream.bernoulli(probability: 0) == 0)
    #expect(stream.bernoulli(probability: 1) == 1)
    #expect(stream.uniform(from: 4, to: 4) == 4)
    #expect(stream.uniformInteger(in: 5...5) == 5)
    #expect(stream.category(weights: [0, .leastNonzeroMagnitude, 0]) == 1)
    let wide = stream.uniform(from: -.greatestFiniteMagnitude, to: .greatestFiniteMagnitude)
    #expect(wide.isFinite)
  }

  /// Means that a 32-bit count, or a double's whole numbers, cannot hold.
  @Test(arguments: [4e9, 1e15, 1e16, 1e17, 1e30, 1e32, 1e100, 1e300, .greatestFiniteMagnitude])
  func hugeMeansGiveCountsWithinTenStandardDeviations(mean: Double) {
    for _ in 0..<1000 {
      let count = stream.poisson(mean: mean)
      #expect(abs(count - mean) <= max(10 * mean.squareRoot(), 2 * mean.ulp))
    }
  }

  @Test func theWholeRangeOfIntegersCanBeDrawn() {
    var (negative, even) = (0, 0)
    for _ in 0..<1000 {
      let value = stream.uniformInteger(in: Int.min...Int.max)
      negative += value < 0 ? 1 : 0
      even += value.isMultiple(of: 2) ? 1 : 0
    }
    // Five standard deviations of a binomial count are 79.
    #expect(abs(negative - 500) < 79 && abs(even - 500) < 79)
  }
}
