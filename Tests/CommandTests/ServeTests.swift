import CalculatorAPI
import Foundation
import ServeArguments
import Testing

/// `serve` becomes the server, a program of its own, which Server/Tests tests.
@Suite struct ServeTests {
  /// The command in a folder where only this test puts something beside it.
  private func command(in folder: TemporaryFolder) throws -> URL {
    let command = folder.url.appendingPathComponent("glmm-poisson")
    try FileManager.default.copyItem(at: CommandRunner.executable, to: command)
    return command
  }

  @Test func withoutTheServerItIsSaidWhereItComesFrom() throws {
    let folder = try TemporaryFolder()
    let run = try CommandRunner.run(["serve"], executable: command(in: folder))
    #expect(run.status == 66)
    #expect(run.output.isEmpty)
    #expect(
      run.error
        == "glmm-poisson: The server is a program of its own, glmm-poisson-server, which is not "
        + "beside this one; 'make server' builds it, and 'make install' then installs it.\n")
  }

  @Test func theServerIsGivenAllWords() throws {
    let folder = try TemporaryFolder()
    let server = try folder.write(
      "#!/bin/sh\nprintf '<%s>' \"$@\"\nexit 3\n", to: "glmm-poisson-server")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: server.path)
    let run = try CommandRunner.run(
      ["serve", "--bind", "0.0.0.0", "--port=8081", "--quiet"], executable: command(in: folder))
    #expect(run.status == 3)
    #expect(run.output == "<--bind><0.0.0.0><--port=8081><--quiet>")
  }

  @Test(arguments: [
    (["--port", "65536"], "--port must lie between 0 and 65535, not 65536."),
    (["--key", "key.pem"], "--certificate and --key go together."),
    (["--time-limit", "0"], "--time-limit must lie between 0 and 3600 seconds, not 0.0."),
    (["--fits", "0"], "--fits must lie between 1 and 1024, not 0."),
    (
      ["--address", "counts.example.org"],
      "--address must be as https://counts.example.org, without a path, not 'counts.example.org'."
    ),
  ])
  func optionsThatMakeNoSense(options: [String], sentence: String) throws {
    let run = try CommandRunner.run(["serve"] + options)
    #expect(run.status == 64)
    #expect(run.error.hasPrefix("Error: \(sentence)\n"))
  }

  @Test func theDefaultsAreTheDocumentedOnes() throws {
    let arguments = try ServeArguments.parse([])
    #expect(arguments.bind == "127.0.0.1")
    #expect(arguments.port == 8080)
    #expect(arguments.timeLimit == RequestLimits().seconds)
  }
}
