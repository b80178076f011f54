import Foundation

/// Something that reads what others have written. Whatever the bytes are, it has to come to an end:
/// with a value, or with an error that says in one line what is wrong.
enum FuzzTarget: String, CaseIterable {
  case csv
  case formula
  case json
  case yaml
  case answers
  case baselines
  case savedFits = "saved-fits"

  func read(_ bytes: [UInt8]) {
    switch self {
    case .csv: CSVTarget.read(bytes)
    case .formula: FormulaTarget.read(bytes)
    case .json: RequestTarget.read(bytes)
    case .yaml: ScenarioTarget.read(bytes)
    case .answers: AnswerTarget.read(bytes)
    case .baselines: BaselineTarget.read(bytes)
    case .savedFits: SavedFitTarget.read(bytes)
    }
  }

  /// Does it, and looks at the error if it throws one.
  static func attempt(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      requireSentence(String(describing: error))
    }
  }

  /// An error is said in one line that is not empty.
  static func requireSentence(_ text: String) {
    precondition(!text.isEmpty, "an error says nothing")
    precondition(
      !text.unicodeScalars.contains { $0 == "\n" || $0 == "\r" },
      "an error has more than one line: \(text.debugDescription)")
  }
}
