import PoissonGLMM

/// Another program of a study, as it was when the study was begun: run, or missing.
package struct ProgramRecord: Sendable, Equatable, Codable {
  /// The command as the scenarios have it.
  package let command: String
  /// What ran, in which versions; nil if it was missing.
  let version: String?
  /// Whether it measures the time of its fits itself.
  let timesItself: Bool
  /// Data sets that were given to a new process because the one before had crashed after an answer,
  /// or answered an earlier data set once more; nil if there were none.
  private(set) var handedOn: Int?
  /// Why its methods are skipped, without a full stop; nil if it ran.
  package let missing: String?
  /// The values that the environment had for those variables that have a default in the command
  /// (`${PYTHON:-python3}`); nil if it had none.
  let variables: [String: String]?

  private enum CodingKeys: String, CodingKey {
    case command
    case version
    case timesItself = "times_itself"
    case handedOn = "handed_on"
    case missing
    case variables
  }

  /// - Parameter environment: that it runs in.
  init(
    command: String, version: String, timesItself: Bool, environment: [String: String] = [:]
  ) {
    (self.command, self.version, self.timesItself) = (command, version, timesItself)
    missing = nil
    let names = Set(ExternalCommand.variables(of: command))
    let values = environment.filter { names.contains($0.key) }
    variables = values.isEmpty ? nil : values
  }

  init(command: String, missing: String) {
    (self.command, self.missing) = (command, missing)
    version = nil
    timesItself = false
    variables = nil
  }

  /// The same program after more data sets were given to new processes.
  func handingOn(_ count: Int) -> ProgramRecord {
    var program = self
    if count > 0 { program.handedOn = (handedOn ?? 0) + count }
    return program
  }
}

extension Scenario {
  /// The commands of its data and its methods, each once; those that differ in their limits are
  /// different.
  package var commands: [ExternalCommand] {
    ([data.generated?.command] + declaredMethods.map(\.command)).compactMap { $0 }
      .reduce(into: []) { commands, command in
        if !commands.contains(command) { commands.append(command) }
      }
  }

  /// The scenario without the methods whose program is missing.
  func skipping(_ programs: [ProgramRecord]) -> Scenario {
    var scenario = self
    scenario.skipped = [:]
    for method in declaredMethods {
      guard let command = method.command,
        let reason = programs.first(where: { $0.command == command.text })?.missing
      else { continue }
      scenario.skipped[method.name] = reason
    }
    return scenario
  }

  /// The first of its methods that is an estimator in Swift, which no command has.
  package var ownEstimator: String? { declaredMethods.first { $0.fitter == .own }?.name }

  /// The scenario with this project's own methods alone.
  var withOwnMethodsOnly: Scenario {
    var scenario = self
    for method in declaredMethods where method.command != nil {
      scenario.skipped[method.name] = "it is another program's"
    }
    return scenario
  }
}

/// Why another program gave no answer that can be used. `description` is one sentence without line
/// breaks.
struct ProgramError: Error, Equatable, CustomStringConvertible {
  enum Kind: Equatable {
    /// The program, or something it needs, is not installed.
    case missing
    /// The program itself says that it has no result; it goes on.
    case refused
    /// It had ended with status 0 before it read anything of the data set.
    case left
    /// The fault is of an earlier data set, whose answer was used: the process crashed after it and
    /// had read nothing of this one, or it answered that one once more.
    case belated
    /// It crashed, fell silent, or gave an answer that is none.
    case broken
  }

  let kind: Kind
  let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  static func broken(_ description: String) -> ProgramError { ProgramError(.broken, description) }

  /// Somebody else's text as part of a sentence: a space for each run of white space and line
  /// breaks, escapes for what a terminal would obey, and the beginning cut off where it is long,
  /// because programs say at the end what went wrong.
  static func oneLine(_ text: String, longest: Int = 300) -> String {
    let words = VisibleText.escaped(
      text.unicodeScalars.split { $0.properties.isWhitespace || $0 == "\0" }.map(String.init)
        .joined(separator: " "))
    return words.count <= longest ? words : "..." + words.suffix(longest)
  }
}
