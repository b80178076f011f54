import Foundation

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
    let previous = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, previous) }
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if written > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}

/// The system's own words for an `errno`.
func systemMessage(_ code: Int32) -> String {
  String(cString: strerror(code))
}
