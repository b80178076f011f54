import Foundation

/// Where bytes come from: a file or standard input. Not shared: each reader opens its own.
final class ByteInput {
  /// The name for messages.
  let name: String
  private let descriptor: Int32
  private let closesDescriptor: Bool

  /// Opens the file at `path`; `-` is standard input.
  convenience init(path: String) throws(CSVError) {
    if path == "-" {
      self.init(descriptor: STDIN_FILENO, name: "standard input", closesDescriptor: false)
      return
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      throw CSVError(
        .cannotOpen, file: path,
        code == ENOENT ? "there is no such file" : "cannot be opened: \(systemMessage(code))")
    }
    self.init(descriptor: descriptor, name: path, closesDescriptor: true)
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw CSVError(.cannotOpen, file: path, "expected a file, found a directory")
    }
  }

  /// Reads from where an open file stands.
  init(descriptor: Int32, name: String, closesDescriptor: Bool) {
    self.name = name
    self.descriptor = descriptor
    self.closesDescriptor = closesDescriptor
  }

  deinit {
    if closesDescriptor { close(descriptor) }
  }

  /// Fills the beginning of `target` with the next bytes.
  /// - Returns: how many; 0 at the end.
  func read(into target: UnsafeMutableRawBufferPointer) throws(CSVError) -> Int {
    while true {
      let count = Foundation.read(descriptor, target.baseAddress, target.count)
      if count >= 0 { return count }
      let code = errno
      if code != EINTR {
        throw CSVError(.cannotRead, file: name, "cannot be read: \(systemMessage(code))")
      }
    }
  }
}
