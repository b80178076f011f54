import ArgumentParser
import PoissonGLMM
import SimulationStudy

/// How a judgement is written, and where.
struct JudgementArguments: ParsableArguments {
  @Option(
    help: """
      How to say what was found: \
      \(JudgementFormat.allCases.map(\.rawValue).joined(separator: ", ")).
      """)
  var format = JudgementFormat.text

  @OptionGroup var file: OutputFileArgument

  func write(_ text: String) throws {
    if let out = file.out {
      try AtomicFile.write(text, to: out)
    } else {
      try StandardOutput.write(text)
    }
  }
}

/// Where a command writes what it has found.
struct OutputFileArgument: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "File to write it to, in place of standard output.", valueName: "file"),
    completion: .file())
  var out: String?

  mutating func validate() throws {
    if out?.isEmpty == true { throw ValidationError("--out needs the name of a file.") }
  }
}

extension JudgementFormat: ExpressibleByArgument {}
