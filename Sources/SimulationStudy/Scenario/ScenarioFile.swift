import Foundation

/// The text that a scenario was read from. A study keeps it, so that a data set can be drawn again
/// without the file.
package struct ScenarioSource: Sendable, Hashable {
  /// The path as the user gave it; stands in error messages.
  let file: String
  let text: String

  /// All cells of a grid have the same text, which may be long: only whether two texts are equal
  /// is asked of all of it, and equal ones share their storage as a rule.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(file)
    hasher.combine(text.utf8.count)
  }
}

/// A scenario and where it comes from.
package struct SourcedScenario: Sendable {
  package var scenario: Scenario
  package let source: ScenarioSource

  init(_ scenario: Scenario, source: ScenarioSource) {
    self.scenario = scenario
    self.source = source
  }
}

/// Scenarios on the disk.
public enum ScenarioFile {
  /// The scenarios of files and folders. A folder stands for the `.yml` and `.yaml` files directly
  /// in it, sorted by name; the order of the paths is kept. A file with a grid gives one scenario
  /// for each of its cells.
  /// - Throws: `ScenarioError` for the first path or file that is no good, for a folder without
  ///   scenarios, and for two scenarios of one name.
  public static func load(paths: [String]) throws(ScenarioError) -> [Scenario] {
    try loadWithSources(paths: paths).map(\.scenario)
  }

  /// The same scenarios, each with the text it was read from.
  package static func loadWithSources(
    paths: [String]
  ) throws(ScenarioError) -> [SourcedScenario] {
    var scenarios: [SourcedScenario] = []
    var fileOfName: [String: String] = [:]
    for path in paths {
      for file in try files(at: path) {
        let bytes = try bytes(of: file)
        let source = ScenarioSource(file: file, text: String(decoding: bytes, as: UTF8.self))
        for scenario in try Self.scenarios(bytes: bytes, file: file) {
          if let other = fileOfName.updateValue(file, forKey: scenario.name) {
            throw ScenarioError(
              "the name '\(scenario.name)' is already that of the scenario in \(other); names are "
                + "unique within a study.", file: file)
          }
          scenarios.append(SourcedScenario(scenario, source: source))
        }
      }
    }
    return scenarios
  }

  /// The one scenario of a file.
  /// - Throws: `ScenarioError` also where a grid makes several.
  public static func load(file: String) throws(ScenarioError) -> Scenario {
    try single(scenarios(file: file), file: file)
  }

  /// The one scenario of a file, with the text it was read from.
  /// - Throws: `ScenarioError` also where a grid makes several.
  package static func loadWithSource(file: String) throws(ScenarioError) -> SourcedScenario {
    let bytes = try bytes(of: file)
    return SourcedScenario(
      try parse(bytes: bytes, file: file),
      source: ScenarioSource(file: file, text: String(decoding: bytes, as: UTF8.self)))
  }

  /// The scenario of that name among those of a file.
  /// - Throws: `ScenarioError` also where there is none.
  public static func load(file: String, cell name: String) throws(ScenarioError) -> Scenario {
    let scenarios = try scenarios(file: file)
    if let scenario = scenarios.first(where: { $0.name == name }) { return scenario }
    throw ScenarioError(
      "there is no scenario '\(name)' in this file; it describes \(scenarios.count), such as "
        + "'\(scenarios.last?.name ?? "")'.", file: file)
  }

  /// The scenarios of one file: one, or with `vary` one for each cell of the grid.
  static func scenarios(file: String) throws(ScenarioError) -> [Scenario] {
    try scenarios(bytes: bytes(of: file), file: file)
  }

  private static func bytes(of file: String) throws(ScenarioError) -> [UInt8] {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), isFolder.boolValue {
      throw ScenarioError("expected a file, found a folder.", kind: .noSuchFile, file: file)
    }
    guard let handle = FileHandle(forReadingAtPath: file) else {
      throw FileManager.default.fileExists(atPath: file)
        ? ScenarioError("the file cannot be opened.", kind: .unreadable, file: file)
        : ScenarioError("there is no such file.", kind: .noSuchFile, file: file)
    }
    defer { try? handle.close() }
    let data: Data
    do {
      // One byte more than allowed, so that an endless device is noticed and not read to its end.
      data = try handle.read(upToCount: YAMLDocument.maximumBytes + 1) ?? Data()
    } catch {
      throw ScenarioError("the file cannot be read.", kind: .unreadable, file: file)
    }
    return [UInt8](data)
  }

  /// The scenarios that the bytes of a file describe; `file` stands in error messages.
  static func scenarios(bytes: [UInt8], file: String) throws(ScenarioError) -> [Scenario] {
    try ScenarioParser.scenarios(YAMLDocument.root(bytes: bytes, file: file))
  }

  /// The one scenario that the bytes of a file describe; `file` stands in error messages.
  /// - Throws: `ScenarioError` also where a grid makes several.
  public static func parse(bytes: [UInt8], file: String) throws(ScenarioError) -> Scenario {
    try single(scenarios(bytes: bytes, file: file), file: file)
  }

  private static func single(
    _ scenarios: [Scenario], file: String
  ) throws(ScenarioError) -> Scenario {
    guard scenarios.count == 1 else {
      throw ScenarioError(
        "the file describes \(scenarios.count) scenarios with 'vary', and one is needed, such as "
          + "'\(scenarios.last?.name ?? "")'.", file: file)
    }
    return scenarios[0]
  }

  private static func files(at path: String) throws(ScenarioError) -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ScenarioError("there is no such file or folder.", kind: .noSuchFile, file: path)
    }
    guard isFolder.boolValue else { return [path] }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw ScenarioError("the folder cannot be read.", kind: .unreadable, file: path)
    }
    let scenarios = names.filter {
      !$0.hasPrefix(".") && ($0.hasSuffix(".yml") || $0.hasSuffix(".yaml"))
    }
    guard !scenarios.isEmpty else {
      throw ScenarioError("the folder holds no .yml or .yaml file.", file: path)
    }
    let folder = path.hasSuffix("/") ? path : path + "/"
    return scenarios.sorted().map { folder + $0 }
  }
}
