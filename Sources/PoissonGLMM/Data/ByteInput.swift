import Foundation

/// Where bytes come from: a file, standard input, or memory. Not shared: each reader opens its own.
final class ByteInput {
  /// The name for messages.
  let name: String
  private let descriptor: Int32
  private let closesDescriptor: Bool
  private var memory: ArraySlice<UInt8>

  /// Opens the file at `path`; `-` is standard input.
  init(path: String) throws(CSVError) {
    memory = []
    if path == "-" {
      name = "standard input"
      descriptor = STDIN_FILENO
      closesDescriptor = false
      return
    }
    name = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      throw CSVError(
        .cannotOpen, file: path,
        code == ENOENT ? "there is no such file" : "cannot be opened: \(systemMessage(code))")
    }
    closesDescriptor = true
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw CSVError(.cannotOpen, file: path, "expected a file, found a directory")
    }
  }

  /// Reads from memory.
  init(bytes: [UInt8], name: String) {
    self.name = name
    descriptor = -1
    closesDescriptor = false
    memory = bytes[...]
  }

  deinit {
    if closesDescriptor { close(descriptor) }
  }

  /// Fills the beginning of `target` with the next bytes.
  /// - Returns: how many; 0 at the end.
  func read(into target: UnsafeMutableRawBufferPointer) throws(CSVError) -> Int {
    guard descriptor >= 0 else {
      let chunk = memory.prefix(target.count)
      target.copyBytes(from: chunk)
      memory = memory.dropFirst(chunk.count)
      return chunk.count
    }
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
