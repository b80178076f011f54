/// The names in the first row of a file. Only the wanted ones are kept, and so many of the others
/// as messages show: a row of millions of names takes no memory.
struct CSVHeader {
  /// The number of fields.
  private(set) var count = 0
  /// The line on which the row ends.
  private(set) var line = 1
  /// For each wanted name its first place and its second, from 0.
  private var places: [String: (first: Int, second: Int?)] = [:]
  /// The names in their order, but for those of columns without one, and not more than were asked
  /// for.
  private(set) var names: [String] = []
  private var unnamed = 0
  private let separator: CSVSeparator
  private let mostNames: Int
  private let file: String

  /// - Parameter mostNames: how many of all names are kept; those beyond are not offered where one
  ///   is misspelled.
  init(
    _ tokenizer: inout CSVTokenizer, wanted: Set<String>, mostNames: Int = 2000, file: String
  ) throws(CSVError) {
    separator = tokenizer.separator
    self.mostNames = mostNames
    self.file = file
    guard try tokenizer.beginRow() else {
      throw CSVError(.malformed, file: file, "expected a header row, found an empty file")
    }
    var terminator: CSVTokenizer.Terminator
    repeat {
      terminator = try tokenizer.nextField()
      let name = try tokenizer.withField { (field) throws(CSVError) in
        field.isEmpty ? "" : String(validating: field, as: UTF8.self)
      }
      guard let name else {
        throw tokenizer.error("the header is not valid UTF-8; \(TextEncoding.latin1.hint)")
      }
      add(name, isWanted: wanted.contains(name))
    } while terminator == .separator
    line = tokenizer.line
  }

  private mutating func add(_ name: String, isWanted: Bool) {
    if name.isEmpty {
      unnamed += 1
    } else if names.count < mostNames {
      names.append(name)
    }
    if isWanted {
      if let known = places[name] {
        places[name] = (known.first, known.second ?? count)
      } else {
        places[name] = (count, nil)
      }
    }
    count += 1
  }

  func contains(_ name: String) -> Bool { places[name] != nil }

  /// Where a wanted column is, from 0.
  /// - Throws: `CSVError` if it is not there, or twice.
  func position(of name: String) throws(CSVError) -> Int {
    guard let place = places[name] else {
      var message = unknownColumn(name, among: names, total: count - unnamed, unnamed: unnamed)
      if names.first?.first == "#" {
        message += "; the first line begins with '#', but has to be the header: take comments out"
      } else if count == 1, let only = names.first {
        if let found = CSVSeparator.allCases.first(where: { only.contains($0.rawValue) }) {
          message +=
            "; the fields seem to be separated by \(found.plural), but \(separator.plural) are "
            + "expected"
        } else if only.split(separator: " ").contains(Substring(name)) {
          message += "; the fields seem to be separated by spaces: write commas, semicolons or tabs"
        }
      }
      throw CSVError(.malformed, file: file, line: line, message)
    }
    if let second = place.second {
      throw CSVError(
        .malformed, file: file, line: line, column: second + 1,
        "column '\(name)' is there twice, as columns \(place.first + 1) and \(second + 1)")
    }
    return place.first
  }
}

extension TextEncoding {
  /// For messages about text that is not as expected.
  var hint: String { "if an older program wrote it, --encoding \(rawValue) may read it" }
}
