import Foundation
import GRDB

/// What the stores of several directories are together: one study, with its gaps and overlaps.
struct MergePlan {
  struct Part {
    let store: StudyStore
    let study: StoredStudy
    /// As the user named it.
    var name: String { store.directory.relativePath }
  }

  let parts: [Part]
  /// Every scenario of any part once, with the most replicates that a part asks for.
  let scenarios: [SourcedScenario]
  /// The other programs of all parts.
  let programs: [ProgramRecord]
  /// Fingerprints of the data, by scenario; a scenario has none here if a part that has results of
  /// it knows none.
  let fingerprints: [String: DataFingerprint]
  /// One sentence for each scenario some of whose replicates nobody has.
  let gaps: [String]
  /// What the parts have, by scenario.
  private let recorded: [String: ReplicateSet]

  /// - Throws: `StoreError` of kind `unusable` where the parts are of different versions of the
  ///   package, disagree on a scenario, its data or another program, or share a replicate.
  init(_ parts: [Part], packageVersion: String) throws(StoreError) {
    self.parts = parts
    for part in parts where part.study.packageVersion != packageVersion {
      throw StoreError(
        .unusable,
        "The results in '\(part.name)' are those of glmm-poisson \(part.study.packageVersion), and "
          + "this is \(packageVersion).")
    }
    programs = try Self.programs(of: parts)
    scenarios = try Self.union(of: parts)
    fingerprints = try Self.fingerprints(of: parts)
    var gaps: [String] = []
    var recorded: [String: ReplicateSet] = [:]
    for scenario in scenarios.map(\.scenario) {
      let own = try Self.replicates(of: scenario, in: parts)
      let needed = try Self.neededReplicates(of: scenario, in: parts)
      if let gap = Self.gap(in: own, below: needed, of: scenario, parts) { gaps.append(gap) }
      recorded[scenario.name] = own
    }
    self.gaps = gaps
    self.recorded = recorded
  }

  /// Checks that the joined store may replace this one: that the parts have all it has.
  /// - Throws: `StoreError` of kind `unusable`.
  func checkCovers(_ old: StudyStore) throws(StoreError) {
    let contents = Dictionary(
      scenarios.map { ($0.scenario.name, ScenarioDifference.content(of: $0.scenario)) },
      uniquingKeysWith: { first, _ in first })
    let oldData = try old.fingerprints()
    try old.read { db in
      for row in try Row.fetchAll(db, sql: "SELECT id, name, content FROM scenarios") {
        let (id, name, content): (Int64, String, String) = (row[0], row[1], row[2])
        let replicates = try Int.fetchCursor(
          db, sql: "SELECT DISTINCT replicate FROM fits WHERE scenario = ? ORDER BY replicate",
          arguments: [id])
        // Where one is not known they may be the same.
        let isOfSameData =
          (oldData[name] ?? fingerprints[name]) == (fingerprints[name] ?? oldData[name])
        while let replicate = try replicates.next() {
          guard contents[name] == content, isOfSameData,
            recorded[name]?.contains(replicate) == true
          else {
            throw StoreError(
              .unusable,
              "'\(old.path)' has results that are in none of the directories to join, such as "
                + "replicate \(replicate) of scenario '\(name)'. Choose another --out, or start "
                + "anew with --fresh."
            )
          }
        }
      }
    }
  }

  /// The place of a scenario in a part's study, if it is there.
  static func position(of name: String, in part: Part) -> Int? {
    part.study.scenarios.firstIndex { $0.scenario.name == name }
  }

  private static func programs(of parts: [Part]) throws(StoreError) -> [ProgramRecord] {
    var programs: [ProgramRecord] = []
    var owners: [String] = []
    for part in parts {
      for program in part.study.programs {
        guard let index = programs.firstIndex(where: { $0.command == program.command }) else {
          programs.append(program)
          owners.append(part.name)
          continue
        }
        guard programs[index].version == program.version else {
          throw StoreError(
            .unusable,
            "The program '\(program.command)' is not the same in '\(part.name)' "
              + "(\(program.version ?? "missing")) and in '\(owners[index])' "
              + "(\(programs[index].version ?? "missing")).")
        }
        programs[index] = programs[index].handingOn(program.handedOn ?? 0)
      }
    }
    return programs
  }

  private static func fingerprints(
    of parts: [Part]
  ) throws(StoreError) -> [String: DataFingerprint] {
    var known: [String: (fingerprint: DataFingerprint, part: String)] = [:]
    var unknown: Set<String> = []
    for part in parts {
      let own = try part.store.fingerprints()
      for name in part.study.scenarios.map(\.scenario.name) {
        guard let fingerprint = own[name] else {
          unknown.insert(name)
          continue
        }
        let first = known[name] ?? (fingerprint, part.name)
        guard first.fingerprint == fingerprint else {
          throw StoreError(
            .unusable,
            "The simulated data of scenario '\(name)' are not the same in '\(part.name)' and in "
              + "'\(first.part)': the first data set has the fingerprint \(fingerprint) in the one "
              + "and "
              + "\(first.fingerprint) in the other. Run one of them again with --fresh.")
        }
        known[name] = first
      }
    }
    // What is joined is as little known as its least known part.
    return known.filter { !unknown.contains($0.key) }.mapValues(\.fingerprint)
  }

  private static func union(of parts: [Part]) throws(StoreError) -> [SourcedScenario] {
    var scenarios: [SourcedScenario] = []
    var places: [String: (scenario: Int, part: String)] = [:]
    for part in parts {
      for sourced in part.study.scenarios {
        guard let place = places[sourced.scenario.name] else {
          places[sourced.scenario.name] = (scenarios.count, part.name)
          scenarios.append(sourced)
          continue
        }
        let known = scenarios[place.scenario].scenario
        let (old, new) = (
          ScenarioDifference.content(of: known), ScenarioDifference.content(of: sourced.scenario)
        )
        guard old == new else {
          throw StoreError(
            .unusable,
            "Scenario '\(known.name)' is not the same in '\(part.name)' and in '\(place.part)': "
              + "\(ScenarioDifference.wording(old: old, new: new, areOfOneTime: true)).")
        }
        scenarios[place.scenario].scenario.replicates = max(
          known.replicates, sourced.scenario.replicates)
      }
    }
    return scenarios
  }

  private static func replicates(
    of scenario: Scenario, in parts: [Part]
  ) throws(StoreError) -> ReplicateSet {
    var union = ReplicateSet(capacity: scenario.replicates)
    for (index, part) in parts.enumerated() {
      guard let position = position(of: scenario.name, in: part) else { continue }
      let numbers = try part.store.recordedReplicates(
        of: part.study, scenario: position, below: scenario.replicates)
      for replicate in numbers where !union.insert(replicate) {
        let other = try owner(of: replicate, scenario.name, among: parts[..<index])
        throw StoreError(
          .unusable,
          "Replicate \(replicate) of scenario '\(scenario.name)' is in '\(part.name)' as well as "
            + "in "
            + "'\(other)'; every replicate may be in one of them only.")
      }
    }
    return union
  }

  private static func owner(
    of replicate: Int, _ scenario: String, among parts: ArraySlice<Part>
  ) throws(StoreError) -> String {
    for part in parts {
      guard let position = position(of: scenario, in: part) else { continue }
      let records = try part.store.records(
        of: part.study, scenario: position, replicate: replicate)
      if !records.isEmpty { return part.name }
    }
    return "another directory"
  }

  /// How many replicates a scenario needs: all, or as many as its precision takes.
  private static func neededReplicates(
    of scenario: Scenario, in parts: [Part]
  ) throws(StoreError) -> Int {
    guard var rule = StoppingRule(ScenarioSummary(scenario)) else { return scenario.replicates }
    for part in parts {
      guard let position = position(of: scenario.name, in: part) else { continue }
      rule.add(try part.store.records(of: part.study, scenario: position))
    }
    return rule.stop ?? scenario.replicates
  }

  private static func gap(
    in recorded: ReplicateSet, below needed: Int, of scenario: Scenario, _ parts: [Part]
  ) -> String? {
    let missing = recorded.missing(below: needed)
    let count = missing.count
    guard count > 0 else { return nil }
    let first = Array(missing.prefix(5))
    let list = first.map(String.init).joined(separator: ", ") + (count > first.count ? ", ..." : "")
    let shardCounts = Set(parts.map(\.study.shard.count))
    var owner = ""
    if shardCounts.count == 1, let shards = shardCounts.first, shards > 1 {
      let numbers = Set(first.map { $0 % shards + 1 }).sorted()
      owner =
        "; they belong to "
        + numbers.map { "shard \($0)/\(shards)" }.joined(separator: ", ")
        + (count > first.count ? " and perhaps others" : "")
    }
    return "Scenario '\(scenario.name)' lacks \(count) of its \(scenario.replicates) replicates "
      + "(\(list))\(owner)."
  }
}

extension StudyStore {
  /// The numbers of the replicates of a scenario that are recorded, ascending.
  /// - Throws: `StoreError`, of kind `unusable` if a method of one of them is missing.
  func recordedReplicates(
    of study: StoredStudy, scenario position: Int, below limit: Int
  ) throws(StoreError) -> [Int] {
    let scenario = study.scenarios[position].scenario
    return try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT replicate, COUNT(*) FROM fits WHERE scenario = ? AND replicate < ?
          GROUP BY replicate ORDER BY replicate
          """, arguments: [study.rowIDs[position], limit])
      var replicates: [Int] = []
      while let row = try rows.next() {
        let (replicate, fits): (Int, Int) = (row[0], row[1])
        guard fits == scenario.methods.count else {
          throw StoreError.damaged(
            self.path, "replicate \(replicate) of scenario '\(scenario.name)' is not whole")
        }
        replicates.append(replicate)
      }
      return replicates
    }
  }
}

/// A set of replicate numbers, one bit each.
struct ReplicateSet {
  private var words: [UInt64]
  let capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(0, capacity)
    words = [UInt64](repeating: 0, count: (self.capacity + 63) / 64)
  }

  func contains(_ replicate: Int) -> Bool {
    guard (0..<capacity).contains(replicate) else { return false }
    return words[replicate >> 6] & (1 << UInt64(replicate & 63)) != 0
  }

  /// - Returns: false if the replicate was there already, or is beyond the capacity.
  mutating func insert(_ replicate: Int) -> Bool {
    guard (0..<capacity).contains(replicate), !contains(replicate) else { return false }
    words[replicate >> 6] |= 1 << UInt64(replicate & 63)
    count += 1
    return true
  }

  /// The replicates below a number that are not in the set, ascending.
  func missing(below limit: Int) -> LazyFilterSequence<Range<Int>> {
    (0..<min(limit, capacity)).lazy.filter { !contains($0) }
  }
}
