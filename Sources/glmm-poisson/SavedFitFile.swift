import Foundation
import PoissonGLMM

/// Files that `fit --save` writes.
enum SavedFitFile {
  /// - Throws: `CommandFailure` if there is no such file, or it holds no fit that can be read.
  static func read(_ path: String) throws(CommandFailure) -> SavedFit {
    guard !isDirectory(path) else {
      throw CommandFailure(.noSuchFile, "\(path): expected a file, found a directory.")
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw CommandFailure(.noSuchFile, "There is no fit '\(path)' that can be read.")
    }
    let data: Data
    do {
      data = try handle.readToEnd() ?? Data()
    } catch {
      throw CommandFailure(.inputOutput, "Cannot read '\(path)'.")
    }
    do {
      return try SavedFit(bytes: Array(data))
    } catch {
      throw CommandFailure(.badData, "\(path): \(error.description)")
    }
  }

  /// Whether a file begins as a saved fit does.
  static func isOne(_ path: String) -> Bool {
    guard !isDirectory(path), let handle = FileHandle(forReadingAtPath: path),
      let start = try? handle.read(upToCount: 64)
    else { return false }
    return SavedFit.begins(start)
  }
}
