import Foundation

/// A small scenario for the tests of the commands.
enum StudyScenario {
  /// - Parameter gate: bounds of the one gate, on a coverage.
  static func text(name: String = "tiny", gate: String = "[0, 1]") -> String {
    """
    name: \(name)
    seed: 1
    replicates: 30
    data:
      groups: 6
      group_size: 5
      covariates: [{name: x, distribution: normal}]
      exposure: {uniform: [0.5, 2]}
      fixed: {Intercept: 0.5, x: 0.3}
      random: {Intercept: 0.5}
    methods:
      - {name: structured, approximation: structured}
      - {name: mean-field, approximation: mean-field}
    gates:
      - {method: structured, parameter: x, measure: coverage, between: \(gate)}
    """
  }

  /// Writes the scenario into a directory and gives its path.
  static func write(_ text: String = text(), to directory: URL, name: String = "tiny.yml") throws
    -> String
  {
    let file = directory.appending(path: name)
    try Data(text.utf8).write(to: file)
    return file.path
  }
}
