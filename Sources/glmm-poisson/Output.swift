import Foundation

/// Standard output: results only.
enum StandardOutput {
  /// Writes all of `text`. A reader that has closed its end of a pipe (`| head -1`) has what it
  /// wants: the rest is dropped in silence.
  /// - Throws: `CommandFailure` with `.inputOutput` if writing fails, for example on a full disk.
  static func write(_ text: String) throws {
    // What others have printed comes first.
    fflush(nil)
    let failure = writeAll(text, to: STDOUT_FILENO)
    guard failure == 0 || failure == EPIPE else {
      throw CommandFailure(
        .inputOutput, "Cannot write to standard output: \(systemMessage(failure)).")
    }
  }
}

/// Standard error: warnings, progress and the sentence that explains a failure.
enum StandardError {
  /// Writes all of `text` if that is possible; there is nowhere to report a failure to.
  static func write(_ text: String) {
    _ = writeAll(text, to: STDERR_FILENO)
  }
}

/// Files that are either complete or not there.
enum AtomicFile {
  /// Writes `text` to the file at `path`, replacing what was there.
  ///
  /// The text goes to a temporary file in the same directory, is flushed to the disk and takes the
  /// final name in one step, so that neither a failure nor an interruption leaves half a file. A
  /// link is followed. Something that is not a regular file, such as `/dev/stdout`, is written to
  /// directly.
  /// - Throws: `CommandFailure` with `.inputOutput`.
  static func write(_ text: String, to path: String) throws {
    func failure(_ code: Int32) -> CommandFailure {
      CommandFailure(.inputOutput, "Cannot write '\(path)': \(systemMessage(code)).")
    }
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists && status.st_mode & S_IFMT == S_IFDIR { throw failure(EISDIR) }
    if exists && status.st_mode & S_IFMT != S_IFREG {
      let descriptor = open(path, O_WRONLY | O_APPEND)
      guard descriptor >= 0 else { throw failure(errno) }
      defer { close(descriptor) }
      let code = writeAll(text, to: descriptor)
      guard code == 0 || code == EPIPE else { throw failure(code) }
      return
    }

    let target = exists ? resolvingLinks(path) : path
    let directory = (target as NSString).deletingLastPathComponent
    var template = Array("\(directory.isEmpty ? "." : directory)/.glmm-poisson-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw failure(errno) }
    let temporary = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    var code = writeAll(text, to: descriptor)
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

/// Writes every byte of `text`, with a closed pipe as an error code instead of a signal.
/// - Returns: 0, or the `errno` of the write that failed.
private func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
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

func isDirectory(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Whether two paths lead to one file that exists.
func isSameFile(_ first: String, _ second: String) -> Bool {
  var firstStatus = stat()
  var secondStatus = stat()
  guard stat(first, &firstStatus) == 0, stat(second, &secondStatus) == 0 else { return false }
  return firstStatus.st_dev == secondStatus.st_dev && firstStatus.st_ino == secondStatus.st_ino
}

private func systemMessage(_ code: Int32) -> String {
  String(cString: strerror(code))
}
