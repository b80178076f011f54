import Foundation
import Testing

@testable import SimulationStudy

@Suite struct DirectoryLockTests {
  @Test func oneProcessWritesAtATime() throws {
    let fixture = try StoreFixture()
    var first: DirectoryLock? = try DirectoryLock(directory: fixture.directory)
    let error = StudyStoreTests.refusal { _ = try DirectoryLock(directory: fixture.directory) }
    #expect(error?.kind == .inputOutput)
    #expect(error?.description.contains("Another process is writing to the directory") == true)
    #expect(error?.description.contains("process \(getpid()) on ") == true)
    withExtendedLifetime(first) {}
    first = nil
    _ = try DirectoryLock(directory: fixture.directory)
  }

  /// Neither what a link leads to nor a file of somebody else's is written to.
  @Test func theLockIsNeverSomebodyElsesFile() throws {
    let fixture = try StoreFixture()
    let victim = fixture.directory.appending(path: "victim")
    let lock = fixture.directory.appending(path: "results.lock")
    let places: [(() throws -> Void, String)] = [
      (
        { try FileManager.default.createSymbolicLink(at: lock, withDestinationURL: victim) },
        "is a link, and should be"
      ),
      (
        { try FileManager.default.linkItem(at: victim, to: lock) },
        "is one of 2 names of a file, and should be"
      ),
      ({ try Data("precious".utf8).write(to: lock) }, "is another program's, and should be"),
      ({ _ = mkfifo(lock.path, 0o600) }, "is no regular file, and should be"),
    ]
    for (make, words) in places {
      try Data("precious".utf8).write(to: victim)
      try make()
      let error = StudyStoreTests.refusal { _ = try DirectoryLock(directory: fixture.directory) }
      #expect(error?.kind == .unusable)
      #expect(
        error?.description.hasPrefix("'\(lock.relativePath)' \(words)") == true,
        "\(String(describing: error))")
      #expect(try String(contentsOf: victim, encoding: .utf8) == "precious")
      #expect(unlink(lock.path) == 0)
    }
  }

  /// Directories whose stores are one file have one lock, or are refused.
  @Test func aStoreOfTwoNamesHasOneWriter() throws {
    let (first, second) = (try StoreFixture(), try StoreFixture())
    try first.run(StoreFixture.scenarios())
    try FileManager.default.createSymbolicLink(
      at: second.file, withDestinationURL: first.file)
    let lock = try DirectoryLock(directory: first.directory)
    let error = StudyStoreTests.refusal { _ = try DirectoryLock(directory: second.directory) }
    #expect(error?.kind == .inputOutput)
    #expect(error?.description.contains("Another process is writing to the directory") == true)
    withExtendedLifetime(lock) {}
    // One after the other they share the store.
    #expect(try second.run(StoreFixture.scenarios()).doneBefore == 41)
    // A fresh start or a merge would put a file of its own in the place of the link.
    let fresh = StudyStoreTests.refusal { try StudyStore.startAnew(directory: second.directory) }
    #expect(fresh?.description.contains("is not replaced: remove it") == true)
    #expect(try first.records().count == 41)

    let third = try StoreFixture()
    try FileManager.default.linkItem(at: first.file, to: third.file)
    for fixture in [first, third] {
      let error = StudyStoreTests.refusal { try fixture.run(StoreFixture.scenarios()) }
      #expect(error?.kind == .unusable)
      #expect(error?.description.contains("is one of 2 names of a file") == true)
    }
    let nowhere = try StoreFixture()
    try FileManager.default.createSymbolicLink(
      at: nowhere.file, withDestinationURL: nowhere.directory.appending(path: "gone"))
    let dangling = StudyStoreTests.refusal { try nowhere.run(StoreFixture.scenarios()) }
    #expect(dangling?.description.contains("is a link to a file that is not there") == true)
  }
}
