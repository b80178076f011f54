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
