import Foundation
import Testing

/// The functions for R, tested by a script in R: Tests/R.
@Suite struct RTests {
  private static let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardized

  private static func runR(_ arguments: [String]) throws -> CommandRunner.Result {
    try CommandRunner.run(
      ["GLMM_POISSON=\(CommandRunner.executable.path)", "Rscript", "--vanilla"] + arguments,
      executable: URL(fileURLWithPath: "/usr/bin/env"))
  }

  private static func hasR() -> Bool {
    let packages = try? runR(["-e", "loadNamespace('jsonlite')"])
    return packages?.status == 0
  }

  @Test(.enabled(if: hasR(), "There is no R with jsonlite here: make deps-r installs them."))
  func theScriptPasses() throws {
    let run = try Self.runR([Self.root.appending(path: "Tests/R/test_glmm_poisson.R").path])
    #expect(run.status == 0, "\(run.error)")
    #expect(run.output.contains(/[0-9]+ checks passed/))
  }
}
