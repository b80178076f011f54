#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What is told to whoever runs the server.
enum StandardError {
  /// Writes one line, marked as the command's.
  static func say(_ sentence: String) { put("glmm-poisson: \(sentence)\n") }

  /// Writes text at once, so that lines of several threads do not mix.
  static func put(_ text: String) {
    // There is nowhere to report a failure to.
    _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
