import PoissonGLMM

/// What was asked for: enough to print the command that runs the study again.
package struct StudyRecipe: Sendable, Equatable, Codable {
  /// Scenario files and folders as the user named them.
  let scenarios: [String]
  /// Replicates in place of the scenarios' own number.
  let replicates: Int?

  package init(scenarios: [String], replicates: Int?) {
    self.scenarios = scenarios
    self.replicates = replicates
  }

  /// The command line that runs the study, or a shard of it, with its results in `out`.
  /// - Parameter programs: those whose variables of the environment it sets.
  package func command(
    out: String, shard: Shard = .whole, programs: [ProgramRecord] = []
  ) -> String {
    let variables = programs.compactMap(\.variables)
      .reduce(into: [:]) { $0.merge($1) { first, _ in first } }
      .sorted { $0.key < $1.key }
    var words = ["glmm-poisson", "study", "run"] + scenarios + ["--out", out]
    if let replicates { words += ["--replicates", String(replicates)] }
    if !shard.isWhole { words += ["--shard", shard.description] }
    let settings = variables.map { "\($0.key)=\(ShellWord.quoted($0.value))" }
    return (settings + words.map(ShellWord.quoted)).joined(separator: " ")
  }
}

/// One of several equal parts of a study's replicates, for runs on several machines.
///
/// Shard i of n has the replicates i - 1, i - 1 + n, i - 1 + 2 n, ... of every scenario. The split
/// depends on nothing else: asked for more replicates later, each shard keeps those it has.
package struct Shard: Sendable, Equatable, CustomStringConvertible {
  /// 1, 2, ..., `count`.
  let number: Int
  let count: Int

  /// All replicates.
  package static let whole = Shard(number: 1, count: 1)
  /// The most parts that a study may have.
  package static let maximumCount = 1_000_000

  private init(number: Int, count: Int) {
    self.number = number
    self.count = count
  }

  /// `2/8`, or nil for text that names no shard.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]),
      (1...Self.maximumCount).contains(count), (1...count).contains(number)
    else { return nil }
    self.init(number: number, count: count)
  }

  package var description: String { "\(number)/\(count)" }
  package var isWhole: Bool { count == 1 }

  /// The replicates of this shard have the positions 0, 1, 2, ...
  func replicate(at position: Int) -> Int { number - 1 + position * count }

  /// Where a replicate stands in this shard, or nil if it belongs to another.
  func position(of replicate: Int) -> Int? {
    let (quotient, remainder) = replicate.quotientAndRemainder(dividingBy: count)
    return remainder == number - 1 ? quotient : nil
  }

  /// How many of the replicates 0 ..< `replicates` belong to this shard.
  func size(ofReplicates replicates: Int) -> Int {
    replicates < number ? 0 : (replicates - number) / count + 1
  }
}
