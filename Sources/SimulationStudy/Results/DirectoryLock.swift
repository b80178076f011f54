import Foundation

/// The right to write to a study's directory, which one process has at a time. The operating system
/// takes it back when the process ends, however it ends.
package final class DirectoryLock: Sendable {
  /// The file that is locked; it stays behind and means nothing then.
  static let fileName = "results.lock"

  private let descriptor: Int32

  /// - Throws: `StoreError` of kind `inputOutput` if another process has the lock, or the file
  ///   cannot be made.
  package init(directory: URL) throws(StoreError) {
    let path = directory.appendingPathComponent(Self.fileName).path
    // A file that is there can often be opened where none can be made beside it.
    let isWritable = access(directory.path, W_OK | X_OK) == 0
    descriptor = isWritable ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) : -1
    guard descriptor >= 0 else {
      throw StoreError(
        .inputOutput,
        "Cannot write in the directory '\(directory.relativePath)': \(Self.reason(errno)).")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let owner = Self.text(descriptor)
      close(descriptor)
      guard code == EWOULDBLOCK else {
        throw StoreError(
          .inputOutput,
          "Cannot lock the directory '\(directory.relativePath)': \(Self.reason(code)).")
      }
      throw StoreError(
        .inputOutput,
        "Another process is writing to the directory '\(directory.relativePath)'"
          + (owner.isEmpty ? "." : ": \(owner)."))
    }
    // For the message of a process that comes second; no harm if the disk is full.
    let owner = "process \(getpid()) on \(Self.hostName)"
    if ftruncate(descriptor, 0) == 0 {
      _ = owner.withCString { write(descriptor, $0, strlen($0)) }
    }
  }

  deinit { close(descriptor) }

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
