import Foundation
import Testing

@testable import SimulationStudy

@Suite struct StreamRuleTests {
  private static let one = DataFingerprint("0000000000000001")
  private static let two = DataFingerprint("0000000000000002")

  private func findings(
    of records: [ReplicateRecord], _ current: DataFingerprint?, against sound: [ReplicateRecord],
    _ baseline: DataFingerprint?
  ) throws -> [ComparisonFinding] {
    let scenario = try ComparisonFixture.scenario()
    return try StudyComparison(
      baseline: ComparisonFixture.study(scenario, sound, fingerprint: baseline),
      current: ComparisonFixture.study(scenario, records, fingerprint: current)
    ).findings
  }

  private func sound(seed: Int = 1) throws -> [ReplicateRecord] {
    ComparisonFixture.records(try ComparisonFixture.scenario(seed: seed))
  }

  /// As if the counts were others and the rest of the data the same.
  private func related(to records: [ReplicateRecord]) -> [ReplicateRecord] {
    var noise = Noise(seed: 1)
    return records.map { record in
      record.mapResult { result in
        result.with(
          bound: result.evidenceLowerBound.map { $0 * (1 + 0.05 * noise.normal()) }
        ) { $0.moved(sds: 0.5 * noise.normal()) }
      }
    }
  }

  @Test func differentFingerprintsAreOtherData() throws {
    let records = try sound()
    let findings = try findings(of: records, Self.two, against: records, Self.one)
    #expect(findings.map(\.rule) == [.stream])
    #expect(
      findings.first?.evidence
        == "The first data set is another one (fingerprint 0000000000000002 instead of "
        + "0000000000000001): nothing else of this scenario was compared.")
    #expect(findings.first?.replicates == [0])
  }

  /// Whatever has become of the estimates: something else is found then.
  @Test func equalFingerprintsAreTheSameData() throws {
    let records = try sound()
    #expect(try findings(of: records, Self.one, against: records, Self.one).isEmpty)
    for other in [try sound(seed: 2), related(to: records)] {
      let rules = try findings(of: other, Self.one, against: records, Self.one).map(\.rule)
      #expect(rules.contains(.drift))
      #expect(!rules.contains(.stream))
    }
  }

  private static let atMostOneKnown: [(DataFingerprint?, DataFingerprint?)] = [
    (nil, one), (one, nil), (nil, nil),
  ]

  @Test(arguments: atMostOneKnown)
  func withoutAFingerprintEstimatesTell(
    current: DataFingerprint?, baseline: DataFingerprint?
  ) throws {
    let records = try sound()
    #expect(try findings(of: records, current, against: records, baseline).isEmpty)
    let unrelated = try findings(of: sound(seed: 2), current, against: records, baseline)
    #expect(unrelated.map(\.rule) == [.stream])
    #expect(
      unrelated.first?.evidence.hasPrefix(
        "Old and new estimates have nothing to do with each other (median squared correlation 0.")
        == true)
    let less = try findings(of: related(to: records), current, against: records, baseline)
    #expect(less.map(\.rule) == [.stream])
    let evidence = try #require(less.first?.evidence)
    #expect(
      evidence.hasPrefix(
        "Old and new estimates are less related than the same data would make them (median squared "
          + "correlation 0."))
    #expect(evidence.contains(", limit 0.98; of the bounds' ranks 0."))
    #expect(
      evidence.hasSuffix(
        ", limit 0.998), and no fingerprint says whether the data are the same: nothing else of "
          + "this "
          + "scenario was compared."))
  }
}
