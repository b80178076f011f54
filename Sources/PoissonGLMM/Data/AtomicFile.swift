import PlatformEssentials

/// Files that are either complete or not there.
package enum AtomicFile {
  /// Writes `text` to the file at `path`, replacing what was there.
  ///
  /// The text goes to a temporary file in the same directory, is flushed to the disk and takes the
  /// final name in one step, so that neither a failure nor an interruption leaves half a file. A
  /// link is followed. What the process has open, `/dev/stdout` for example, a pipe or a device is
  /// written to directly: the file behind `/dev/stdout` is the shell's, which may want to append.
  /// - Throws: `WriteError`.
  package static func write(_ text: String, to path: String) throws(WriteError) {
    var text = text
    let result = text.withUTF8 { bytes in
      Result { () throws(WriteError) in try write(UnsafeRawBufferPointer(bytes), to: path) }
    }
    try result.get()
  }

  /// Writes what `body` hands on piece by piece, likewise: texts that are not in memory at once.
  /// - Throws: `WriteError`, and what `body` throws.
  package static func write(
    to path: String, _ body: (_ append: (String) throws(WriteError) -> Void) throws -> Void
  ) throws {
    var failure: (any Error)?
    // A reader that has closed its end of a pipe has what it wants.
    var hasReader = true
    do {
      try write(to: path) { descriptor in
        do {
          try body { text throws(WriteError) in
            let code = FileDescriptor.write(text, to: descriptor)
            hasReader = code != EPIPE
            guard code == 0 else { throw WriteError(target: "'\(path)'", code: code) }
          }
          return 0
        } catch {
          if hasReader { failure = error }
          return hasReader ? EIO : EPIPE
        }
      }
    } catch {
      throw failure ?? error
    }
  }

  /// Writes bytes to a file, likewise.
  package static func write(bytes: [UInt8], to path: String) throws(WriteError) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(WriteError) in try write(bytes, to: path) }
    }
    try result.get()
  }

  private static func write(
    _ bytes: UnsafeRawBufferPointer, to path: String
  ) throws(WriteError) {
    try write(to: path) { FileDescriptor.write(bytes, to: $0) }
  }

  /// - Parameter body: writes to a descriptor, and gives 0 or the `errno` of what failed.
  private static func write(
    to path: String, _ body: (_ descriptor: Int32) -> Int32
  ) throws(WriteError) {
    func failure(_ code: Int32) -> WriteError { WriteError(target: "'\(path)'", code: code) }
    func writeDirectly(to descriptor: Int32) throws(WriteError) {
      let code = body(descriptor)
      guard code == 0 || code == EPIPE else { throw failure(code) }
    }
    if let descriptor = openDescriptor(path) {
      // Output that is still in a buffer comes first.
      fflush(nil)
      return try writeDirectly(to: descriptor)
    }
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists && status.st_mode & S_IFMT == S_IFDIR { throw failure(EISDIR) }
    if exists && status.st_mode & S_IFMT != S_IFREG {
      let descriptor = open(path, O_WRONLY | O_APPEND)
      guard descriptor >= 0 else { throw failure(errno) }
      defer { close(descriptor) }
      return try writeDirectly(to: descriptor)
    }

    let target = exists ? resolvingLinks(path) : path
    let directory = folder(of: target)
    var template = Array("\(directory.isEmpty ? "." : directory)/.glmm-poisson-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw failure(errno) }
    let temporary = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    var code = body(descriptor)
    // mkstemp makes a private file; the result gets the mode that an ordinary new file would have.
    let mode = exists ? status.st_mode & 0o7777 : 0o666 & ~currentUmask()
    if code == 0 && fchmod(descriptor, mode) != 0 { code = errno }
    if code == 0 && fsync(descriptor) != 0 { code = errno }
    if close(descriptor) != 0 && code == 0 { code = errno }
    if code == 0 && rename(temporary, target) != 0 { code = errno }
    guard code == 0 else {
      unlink(temporary)
      throw failure(code)
    }
  }

  /// The descriptor that a path stands for: that of `/dev/stdout`, `/dev/stderr`, `/dev/fd/N` and
  /// `/proc/self/fd/N`, or of a link to one of them.
  private static func openDescriptor(_ path: String) -> Int32? {
    var path = withoutDots(path)
    // As many links as the system itself follows.
    for _ in 0..<40 {
      switch path {
      case "/dev/stdout": return STDOUT_FILENO
      case "/dev/stderr": return STDERR_FILENO
      default: break
      }
      for folder in ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"]
      where path.hasPrefix(folder) {
        return Int32(path.dropFirst(folder.count))
      }
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
        return nil
      }
      let folder = folder(of: path)
      path = withoutDots(target.hasPrefix("/") ? target : "\(folder)/\(target)")
    }
    return nil
  }

  /// The folder that a path names a file of; empty for the current one.
  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    let folder = path[..<slash]
    return folder.isEmpty ? "/" : String(folder)
  }

  /// A path without `.`, `..` and repeated slashes. `standardizingPath` of Foundation also follows
  /// links, and would give the file that the shell has opened.
  private static func withoutDots(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  private static func resolvingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The umask can only be read by setting it.
  private static func currentUmask() -> mode_t {
    let mask = umask(0o022)
    umask(mask)
    return mask
  }
}
