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

  /// A text as JSON writes it.
  static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { (32..<127).contains($0) && $0 != 34 && $0 != 92 }
    guard !isPlain, let encoded = try? JSONEncoder().encode(text) else { return "\"\(text)\"" }
    return String(decoding: encoded, as: UTF8.self)
  }
}
