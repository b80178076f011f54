import PlatformEssentials
import PoissonGLMM

/// The command that repeats a fit, for a POSIX shell.
struct RepeatingCommand {
  let text: String

  /// - Parameters:
  ///   - data: the name of the file with the cells as they were read, which is no option.
  ///   - formula: as it was written.
  ///   - encoding: how the file's letters are written, if not in UTF-8.
  init(data: String, formula: String, settings: FitSettings, encoding: String?, na: [String]) {
    let format = settings.dataFormat
    var words = ["glmm-poisson", "fit", data, "--formula", formula]
    if let separator = format.separator, separator != .comma {
      words += ["--separator", Self.name(separator)]
    }
    if format.decimalMark == .comma { words += ["--decimal", ","] }
    if let encoding, encoding != TextEncoding.utf8.rawValue { words += ["--encoding", encoding] }
    if !na.isEmpty { words += ["--na", na.joined(separator: ",")] }
    if settings.alpha != FitSettings().alpha { words += ["--alpha", settings.alpha.description] }
    if settings.approximation != FitSettings().approximation {
      words += ["--approximation", settings.approximation.rawValue]
    }
    if settings.standardizes { words.append("--standardize") }
    text = words.map(Self.quoted).joined(separator: " ")
  }

  static func name(_ separator: CSVSeparator) -> String {
    CSVSeparator.names.first { CSVSeparator(named: $0) == separator } ?? "comma"
  }

  /// A word as a shell takes it for one, whatever is in it.
  private static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./,".utf8.contains(byte)
      }
    }
    return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
