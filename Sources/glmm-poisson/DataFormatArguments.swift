import ArgumentParser
import Foundation
import PoissonGLMM

/// How CSV files are written that a command reads, where the files themselves do not tell.
struct DataFormatArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What separates fields: comma, semicolon, tab or bar. (default: found in the header)",
      valueName: "separator"))
  var separator: CSVSeparator?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What stands before the decimals of numbers: . or ,", valueName: "mark"))
  var decimal: DecimalMark = .point

  @Option(help: "How letters are written; the mark of UTF-8 or UTF-16 in a file always counts.")
  var encoding: TextEncoding = .utf8

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "More texts that mean a missing value, with commas between them, as in NULL,-,. "
        + "(default: only empty fields and NA)",
      valueName: "texts"))
  var na: String?

  var format: CSVFormat {
    var format = CSVFormat(separator: separator, decimalMark: decimal, encoding: encoding)
    for text in na?.split(separator: ",") ?? [] {
      format.missingTexts.insert(text.trimmingCharacters(in: .whitespaces))
    }
    return format
  }
}

extension CSVSeparator: ExpressibleByArgument {
  /// The character itself, or its name.
  public init?(argument: String) { self.init(named: argument) }

  public static var allValueStrings: [String] { names }
  public var defaultValueDescription: String { "\(self)" }
}

extension DecimalMark: ExpressibleByArgument {
  public init?(argument: String) { self.init(named: argument) }

  public static var allValueStrings: [String] { allCases.map { String($0.rawValue) } }
  public var defaultValueDescription: String { String(rawValue) }
}

extension TextEncoding: ExpressibleByArgument {}
