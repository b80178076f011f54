import Foundation
import Testing

@testable import SimulationStudy

/// A folder that lives as long as the test.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "glmm-poisson-" + UUID().uuidString

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and gives its path.
  func write(_ text: String, to name: String) throws -> String {
    let file = path + "/" + name
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    return file
  }
}

@Suite struct ScenarioFileTests {
  private func named(_ name: String) -> String {
    ScenarioText.given.replacingOccurrences(of: "name: given", with: "name: \(name)")
  }

  @Test func aFolderIsReadInTheOrderOfItsNamesAndPathsInTheirs() throws {
    let folder = try TemporaryFolder()
    for name in ["b.yml", "a.yaml", "c.yml"] { _ = try folder.write(named("in-" + name), to: name) }
    _ = try folder.write("not a scenario", to: "README.md")
    let other = try TemporaryFolder()
    let first = try other.write(named("first"), to: "z.yml")
    let scenarios = try ScenarioFile.load(paths: [first, folder.path])
    #expect(scenarios.map(\.name) == ["first", "in-a.yaml", "in-b.yml", "in-c.yml"])
  }

  @Test func twoScenariosOfOneNameAreRefused() throws {
    let folder = try TemporaryFolder()
    let a = try folder.write(named("same"), to: "a.yml")
    let b = try folder.write(named("same"), to: "b.yml")
    let error = #expect(throws: ScenarioError.self) {
      try ScenarioFile.load(paths: [folder.path])
    }
    #expect(error?.file == b)
    #expect(error?.message.contains("'same' is already that of the scenario in \(a)") == true)
  }

  @Test func aPathThatLeadsNowhereIsNamed() throws {
    let folder = try TemporaryFolder()
    let missing = folder.path + "/missing.yml"
    #expect(
      throws: ScenarioError("there is no such file or folder.", kind: .noSuchFile, file: missing)
    ) { try ScenarioFile.load(paths: [missing]) }
    #expect(
      throws: ScenarioError("the folder holds no .yml or .yaml file.", file: folder.path)
    ) { try ScenarioFile.load(paths: [folder.path]) }
  }
}
