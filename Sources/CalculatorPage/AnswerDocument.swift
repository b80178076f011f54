import PlatformEssentials
import PoissonGLMM

/// What the page is told, as JSON.
struct AnswerDocument: Encodable {
  /// How the cells were read, and what is in them.
  struct Cells: Encodable {
    struct Column: Encodable {
      let name: String
      /// `number` or `text`.
      let kind: String
      let distinct: Int
      let missing: Int
      let holdsCounts: Bool
    }

    let header: Bool
    let separator: String
    let decimal: String
    let rows: Int
    let columns: [Column]
    /// The first rows.
    let preview: [[String]]
  }

  /// The model, in both of its forms.
  struct Model: Encodable {
    let formula: String
    let roles: [String: ColumnRole]
    let intercept: Bool
    /// Whether the roles say all that the formula says.
    let isToldByRoles: Bool
  }

  var cells: Cells?
  var model: Model?
  var problem: PageFault?
  var fit: FittedAnswer?

  /// - Throws: what an encoder of plain values has no reason to throw.
  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(self))
  }
}

/// All that a fit has to tell, in the order in which it is shown.
struct FittedAnswer: Encodable {
  /// The model in a line, and what data it has.
  let title: String
  let facts: [[String]]
  let sentences: [PlainSentence]
  let warnings: [String]
  let sections: [AnswerSection]
  var takeaways: [Takeaway]
  let command: String
  let spreadsheet: SpreadsheetFormula
}

/// A part of the answer.
struct AnswerSection: Encodable {
  let title: String
  var notes: [String] = []
  var tables: [AnswerTable] = []
  var pictures: [AnswerPicture] = []
}

/// A table of words and numbers: in each row the first cells are words.
struct AnswerTable: Encodable {
  let caption: String
  let header: [String]
  let rows: [[String]]
}

/// A picture, and its numbers for those who do not see it.
struct AnswerPicture: Encodable {
  let name: String
  let title: String
  /// An element of the page.
  let svg: String
  let numbers: AnswerTable

  init(_ picture: FitPicture) {
    name = picture.name
    title = picture.title
    svg = picture.element
    numbers = AnswerTable(
      caption: "Numbers of the picture: \(picture.title)",
      header: picture.numbers.first ?? [], rows: Array(picture.numbers.dropFirst()))
  }
}

/// A file to keep.
struct Takeaway: Encodable {
  let name: String
  let label: String
  let mediaType: String
  let text: String
}
