import PlatformEssentials
import PoissonGLMM

/// The command that repeats a fit, for a POSIX shell.
struct RepeatingCommand {
  let text: String

  /// - Parameters:
  ///   - data: the name of the file with the cells as they were read, which is no option.
  ///   - formula: as it was written.
  init(data: String, formula: String, settings: FitSettings, na: [String]) {
    let format = settings.dataFormat
    var words = ["glmm-poisson", "fit", data, "--formula", formula]
    if let separator = format.separator, separator != .comma {
      words += ["--separator", Self.name(separator)]
    }
    if format.decimalMark == .comma { words += ["--decimal", ","] }
    if !na.isEmpty { words += ["--na", na.joined(separator: ",")] }
    if settings.alpha != FitSettings().alpha { words += ["--alpha", settings.alpha.description] }
    if settings.approximation != FitSettings().approximation {
      words += ["--approximation", settings.approximation.rawValue]
    }
    if settings.family != FitSettings().family {
      words += ["--family", settings.family.rawValue]
    }
    if settings.standardizes { words.append("--standardize") }
    text = words.map(ShellWord.quoted).joined(separator: " ")
  }

  static func name(_ separator: CSVSeparator) -> String {
    CSVSeparator.names.first { CSVSeparator(named: $0) == separator } ?? "comma"
  }
}
