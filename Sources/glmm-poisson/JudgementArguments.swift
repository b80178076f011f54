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

  @Option(
    help: ArgumentHelp(
      "File to write it to, in place of standard output.", valueName: "file"),
    completion: .file())
  var out: String?

  mutating func validate() throws {
    if out?.isEmpty == true { throw ValidationError("--out needs the name of a file.") }
  }

  func write(_ text: String) throws {
    if let out {
      try AtomicFile.write(text, to: out)
    } else {
      try StandardOutput.write(text)
    }
  }
}

extension JudgementFormat: ExpressibleByArgument {}
