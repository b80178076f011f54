import Testing

@testable import GSLNumerics

/// Streams are an address, not a history.
struct RandomStreamTests {
  private func stream(
    _ generator: RandomGenerator = .philox4x64, seed: UInt64 = 20_261_122,
    scenario: String = "random-intercept-20x10", replicate: UInt64 = 7,
    purpose: StreamPurpose = .counts
  ) throws -> RandomStream {
    try RandomStream(
      generator: generator, seed: seed, scenario: scenario, replicate: replicate, purpose: purpose)
  }

  /// Any change of the address, the generator or the bits of a double shows here. From
  /// `numpy.random.Philox` 2.4.6 with the key and counter worked out in Python.
  @Test func anAddressGivesTheSameNumbersForEver() throws {
    let pinned = try stream()
    #expect(
      (0..<6).map { _ in pinned.uniform() } == [
        0.4886867414864877, 0.7651257109261834, 0.4814574010463384, 0.46174233735069437,
        0.7858393700608675, 0.7343680865918076,
      ])
  }

  /// FNV-1a with MurmurHash3's finalizer, worked out in Python.
  @Test func theHashOfANameIsTheSameForEver() {
    #expect(StreamAddress.hash("") == 0xefd0_1f60_ba99_2926)
    #expect(StreamAddress.hash("a") == 0x82a2_a958_a9be_ce5b)
    #expect(StreamAddress.hash("random-intercept-20x10") == 0x0001_23c8_7fae_2312)
    #expect(StreamAddress.hash("naïve") == 0x1b21_a798_c5ab_1dcf)
  }

  @Test(arguments: ["philox4x64-10", "mt19937", "ranlxd2", "taus2", "gfsr4"])
  func everyPartOfTheAddressMatters(name: String) throws {
    let generator = try RandomGenerator(named: name)
    let streams = try [
      stream(generator), stream(generator, seed: 20_261_123),
      stream(generator, scenario: "random-intercept-20x11"), stream(generator, replicate: 8),
      stream(generator, purpose: .covariates),
    ]
    let first = streams.map { $0.uniform() }
    #expect(Set(first).count == streams.count)
    #expect(try stream(generator).uniform() == first[0])
  }

  @Test func whatIsDrawnElsewhereChangesNothing() throws {
    let alone = try stream()
    let expected = (0..<100).map { _ in alone.normal() }
    let one = try stream()
    let other = try stream(purpose: .covariates)
    let interleaved = (0..<100).map { _ in
      _ = other.gamma(shape: 0.7, scale: 2)
      return one.normal()
    }
    #expect(interleaved == expected)
  }

  @Test func generatorsAreFoundByNameAndUnknownOnesNameTheKnown() throws {
    #expect(RandomGenerator.available.first == "philox4x64-10")
    #expect(RandomGenerator.available.count > 50)
    for name in RandomGenerator.available {
      let generator = try RandomGenerator(named: name)
      #expect(generator.name == name)
      let value = try stream(generator).uniform()
      #expect(value >= 0 && value < 1)
    }
    #expect(try RandomGenerator(named: "philox4x64-10") == .philox4x64)
    let error = #expect(throws: GSLError.self) { try RandomGenerator(named: "mersenne") }
    #expect(error?.description.contains("\"mersenne\" is not a known generator") == true)
    #expect(error?.description.contains("mt19937") == true)
  }
}
