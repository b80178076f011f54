import Foundation

/// JSON for programs: keys sorted, in snake case, one a line.
enum JSONText {
  /// - Throws: `StudyError` of kind `inconsistent` for what JSON cannot hold.
  static func text(of value: some Encodable) throws(StudyError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    } catch {
      throw StudyError(.inconsistent, "What was found cannot be written as JSON: \(error).")
    }
  }
}
