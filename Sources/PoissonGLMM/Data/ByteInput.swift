import PlatformEssentials

/// A file or standard input. Each reader opens its own.
final class ByteInput: ByteSource {
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

  func read(into target: UnsafeMutableRawBufferPointer) throws(CSVError) -> Int {
    while true {
      let count = PlatformEssentials.read(descriptor, target.baseAddress, target.count)
      if count >= 0 { return count }
      let code = errno
      if code != EINTR {
        throw CSVError(.cannotRead, file: name, "cannot be read: \(systemMessage(code))")
      }
    }
  }
}

/// Text that could not be written. `description` is one sentence.
package struct WriteError: Error, Equatable, CustomStringConvertible, Sendable {
  package let description: String

  /// - Parameters:
  ///   - target: the file in quotes, or what else was written to.
  ///   - code: the system's `errno`.
  package init(target: String, code: Int32) {
    description = "Cannot write \(target): \(systemMessage(code))."
  }
}

/// Writing to what the system has opened.
package enum FileDescriptor {
  /// Writes every byte of `text`, with a closed pipe as an error code instead of a signal.
  /// - Returns: 0, or the `errno` of the write that failed.
  package static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  /// Writes every one of some bytes, likewise.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    let previous = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, previous) }
    var rest = bytes
    while !rest.isEmpty {
      let written = PlatformEssentials.write(descriptor, rest.baseAddress, rest.count)
      if written > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

/// The system's own words for an `errno`.
func systemMessage(_ code: Int32) -> String {
  String(cString: strerror(code))
}
