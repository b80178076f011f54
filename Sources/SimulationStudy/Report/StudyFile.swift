import Foundation
import PoissonGLMM

/// The files of a study's directory; every failure is a `ReportError` that names the path.
public enum StudyFile {
  /// Writes the file as a whole: what a reader sees is the old content or the new.
  /// - Throws: `ReportError` of kind `unwritable`.
  static func write(_ text: String, to file: URL) throws(ReportError) {
    do {
      try AtomicFile.write(text, to: file.path)
    } catch {
      throw ReportError(.unwritable, error.description)
    }
  }

  /// Makes a directory and those above it, where they are not there yet.
  /// - Throws: `ReportError` of kind `unwritable`.
  public static func createDirectory(_ directory: URL) throws(ReportError) {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: directory.path, isDirectory: &isDirectory),
      !isDirectory.boolValue
    {
      throw ReportError(
        .unwritable, "Cannot make the directory '\(directory.path)': there is a file of that name.")
    }
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    } catch {
      throw ReportError(
        .unwritable, "Cannot make the directory '\(directory.path)': \(reason(error)).")
    }
  }

  /// The text of a UTF-8 file.
  /// - Throws: `ReportError` of kind `missingFile`, `unreadable` or, if it is no UTF-8,
  ///   `malformed`.
  static func read(_ file: URL) throws(ReportError) -> String {
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw ReportError(.missingFile, "There is no file '\(file.path)'.")
    }
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      throw ReportError(.unreadable, "Cannot read '\(file.path)': \(reason(error)).")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw ReportError(.malformed, "'\(file.path)' is not a UTF-8 text file.")
    }
    return text
  }

  /// The operating system's own words where Foundation hands them on, else Foundation's.
  private static func reason(_ error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    if let underlying, underlying.domain == NSPOSIXErrorDomain {
      return String(cString: strerror(Int32(truncatingIfNeeded: underlying.code))).lowercased()
    }
    var text = (error as NSError).localizedDescription
    while text.hasSuffix(".") { text.removeLast() }
    // "The operation could not be completed. The volume is read only.": the cause is in the last.
    guard let last = text.components(separatedBy: ". ").last else { return text }
    return last.prefix(1).lowercased() + last.dropFirst()
  }
}
