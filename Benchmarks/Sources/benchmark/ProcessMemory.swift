import CBenchmark
import Foundation

/// The memory of this process as Linux counts it; nil elsewhere.
enum ProcessMemory {
  /// Bytes resident now.
  static var resident: Int? { status("VmRSS:") }

  /// The most bytes that were resident since the last `forgetPeak`, or since the process began.
  static var peak: Int? { status("VmHWM:") }

  /// Gives freed memory back to the system and begins a new peak, so that what follows is measured
  /// by itself.
  /// - Returns: whether the system can begin a new peak.
  static func forgetPeak() -> Bool {
    return_free_memory()
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return false }
    defer { try? file.close() }
    return (try? file.write(contentsOf: Data("5".utf8))) != nil
  }

  private static func status(_ key: String) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({
        Int($0)
      })
    else { return nil }
    return 1024 * kilobytes
  }
}
