import Foundation
import GRDB
import Testing

/// A study of two scenarios in a temporary folder, and what the command makes of it.
final class StudyFolder {
  let folder: TemporaryFolder
  let scenarios: URL
  /// Where the results go, unless a test says otherwise.
  let out: URL

  /// - Parameter replicates: of each scenario; every second method fails where `limit` is 1.
  init(replicates: Int = 30, limit: Int = 100) throws {
    folder = try TemporaryFolder()
    scenarios = folder.url.appendingPathComponent("scenarios")
    out = folder.url.appendingPathComponent("out")
    try FileManager.default.createDirectory(at: scenarios, withIntermediateDirectories: false)
    for name in ["first", "second"] {
      try folder.write(
        StudyScenario.text(name: name, replicates: replicates, limit: limit),
        to: "scenarios/\(name).yml")
    }
  }

  func arguments(_ options: [String] = [], out: URL? = nil) -> [String] {
    ["study", "run", scenarios.path, "--out", (out ?? self.out).path] + options
  }

  func run(_ options: [String] = [], out: URL? = nil) throws -> CommandRunner.Result {
    try CommandRunner.run(arguments(options, out: out))
  }

  func text(_ name: String, in directory: URL? = nil) throws -> String {
    try String(contentsOf: (directory ?? out).appendingPathComponent(name), encoding: .utf8)
  }

  /// `report.md` without its sections on time and machine and without the name of the directory.
  func stableReport(in directory: URL? = nil) throws -> [String] {
    try text("report.md", in: directory).replacing((directory ?? out).path, with: "OUT")
      .components(separatedBy: "\n## ")
      .filter { !$0.hasPrefix("Time\n") && !$0.hasPrefix("Versions and machine\n") }
  }

  /// The number of fits in the store and that of replicates; nil while there is no store that can
  /// be read.
  func recorded(in directory: URL? = nil) -> (fits: Int, replicates: Int)? {
    var configuration = Configuration()
    configuration.readonly = true
    let file = (directory ?? out).appendingPathComponent("results.sqlite")
    guard let database = try? DatabaseQueue(path: file.path, configuration: configuration) else {
      return nil
    }
    return try? database.read { db in
      (
        try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM fits") ?? 0,
        try Int.fetchOne(
          db, sql: "SELECT COUNT(*) FROM (SELECT DISTINCT scenario, replicate FROM fits)") ?? 0
      )
    }
  }

  /// Waits until a running study has recorded something.
  func waitForResults() throws {
    for _ in 0..<2000 {
      if let recorded = recorded(), recorded.fits > 0 { return }
      usleep(10_000)
    }
    Issue.record("nothing was recorded for 20 seconds")
  }
}
