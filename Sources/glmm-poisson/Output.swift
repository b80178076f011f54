import Foundation
import PoissonGLMM

/// Standard output: results only.
enum StandardOutput {
  /// Writes all of `text`. A reader that has closed its end of a pipe (`| head -1`) has what it
  /// wants: the rest is dropped in silence.
  /// - Throws: `WriteError`, for example on a full disk.
  static func write(_ text: String) throws(WriteError) {
    // Output that is still in a buffer comes first.
    fflush(nil)
    let failure = FileDescriptor.write(text, to: STDOUT_FILENO)
    guard failure == 0 || failure == EPIPE else {
      throw WriteError(target: "to standard output", code: failure)
    }
  }
}

/// Standard error: warnings, progress and the sentence that explains a failure.
enum StandardError {
  /// Writes all of `text` if that is possible; there is nowhere to report a failure to. Names of
  /// files and columns may be in it, and what a terminal would obey in them is shown as escapes.
  static func write(_ text: String) {
    draw(VisibleText.escaped(text))
  }

  /// Writes text that is to move the cursor of a terminal.
  static func draw(_ text: String) {
    _ = FileDescriptor.write(text, to: STDERR_FILENO)
  }

  /// Writes one line for each warning.
  static func warn(_ warnings: [String]) {
    for warning in warnings { write("glmm-poisson: warning: \(warning)\n") }
  }

  /// The same, after some seconds unless what is returned is cancelled before; at once if nil.
  static func warn(_ warnings: [String], after seconds: Double?) -> DispatchWorkItem? {
    guard !warnings.isEmpty else { return nil }
    guard let seconds else {
      warn(warnings)
      return nil
    }
    let item = DispatchWorkItem { warn(warnings) }
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: item)
    return item
  }
}

extension WriteError: CommandError {
  var exitStatus: ExitStatus { .inputOutput }
}

/// Whether there is a directory at a path.
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

extension StandardError {
  /// The width of the terminal, 80 where it is not known.
  static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
