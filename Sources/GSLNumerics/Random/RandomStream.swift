internal import CCounterRNG
@preconcurrency internal import CGSL

/// A stream of random numbers that is found by its address: the study's seed, the scenario's name,
/// the replicate and the purpose. The same address gives the same numbers, whatever was drawn
/// before or elsewhere, and whatever the threads.
///
/// With Philox the address is the generator's key and counter, and distinct addresses are distinct
/// streams. GSL's own generators know only a seed; they get 32 bits of the first number of the
/// Philox stream of the same address. Of 100,000 such streams about one repeats another from
/// beginning to end (2^32 seeds, the birthday problem), and nearby seeds of the older generators
/// give correlated streams. Use them for comparison only.
///
/// No argument makes a distribution's function stop the process or run without end: outside the
/// stated domain (NaN included) the result is NaN and nothing is drawn.
public final class RandomStream {
  let generator: UnsafeMutablePointer<gsl_rng>

  /// The stream at an address.
  /// - Parameters:
  ///   - generator: what gives the numbers.
  ///   - seed: the study's.
  ///   - scenario: its name, of which a hash enters the address.
  ///   - replicate: its number within the scenario.
  ///   - purpose: what the numbers are drawn for.
  /// - Throws: `GSLError` if the generator's state cannot be allocated.
  public convenience init(
    generator: RandomGenerator = .philox4x64, seed: UInt64, scenario: String, replicate: UInt64,
    purpose: StreamPurpose
  ) throws(GSLError) {
    try self.init(
      generator: generator,
      address: StreamAddress(
        seed: seed, scenario: scenario, replicate: replicate, purpose: purpose))
  }

  init(generator chosen: RandomGenerator, address: StreamAddress) throws(GSLError) {
    _ = GSL.errorsAreReturned
    guard let philox = gsl_rng_alloc(counter_rng_philox4x64()) else {
      throw .outOfMemory("random stream")
    }
    counter_rng_set_address(philox, address.key, address.counter)
    if chosen == .philox4x64 {
      generator = philox
      return
    }
    // Most of GSL's generators ignore the upper half of a 64-bit seed (mt19937), and with it some
    // leave their range (minstd, ran0) or their table (ran1, ran2 in GSL 2.7 crash).
    let seed = gsl_rng_get(philox) & 0xffff_ffff
    gsl_rng_free(philox)
    guard let other = gsl_rng_alloc(chosen.type) else { throw .outOfMemory("random stream") }
    gsl_rng_set(other, seed)
    generator = other
  }

  deinit {
    gsl_rng_free(generator)
  }
}

/// A source of uniform random numbers, chosen by name: Philox 4x64-10 or any generator of GSL's.
public struct RandomGenerator: Sendable, Hashable {
  /// `philox4x64-10`, or GSL's name, for example `mt19937`, `ranlxd2`, `taus2`, `gfsr4`.
  public let name: String

  /// The generator of that name.
  /// - Throws: `GSLError` that lists the known names if this is none of them.
  public init(named name: String) throws(GSLError) {
    guard Self.types[name] != nil else {
      throw .invalid(
        "random generator",
        "\"\(name)\" is not a known generator; known are \(Self.available.joined(separator: ", "))")
    }
    self.name = name
  }

  private init(known name: String) {
    self.name = name
  }

  /// Philox 4x64-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as
  /// 1, 2, 3"): counter-based, so that a stream is found by its address and not by its history.
  public static let philox4x64 = RandomGenerator(
    known: String(cString: counter_rng_philox4x64().pointee.name))

  /// Every known name: Philox first, then GSL's in alphabetical order.
  public static var available: [String] {
    [philox4x64.name] + types.keys.filter { $0 != philox4x64.name }.sorted()
  }

  /// The C type behind the name. Every `RandomGenerator` is of a known name.
  var type: UnsafePointer<gsl_rng_type> { Self.types[name] ?? counter_rng_philox4x64() }

  /// GSL's table of generators and our own, by name. The types are constants that live as long as
  /// the process; GSL fills its table at the first call, which a static property does once.
  nonisolated(unsafe) private static let types: [String: UnsafePointer<gsl_rng_type>] = {
    let philox: UnsafePointer<gsl_rng_type> = counter_rng_philox4x64()
    var types = [String(cString: philox.pointee.name): philox]
    var entry = gsl_rng_types_setup()
    while let type = entry?.pointee {
      types[String(cString: type.pointee.name)] = type
      entry = entry?.successor()
    }
    return types
  }()
}
