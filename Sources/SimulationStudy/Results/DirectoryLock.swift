import Foundation

/// The right to write to a study's directory, which one process has at a time. The operating system
/// takes it back when the process ends, however it ends.
///
/// Directories whose stores are one file by symbolic links have one lock: that beside the file.
package final class DirectoryLock: Sendable {
  /// The file that is locked; it stays behind and means nothing then.
  static let fileName = "results.lock"

  private let descriptors: [Int32]

  /// - Throws: `StoreError` of kind `inputOutput` if another process has the lock, or the file
  ///   cannot be made; of kind `unusable` if there is another file in its place, or the store has
  ///   several names.
  package init(directory: URL) throws(StoreError) {
    var descriptors: [Int32] = []
    do throws(StoreError) {
      descriptors.append(try Self.lock(directory.appendingPathComponent(Self.fileName)))
      let store = directory.appendingPathComponent(StudyStore.fileName)
      if let store = try StoreLink.target(of: store) {
        // `results.lock` beside `results.sqlite`, as its own directory has it.
        descriptors.append(
          try Self.lock(store.deletingPathExtension().appendingPathExtension("lock")))
      }
    } catch {
      for descriptor in descriptors { close(descriptor) }
      throw error
    }
    self.descriptors = descriptors
  }

  deinit { for descriptor in descriptors { close(descriptor) } }

  private static func lock(_ file: URL) throws(StoreError) -> Int32 {
    let directory = file.deletingLastPathComponent()
    // A file that is there can often be opened where none can be made beside it.
    let isWritable = access(directory.path, W_OK | X_OK) == 0
    let options = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let descriptor = isWritable ? open(file.path, options, 0o644) : -1
    guard descriptor >= 0 else {
      guard !isWritable || errno != ELOOP else { throw notALock(file, "a link, and") }
      throw StoreError(
        .inputOutput,
        "Cannot write in the directory '\(directory.relativePath)': \(reason(errno)).")
    }
    do throws(StoreError) {
      try take(descriptor, file, directory)
    } catch {
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func take(
    _ descriptor: Int32, _ file: URL, _ directory: URL
  ) throws(StoreError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw notALock(file, "no regular file, and")
    }
    guard status.st_nlink == 1 else {
      throw notALock(file, "one of \(status.st_nlink) names of a file, and")
    }
    // Written to below: it has to be of our own making.
    let owner = text(descriptor)
    guard owner.isEmpty || owner.hasPrefix(ownerPrefix) else {
      throw notALock(file, "another program's, and")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      guard code == EWOULDBLOCK else {
        throw StoreError(
          .inputOutput,
          "Cannot lock the directory '\(directory.relativePath)': \(reason(code)).")
      }
      throw StoreError(
        .inputOutput,
        "Another process is writing to the directory '\(directory.relativePath)'"
          + (owner.isEmpty ? "." : ": \(owner)."))
    }
    // For the message of a process that comes second; no harm if the disk is full.
    let ownName = "\(ownerPrefix)\(getpid()) on \(hostName)"
    if ftruncate(descriptor, 0) == 0 {
      _ = ownName.withCString { pwrite(descriptor, $0, strlen($0), 0) }
    }
  }

  private static let ownerPrefix = "process "

  /// - Parameter what: what stands there, up to the words `should be`.
  private static func notALock(_ file: URL, _ what: String) -> StoreError {
    StoreError(
      .unusable,
      "'\(file.relativePath)' is \(what) should be the file that glmm-poisson locks: it is left as "
        + "it is; move it away, or choose another directory.")
  }

  private static func text(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 200)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "this machine" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func reason(_ code: Int32) -> String {
    String(cString: strerror(code)).lowercased()
  }
}
