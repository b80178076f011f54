import Foundation
import Testing

/// Disks that are full or may not be written to, and files that are not what they should be.
@Suite(.serialized) struct StudyDiskTests {
  /// A small file system of its own, until the test ends. nil without the right to mount one.
  private final class Mount {
    let url: URL
    private let folder: TemporaryFolder

    init?(_ options: String) {
      guard geteuid() == 0, let folder = try? TemporaryFolder() else { return nil }
      self.folder = folder
      url = folder.url
      guard Self.sh("mount -t tmpfs -o \(options) tmpfs '\(url.path)'") else { return nil }
    }

    func remount(_ options: String) -> Bool { Self.sh("mount -o remount,\(options) '\(url.path)'") }

    deinit { _ = Self.sh("umount -l '\(url.path)'") }

    private static func sh(_ command: String) -> Bool {
      let result = try? CommandRunner.run(
        ["-c", command], executable: URL(fileURLWithPath: "/bin/sh"))
      return result?.status == 0
    }

    static let isAllowed = Mount("size=64k") != nil
  }

  private func expectUndisturbed(_ study: StudyFolder, in out: URL) throws {
    let undisturbed = study.folder.url.appending(path: "undisturbed")
    #expect(try study.run(out: undisturbed).status == 0)
    for name in ["measures.csv", "failures.csv"] {
      #expect(try study.text(name, in: out) == study.text(name, in: undisturbed))
    }
  }

  /// Sizes at which the disk is full before there is a store, in the midst of the results, and when
  /// the store is closed or the report written.
  @Test(
    .enabled(if: Mount.isAllowed, "needs the right to mount a file system"),
    arguments: ["20k", "160k", "500k", "900k", "1300k"])
  func aFullDiskLosesNothing(size: String) throws {
    let study = try StudyFolder(replicates: 1500)
    let disk = try #require(Mount("size=\(size)"))
    let out = disk.url.appending(path: "out")
    let full = try study.run(["--quiet"], out: out)
    #expect(full.status == 74, "\(size): \(full.error)")
    #expect(full.error.split(separator: "\n").count == 1, "\(full.error)")
    #expect(full.error.contains("'\(out.path)"))
    let recorded = study.recorded(in: out)?.fits ?? 0
    // Still full: the same sentence, and nothing is damaged.
    #expect(try study.run(["--quiet"], out: out).status == 74)
    #expect((study.recorded(in: out)?.fits ?? 0) >= recorded)
    #expect(disk.remount("size=64m"))
    let resumed = try study.run(out: out)
    #expect(resumed.status == 0, "\(resumed.error)")
    #expect(try #require(study.recorded(in: out)) == (6000, 3000))
    try expectUndisturbed(study, in: out)
  }

  /// In blocks of 1,024 bytes. The system's signal must not kill the process.
  @Test(arguments: [20, 200, 600])
  func aLimitOnTheSizeOfFilesLosesNothing(blocks: Int) throws {
    let study = try StudyFolder(replicates: 1500)
    let limited = try CommandRunner.run(
      ["-c", "ulimit -f \(blocks); exec \"$0\" \"$@\"", CommandRunner.executable.path]
        + study.arguments(["--quiet"]),
      executable: URL(fileURLWithPath: "/bin/bash"))
    #expect(limited.status == 74, "\(limited.error)")
    #expect(limited.error.split(separator: "\n").count == 1, "\(limited.error)")
    #expect(try study.run().status == 0)
    try expectUndisturbed(study, in: study.out)
  }

  @Test func aDirectoryThatMayNotBeWrittenToIsSaid() throws {
    let study = try StudyFolder()
    #expect(try study.run().status == 0)
    // Permissions do not stop root; a file system that is mounted read-only does.
    let mount = Mount("size=64m")
    let directory = mount?.url ?? study.folder.url.appending(path: "closed")
    try FileManager.default.createDirectory(
      at: directory.appending(path: "study"), withIntermediateDirectories: true)
    for name in ["results.sqlite", "results.lock"] {
      try FileManager.default.copyItem(
        at: study.out.appending(path: name), to: directory.appending(path: "study/" + name))
    }
    if let mount {
      try #require(mount.remount("ro"))
    } else {
      try #require(geteuid() != 0, "root without the right to mount")
      for path in ["study", ""] {
        try FileManager.default.setAttributes(
          [.posixPermissions: 0o555], ofItemAtPath: directory.appending(path: path).path)
      }
    }
    for name in ["new", "study"] {
      let out = directory.appending(path: name)
      let run = try study.run(out: out)
      #expect(run.status == 74)
      #expect(run.error.contains("'\(out.path)'"))
      #expect(run.error.contains(mount == nil ? "permission" : "read"))
      #expect(run.error.split(separator: "\n").count == 1)
      // One sentence.
      #expect(!run.error.contains(". "), "\(run.error)")
    }
    // A finished store can be read from there.
    let merged = study.folder.url.appending(path: "merged")
    let merge = try CommandRunner.run(
      ["study", "merge", directory.appending(path: "study").path, "--out", merged.path])
    #expect(merge.status == 0, "\(merge.error)")
    #expect(try study.text("measures.csv", in: merged) == study.text("measures.csv"))
    if mount == nil {
      for path in ["", "study"] {
        try FileManager.default.setAttributes(
          [.posixPermissions: 0o755], ofItemAtPath: directory.appending(path: path).path)
      }
    }
  }

  /// In such a directory the files that are there can be opened and written, but SQLite's journals
  /// not made. Root is stopped by the attribute alone.
  @Test(.enabled(if: geteuid() == 0, "needs another user to be"))
  func aDirectoryOfSomebodyElseIsSaid() throws {
    let study = try StudyFolder()
    #expect(try study.run().status == 0)
    for name in ["results.sqlite", "results.lock"] {
      #expect(chmod(study.out.appending(path: name).path, 0o666) == 0)
    }
    let run = try CommandRunner.run(
      ["--reuid=65534", "--regid=65534", "--clear-groups", CommandRunner.executable.path]
        + study.arguments(["--replicates", "40"]),
      executable: URL(fileURLWithPath: "/usr/bin/setpriv"))
    #expect(run.status == 74)
    #expect(
      run.error
        == "glmm-poisson: Cannot write in the directory '\(study.out.path)': permission denied.\n")
  }

  /// On a terminal the bar does not stand before the sentence. `script` gives the command one.
  @Test(
    .enabled(if: Mount.isAllowed, "needs the right to mount a file system"),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
  func anErrorHasALineOfItsOwn() throws {
    let study = try StudyFolder(replicates: 20_000)
    let disk = try #require(Mount("size=900k"))
    let words = study.arguments(["--workers", "1"], out: disk.url.appending(path: "out"))
    let full = try CommandRunner.run(
      [
        "-qec",
        "stty columns 60; " + ([CommandRunner.executable.path] + words).joined(separator: " "),
        "/dev/null",
      ], executable: URL(fileURLWithPath: "/usr/bin/script"))
    #expect(full.status == 74, "\(full.output)")
    let lines = full.output.components(separatedBy: "\r\u{1B}[K")
    #expect(lines.count > 2)
    #expect(lines.last?.hasPrefix("glmm-poisson: ") == true, "\(full.output)")
    #expect(lines.dropLast().allSatisfy { $0.count < 60 })
  }

  @Test func aFileThatIsNoStoreIsSaid() throws {
    let study = try StudyFolder()
    #expect(try study.run().status == 0)
    let file = study.out.appending(path: "results.sqlite")
    let whole = try Data(contentsOf: file)
    let foreign = Data(String(repeating: "a,b,c\n", count: 1000).utf8)
    for (bytes, message, freshStatus) in [
      (whole.prefix(30_000), "is damaged", 0), (Data(), "is damaged: it is empty", 0),
      (foreign, "no SQLite database", 65),
    ] {
      try bytes.write(to: file)
      for arguments in [
        study.arguments(), ["study", "report", study.out.path],
        ["study", "replay", study.out.path, "--scenario", "first", "--replicate", "0"],
        ["study", "merge", study.out.path, "--out", study.folder.url.path + "/merged"],
      ] {
        let run = try CommandRunner.run(arguments)
        #expect(run.status == 65, "\(arguments)")
        #expect(run.error.contains(message), "\(run.error)")
        #expect(run.error.split(separator: "\n").count == 1, "\(run.error)")
        #expect(try Data(contentsOf: file) == bytes)
      }
      #expect(try study.run(["--fresh"]).status == Int32(freshStatus))
    }
    let none = try CommandRunner.run(["study", "report", study.folder.url.path])
    #expect(none.status == 66)
    #expect(none.error.contains("There is no file"))
  }
}
