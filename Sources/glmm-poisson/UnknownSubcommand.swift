import ArgumentParser
import PoissonGLMM

/// Advice on a word that stands where the name of a subcommand is expected.
enum UnknownSubcommand {
  /// `There is no subcommand 'fti' (did you mean 'fit'?)`, or the names there are where none is
  /// near; nil if all words that stand for subcommands name one.
  /// - Parameters:
  ///   - words: the arguments.
  ///   - root: the command that they are given to.
  static func sentence(_ words: [String], of root: any ParsableCommand.Type) -> String? {
    var command = root
    for word in words {
      let subcommands = command.configuration.subcommands
      guard !subcommands.isEmpty, !word.hasPrefix("-") else { return nil }
      // `help` takes any words.
      guard word != "help" else { return nil }
      guard let next = subcommands.first(where: { $0.configuration.commandName == word }) else {
        return sentence(word, among: subcommands.compactMap { $0.configuration.commandName })
      }
      command = next
    }
    return nil
  }

  private static func sentence(_ word: String, among names: [String]) -> String {
    let beginning = "There is no subcommand '\(word)'"
    // A name this long is no slip of the hand, and the distance costs the product of the lengths.
    guard word.count <= 64 else { return "\(beginning)." }
    let nearest = names.map { (name: $0, distance: EditDistance.between(word.lowercased(), $0)) }
      .min { $0.distance < $1.distance }
    // Half of the letters wrong may still be a misspelling; more is another word.
    if let nearest, nearest.distance * 2 <= max(word.count, nearest.name.count) {
      return "\(beginning) (did you mean '\(nearest.name)'?)"
    }
    return "\(beginning); there are \(names.joined(separator: ", "))."
  }
}
