import Foundation
import PoissonGLMM

/// Why a study's records or files cannot be used, or a file cannot be written. `description` is one
/// sentence.
public struct StudyError: Error, Equatable, CustomStringConvertible, Sendable {
  /// What went wrong, for a program to act on.
  public enum Kind: Sendable, Equatable {
    /// Records and scenarios do not fit together.
    case inconsistent
    /// A file of the study is not there.
    case missingFile
    /// A file of the study does not say what it should.
    case malformed
    /// A file of the study cannot be read.
    case unreadable
    /// A file cannot be written.
    case unwritable
  }

  /// What went wrong, for a program to act on.
  public let kind: Kind
  /// One sentence for the user; names the file, if there is one.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// The files of a study's directory; every failure is a `StudyError` that names the path.
package enum StudyFile {
  /// Names of the files in a study's directory.
  enum Name {
    static let report = "report.md"
    static let measures = "measures.csv"
    static let timing = "timing.csv"
    static let failures = "failures.csv"
    /// Only of a study with a calibration.
    static let calibration = "calibration.csv"
    static let manifest = "manifest.json"
    /// The report as one page.
    static let page = "report.html"
    /// The folder of the pictures that `report.md` shows.
    static let plots = "plots"
    /// Those of `plots` without their ending, in the order of the report.
    static let figures = [
      "coverage", "coverage-grid", "intervals", "bias", "bias-grid", "agreement",
      "standard-errors", "standard-errors-grid", "type-i-error", "type-i-error-grid",
      "calibration", "time",
    ]
    static let all =
      [report, measures, timing, failures, calibration, manifest, page]
      + figures.map(plot)

    static func plot(_ name: String) -> String { "\(plots)/\(name).svg" }
  }

  /// Writes the file as a whole: what a reader sees is the old content or the new.
  /// - Throws: `StudyError` of kind `unwritable`.
  static func write(_ text: String, to file: URL) throws(StudyError) {
    do {
      try AtomicFile.write(text, to: file.path)
    } catch {
      throw StudyError(.unwritable, error.description)
    }
  }

  /// Makes a directory and those above it, where they are not there yet.
  /// - Throws: `StudyError` of kind `unwritable`.
  package static func createDirectory(_ directory: URL) throws(StudyError) {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: directory.path, isDirectory: &isDirectory),
      !isDirectory.boolValue
    {
      throw StudyError(
        .unwritable, "Cannot make the directory '\(directory.path)': there is a file of that name.")
    }
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    } catch {
      throw StudyError(
        .unwritable, "Cannot make the directory '\(directory.path)': \(reason(error)).")
    }
  }

  /// The text of a UTF-8 file.
  /// - Throws: `StudyError` of kind `missingFile`, `unreadable` or, if it is no UTF-8,
  ///   `malformed`.
  static func read(_ file: URL) throws(StudyError) -> String {
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw StudyError(.missingFile, "There is no file '\(file.path)'.")
    }
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      throw StudyError(.unreadable, "Cannot read '\(file.path)': \(reason(error)).")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw StudyError(.malformed, "'\(file.path)' is not a UTF-8 text file.")
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
