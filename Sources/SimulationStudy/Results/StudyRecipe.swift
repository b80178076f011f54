/// What was asked for: enough to print the command that runs the study again.
public struct StudyRecipe: Sendable, Equatable, Codable {
  /// Scenario files and folders as the user named them.
  public let scenarios: [String]
  /// Replicates in place of the scenarios' own number.
  public let replicates: Int?

  public init(scenarios: [String], replicates: Int?) {
    self.scenarios = scenarios
    self.replicates = replicates
  }

  /// The command line that runs the study, or a shard of it, with its results in `out`.
  /// - Parameter programs: those whose variables of the environment it sets.
  public func command(
    out: String, shard: Shard = .whole, programs: [ProgramRecord] = []
  ) -> String {
    let variables = programs.compactMap(\.variables)
      .reduce(into: [:]) { $0.merge($1) { first, _ in first } }
      .sorted { $0.key < $1.key }
    var words = ["glmm-poisson", "study", "run"] + scenarios + ["--out", out]
    if let replicates { words += ["--replicates", String(replicates)] }
    if !shard.isWhole { words += ["--shard", shard.description] }
    let settings = variables.map { "\($0.key)=\(Self.quoted($0.value))" }
    return (settings + words.map(Self.quoted)).joined(separator: " ")
  }

  /// A word as a POSIX shell has to be given it.
  public static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./:,=+@%".utf8.contains(byte)
      }
    }
    if plain, !word.isEmpty { return word }
    return "'"
      + word.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }
}
