import GSLNumerics

/// Tells whether two programs draw the same data for a scenario: a hash, 64 bits wide, of the data
/// set of replicate 0 with everything behind it. Written as 16 hexadecimal digits.
///
/// FNV-1a over counts, grouping columns, covariates, exposure, random effects and true parameters,
/// each as its name, the number of its values, and these as eight bytes, the lowest first. Counts
/// and levels enter with all their bits, other numbers rounded to 29 significant bits: elsewhere a
/// logarithm may be rounded to the neighbouring double, and that makes no other data. By chance two
/// data sets share a fingerprint once in 2^64.
package struct DataFingerprint: Sendable, Hashable {
  let hash: UInt64

  /// Of the first data set that this program draws for a scenario; nil if that one cannot be drawn.
  init?(_ scenario: Scenario) {
    guard let drawn = try? DataGenerator(scenario).dataSet(replicate: 0) else { return nil }
    self.init(drawn, truth: scenario.truth)
  }

  /// - Parameter truth: the true parameters that are the same in all replicates, by name.
  init(_ drawn: SimulatedCounts, truth: [String: Double]) {
    var digest = Digest()
    digest.add("y", drawn.data.counts.map(\.bitPattern))
    for column in drawn.data.groupings {
      digest.add(column.name, column.levelOfRow.map { UInt64(bitPattern: Int64($0)) })
    }
    for column in drawn.data.covariates { digest.add(column.name, rounding: column.values) }
    if let exposure = drawn.data.exposure { digest.add("exposure", rounding: exposure) }
    digest.add("random effects", rounding: drawn.randomEffects)
    let parameters = truth.merging(drawn.drawnParameters) { _, drawn in drawn }
    for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
      digest.add(name, rounding: [value])
    }
    hash = digest.hash
  }

  private struct Digest {
    private(set) var hash = FNV1a.offsetBasis

    mutating func add(_ name: String, _ words: [UInt64]) {
      hash = FNV1a.hash(name.utf8, continuing: hash)
      hash = FNV1a.hash(word: UInt64(words.count), continuing: hash)
      for word in words { hash = FNV1a.hash(word: word, continuing: hash) }
    }

    mutating func add(_ name: String, rounding values: [Double]) {
      add(name, values.map(Self.rounded))
    }

    /// The bits that are left of a number without the last 24 of its significand, to the nearest.
    /// Of numbers that differ in their last bit only, one pair in 2^24 lies astride a bound.
    private static func rounded(_ value: Double) -> UInt64 {
      // Minus zero is zero.
      value == 0 ? 0 : (value.bitPattern &+ (1 << 23)) >> 24
    }
  }
}

extension DataFingerprint: CustomStringConvertible {
  package var description: String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// - Returns: nil unless the text is 16 hexadecimal digits.
  init?(_ text: String) {
    guard text.utf8.count == 16, let hash = UInt64(text, radix: 16) else { return nil }
    self.hash = hash
  }
}

extension DataFingerprint: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let fingerprint = DataFingerprint(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "A fingerprint is 16 hexadecimal digits.")
    }
    self = fingerprint
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
