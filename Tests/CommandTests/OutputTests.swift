import CSourceCommit
import Foundation
import PoissonGLMM
import Testing

@testable import glmm_poisson

@Suite struct OutputTests {
  @Test func theVersionIsTold() throws {
    let run = try CommandRunner.run(["--version"])
    #expect(run.status == 0)
    #expect(run.output == versionText(commit: String(cString: source_commit())) + "\n")
  }

  /// Only programs that `make` has built know their commit.
  @Test func theVersionNamesTheCommitWhereItIsKnown() {
    #expect(versionText(commit: "") == packageVersion)
    #expect(versionText(commit: "0123456789ab") == "\(packageVersion) (commit 0123456789ab)")
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

  /// The shell opened the file behind `/dev/stdout`, to append to it perhaps: it is written to as
  /// everything else that goes to standard output.
  @Test(arguments: ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
  func whatIsOpenIsAppendedTo(target: String) throws {
    let folder = try TemporaryFolder()
    let link = folder.url.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(
      atPath: link.path, withDestinationPath: "/dev/../dev/stdout")
    let data = try folder.write("y,x,g\n1,2,a\n2,3,b\n", to: "data.csv")
    let kept = try folder.write("precious\n", to: "kept")
    let fit = "\"$0\" fit \"$1\" --formula 'y ~ x + (1 | g)' --format csv"
    let run = try CommandRunner.run(
      [
        "-c",
        fit + " --random-effects \"$2\" >> \"$3\"",
        CommandRunner.executable.path, data.path, target == "link" ? link.path : target, kept.path,
      ], executable: URL(fileURLWithPath: "/bin/sh"))
    #expect(run.status == 0)
    let text = try String(contentsOf: kept, encoding: .utf8)
    #expect(text.hasPrefix("precious\nfactor,group,parameter,mean"))
    #expect(text.contains("\neffect,group,parameter,mean"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        == ["data.csv", "kept", "link"])
  }

  @Test func aNamedPipeIsWrittenTo() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.url.appendingPathComponent("pipe")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    let reader = try RunningCommand([pipe.path], executable: URL(fileURLWithPath: "/bin/cat"))
    try AtomicFile.write("through the pipe", to: pipe.path)
    #expect(try reader.wait().output == "through the pipe")
    var status = stat()
    #expect(stat(pipe.path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func aDescriptorThatIsNotOpenIsAnError() {
    #expect {
      try AtomicFile.write("text", to: "/dev/fd/987")
    } throws: {
      ($0 as? WriteError)?.description == "Cannot write '/dev/fd/987': Bad file descriptor."
    }
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
