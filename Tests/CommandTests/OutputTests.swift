import Foundation
import PoissonGLMM
import Testing

@testable import glmm_poisson

@Suite struct OutputTests {
  @Test func theVersionIsTold() throws {
    let run = try CommandRunner.run(["--version"])
    #expect(run.status == 0)
    #expect(run.output == packageVersion + "\n")
  }

  @Test func filesAreReplacedAsAWhole() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("old and longer", to: "result.csv")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
    try AtomicFile.write("new", to: file.path)
    #expect(try String(contentsOf: file, encoding: .utf8) == "new")
    let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o640)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["result.csv"])
  }

  @Test func linksAreFollowed() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("old", to: "target.csv")
    let link = folder.url.appendingPathComponent("link.csv")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
    try AtomicFile.write("new", to: link.path)
    #expect(try String(contentsOf: file, encoding: .utf8) == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
  }

  @Test func whatCannotBeWrittenLeavesNothingBehind() throws {
    let folder = try TemporaryFolder()
    let target = folder.url.appendingPathComponent("folder")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: false)
    #expect {
      try AtomicFile.write("text", to: target.path)
    } throws: {
      ($0 as? WriteError)?.description == "Cannot write '\(target.path)': Is a directory."
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["folder"])
  }

  @Test func aDeviceIsWrittenToAndNotReplaced() throws {
    try AtomicFile.write("text", to: "/dev/null")
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func errorsHaveTheirStatus() {
    struct Unknown: Error {}
    #expect(commandFailure(for: ModelError("m")) == CommandFailure(.badData, "m"))
    #expect(commandFailure(for: FitError("f")) == CommandFailure(.badData, "f"))
    #expect(
      commandFailure(for: WriteError(target: "'f'", code: ENOSPC))
        == CommandFailure(.inputOutput, "Cannot write 'f': No space left on device."))
    #expect(commandFailure(for: CommandFailure(.interrupted, "i")).exitStatus == .interrupted)
    #expect(commandFailure(for: POSIXError(.EIO)).exitStatus == .inputOutput)
    #expect(commandFailure(for: CocoaError(.fileReadNoSuchFile)).exitStatus == .noSuchFile)
    #expect(commandFailure(for: CocoaError(.fileWriteOutOfSpace)).exitStatus == .inputOutput)
    #expect(commandFailure(for: Unknown()).exitStatus == .internalError)
    #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 64, 65, 66, 70, 74, 75])
  }
}
