/// What a user gives to `sbatch` for both jobs of a study, and what of it each job may have.
package struct SbatchOptions: Sendable, Equatable {
  /// Options for either job, as they were given.
  let common: [String]
  /// The most tasks that run at the same time.
  let limit: Int?
  /// What the array has to wait for. The merge waits for the array, and so for this too.
  let dependency: String?

  /// Options that contradict the array of one task a shard. `description` is one sentence.
  package struct Misuse: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// - Parameter tasks: of the array.
  /// - Throws: `Misuse` where `--array` says more than how many tasks may run at the same time.
  package init(_ words: [String], tasks: Int) throws(Misuse) {
    var (common, limit, dependency) = ([String](), Int?.none, String?.none)
    var rest = words[...]
    while let word = rest.popFirst() {
      guard let (option, value) = Self.ownOption(word) else {
        common.append(word)
        continue
      }
      guard let value = value ?? rest.popFirst() else {
        throw Misuse(description: "The option \(word) of sbatch has no value.")
      }
      switch option {
      case .array: limit = try Self.limit(value, tasks: tasks)
      case .dependency: dependency = value
      }
    }
    (self.common, self.limit, self.dependency) = (common, limit, dependency)
  }

  private enum Option { case array, dependency }

  /// `sbatch` takes a long option by any beginning of its name that no other option shares.
  private static func ownOption(_ word: String) -> (Option, value: String?)? {
    if word.hasPrefix("--") {
      let parts = word.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts.first.map(String.init) ?? ""
      let value = parts.count > 1 ? String(parts[1]) : nil
      if name.count >= 2, "array".hasPrefix(name) { return (.array, value) }
      if name.count >= 3, "dependency".hasPrefix(name) { return (.dependency, value) }
      return nil
    }
    for (letter, option) in [("-a", Option.array), ("-d", .dependency)] where word.hasPrefix(letter)
    {
      return (option, word == letter ? nil : String(word.dropFirst(2)))
    }
    return nil
  }

  /// The number behind the percent sign of `1-4%2`.
  private static func limit(_ value: String, tasks: Int) throws(Misuse) -> Int? {
    let parts = value.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    let limit = parts.count > 1 ? Int(parts[1]) : nil
    guard let range = parts.first, ["", "1-\(tasks)"].contains(range),
      parts.count == 1 ? !range.isEmpty : (limit ?? 0) >= 1
    else {
      throw Misuse(
        description:
          "The tasks are 1-\(tasks); --array may only limit how many run at the same time, for "
          + "example --array=1-\(tasks)%2.")
    }
    return limit
  }
}
