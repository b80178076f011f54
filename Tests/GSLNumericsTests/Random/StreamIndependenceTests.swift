import CGSL
import Testing

@testable import GSLNumerics

/// Neighbouring addresses share no numbers and are not correlated.
struct StreamIndependenceTests {
  private func stream(
    seed: UInt64 = 5, scenario: String = "s", replicate: UInt64 = 0,
    purpose: StreamPurpose = .counts
  ) throws -> RandomStream {
    try RandomStream(seed: seed, scenario: scenario, replicate: replicate, purpose: purpose)
  }

  /// 16 numbers of each of 28,000 streams: among 448,000 independent 64-bit numbers, a pair is
  /// alike with probability 5.4 * 10^-9.
  @Test func firstBlocksDoNotOverlap() throws {
    var numbers: Set<UInt64> = []
    var count = 0
    for replicate in 0..<1000 as Range<UInt64> {
      for purpose in StreamPurpose.allCases {
        for seed in [5, 6] as [UInt64] {
          let stream = try stream(seed: seed, replicate: replicate, purpose: purpose)
          for _ in 0..<16 {
            numbers.insert(stream.next())
            count += 1
          }
        }
      }
    }
    #expect(count == 448_000)
    #expect(numbers.count == count)
  }

  /// 10^4 numbers of each of 400 streams against the next replicate's, purpose's, seed's and
  /// scenario's. Times sqrt(10^4) a correlation of independent streams is standard normal: the
  /// largest of 1600 exceeds 5 with probability 10^-3, and their sum of squares is chi-squared.
  @Test func neighboursAreNotCorrelated() throws {
    let length = 10_000
    func centred(_ stream: RandomStream) -> [Double] {
      (0..<length).map { _ in stream.uniform() - 0.5 }
    }
    var scores: [Double] = []
    for index in 0..<400 as Range<UInt64> {
      let one = try centred(stream(replicate: index))
      for other in [
        try stream(replicate: index + 1), try stream(replicate: index, purpose: .covariates),
        try stream(seed: 6, replicate: index), try stream(scenario: "t", replicate: index),
      ] {
        let product = zip(one, centred(other)).reduce(0) { $0 + $1.0 * $1.1 }
        scores.append(product * 12 / Double(length).squareRoot())
      }
    }
    #expect((scores.map(abs).max() ?? .infinity) < 5)
    let sum = scores.reduce(0) { $0 + $1 * $1 }
    let tail = gsl_cdf_chisq_Q(sum, Double(scores.count))
    #expect(tail > 1e-3 && tail < 1 - 1e-3)
  }

  /// The first numbers of 10^6 replicates, in their order, are as good as one stream: uniform, and
  /// so are the pairs of neighbours.
  @Test func firstNumbersOfReplicatesAreUniform() throws {
    let first = try (0..<1_000_000 as Range<UInt64>).map { try stream(replicate: $0).uniform() }
    #expect(GoodnessOfFit.ofContinuous(first) { $0 } > 1e-3)
    var pairs = [Int](repeating: 0, count: 400)
    for index in stride(from: 0, to: first.count, by: 2) {
      pairs[Int(first[index] * 20) * 20 + Int(first[index + 1] * 20)] += 1
    }
    let expected = Array(repeating: Double(first.count / 2) / 400, count: 400)
    #expect(GoodnessOfFit.pValue(pairs, expected: expected) > 1e-3)
  }
}
