import Foundation
import SimulationStudy

/// The store of a directory, which is made where it is not there, for this process alone.
/// - Parameter fresh: whether what is in it is deleted.
/// - Returns: the store, and the lock that keeps others off as long as it lives.
func openStore(in path: String, fresh: Bool) throws -> (store: StudyStore, lock: DirectoryLock) {
  let directory = URL(fileURLWithPath: path, isDirectory: true)
  try StudyFile.createDirectory(directory)
  let lock = try DirectoryLock(directory: directory)
  if fresh { try StudyStore.startAnew(directory: directory) }
  return (try StudyStore.openForWriting(directory: directory), lock)
}
