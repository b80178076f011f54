/// The purposes a replicate's numbers are drawn for.
///
/// Each has a stream of its own, so that adding a consumer never shifts the others. The raw values
/// are part of every stream's address: a new purpose gets a new value, and none is ever reused.
public enum StreamPurpose: UInt64, Sendable, CaseIterable {
  /// Group sizes, levels of grouping factors, exposure.
  case design = 0
  /// Covariates, of rows and of groups.
  case covariates = 1
  /// Effects of groups.
  case randomEffects = 2
  /// The counts themselves.
  case counts = 3
  /// Parameters drawn from a posterior distribution.
  case posteriorDraws = 4
  /// Coefficients drawn from their prior.
  case parameters = 5
  /// Multipliers of the means of the counts.
  case overdispersion = 6
  /// Which counts are zero whatever their means.
  case zeroInflation = 7
  /// Group sizes and exposure that are the same in every replicate.
  case fixedDesign = 8
  /// Covariates that are the same in every replicate.
  case fixedCovariates = 9
  /// Log standard deviations drawn from their prior.
  case logStandardDeviations = 10
  /// Correlations of random effects drawn from their prior.
  case correlations = 11
  /// Parameters and residuals drawn to check a model.
  case modelChecks = 12
  /// Parameters of the family of the counts drawn from their priors.
  case familyParameters = 13
}

/// Where a stream of random numbers begins: a key and the first value of a 256-bit counter.
///
///     key     = (seed of the study, hash of the scenario's name)
///     counter = (block, block's high word, replicate, purpose), least significant word first
///
/// A stream is 2^128 blocks of 4 numbers long before it would meet the next replicate's.
struct StreamAddress: Equatable {
  /// Two words.
  let key: [UInt64]
  /// Four words.
  let counter: [UInt64]

  init(seed: UInt64, scenario: String, replicate: UInt64, purpose: StreamPurpose) {
    self.init(key: (seed, Self.hash(scenario)), counter: (0, 0, replicate, purpose.rawValue))
  }

  /// A position given word by word.
  init(key: (UInt64, UInt64), counter: (UInt64, UInt64, UInt64, UInt64)) {
    self.key = [key.0, key.1]
    self.counter = [counter.0, counter.1, counter.2, counter.3]
  }

  /// FNV-1a of the text's UTF-8 bytes, then the finalizer of MurmurHash3, which lets every bit of
  /// the sum reach every bit of the result.
  static func hash(_ text: String) -> UInt64 {
    var hash = FNV1a.hash(text.utf8)
    hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
    hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
    return hash ^ (hash >> 33)
  }
}

/// The hash function FNV-1a (Fowler, Noll & Vo), 64 bits wide: the same on every machine and in
/// every process, as Swift's `Hasher` is not.
package enum FNV1a {
  /// The hash of no bytes.
  package static let offsetBasis: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash of a sequence of bytes, after those whose hash is `start`.
  package static func hash(
    _ bytes: some Sequence<UInt8>, continuing start: UInt64 = offsetBasis
  ) -> UInt64 {
    var hash = start
    func include(_ bytes: UnsafeBufferPointer<UInt8>) {
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* prime }
    }
    // Step by step, a sequence of a type that is not known here takes twenty times as long.
    if bytes.withContiguousStorageIfAvailable(include) == nil {
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* prime }
    }
    return hash
  }

  /// The hash of the eight bytes of a word, the lowest first, after those whose hash is `start`.
  package static func hash(word: UInt64, continuing start: UInt64) -> UInt64 {
    var hash = start
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      hash = (hash ^ (word >> shift & 0xff)) &* prime
    }
    return hash
  }

  private static let prime: UInt64 = 0x0000_0100_0000_01b3
}
