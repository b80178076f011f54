import Foundation

/// Files that are either complete or not there.
package enum AtomicFile {
  /// Writes `text` to the file at `path`, replacing what was there.
  ///
  /// The text goes to a temporary file in the same directory, is flushed to the disk and takes the
  /// final name in one step, so that neither a failure nor an interruption leaves half a file. A
  /// link is followed. Something that is not a regular file, such as `/dev/stdout`, is written to
  /// directly.
  /// - Throws: `WriteError`.
  package static func write(_ text: String, to path: String) throws(WriteError) {
    func failure(_ code: Int32) -> WriteError { WriteError(target: "'\(path)'", code: code) }
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists && status.st_mode & S_IFMT == S_IFDIR { throw failure(EISDIR) }
    if exists && status.st_mode & S_IFMT != S_IFREG {
      let descriptor = open(path, O_WRONLY | O_APPEND)
      guard descriptor >= 0 else { throw failure(errno) }
      defer { close(descriptor) }
      let code = FileDescriptor.write(text, to: descriptor)
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
    var code = FileDescriptor.write(text, to: descriptor)
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
