#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One line a request on standard error: when, what was asked, how it ended, how long it took.
/// There is nothing in it of the data, or of who asked.
struct RequestLog: Sendable {
  let isQuiet: Bool

  /// - Parameters:
  ///   - path: an address that the server has; nil for another, which could hold anything.
  ///   - bytes: those of the answer.
  func write(method: String, path: String?, status: Int, bytes: Int, duration: Duration) {
    guard !isQuiet else { return }
    let known = ["GET", "HEAD", "POST"].contains(method) ? method : "-"
    let milliseconds = Int(duration / .milliseconds(1))
    StandardError.put(
      "\(Self.now) \(known) \(path ?? "-") \(status) \(bytes) bytes \(milliseconds) ms\n")
  }

  /// The time in UTC, as ISO 8601 has it.
  private static var now: String {
    var seconds = time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: text.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
