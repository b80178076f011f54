import ArgumentParser
import Foundation
import PoissonGLMM
import SimulationStudy

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare models of the same counts.",
    discussion: """
      Each --formula is fitted to the same rows:

        glmm-poisson compare visits.csv --formula 'y ~ x + (1 | clinic)' \\
          --formula 'y ~ (1 | clinic)'

      The columns of the table are

        parameters      fixed effects, log SDs and correlations
        log-likelihood  at the posterior means, random effects integrated out, with
                        AIC and BIC
        log evidence    log p(y), an estimate; the difference of two is the log of a
                        Bayes factor, which depends on the priors of the parameters
                        that only one model has, however many the data
        LOO             the sum of the log predictive densities of the counts, each
                        given all others
        LOGO            the same of groups given all other groups, with one grouping
                        factor; a Pareto k above 0.7 says that a group's is not to be
                        trusted

      with differences to the best model and their standard errors. Larger is better but for AIC \
      and BIC. Where one model is a special case of another the likelihood-ratio test follows; its \
      p value is too large where SDs are among what is tested, as 0 is at their boundary.
      """)

  @Argument(
    help: "The data: a CSV file with a header row, also compressed by gzip.",
    completion: .file(extensions: ["csv"]))
  var data: String

  @Option(
    name: .customLong("formula"),
    help: ArgumentHelp("A model, as in 'y ~ x + (1 | group)'; two or more.", valueName: "formula"))
  var formulas: [String] = []

  @OptionGroup(title: "How the data are written") var dataFormat: DataFormatArguments

  @OptionGroup(title: "How models are fitted") var fitting: CompareFitting

  @Option(help: "The format of the results.")
  var format: CompareOutput.Format = .text

  @Flag(help: "Print no warnings on standard error.")
  var quiet = false

  func validate() throws {
    guard formulas.count >= 2 else {
      throw ValidationError("A comparison needs two models or more: give --formula for each.")
    }
    guard data != "-" else {
      throw ValidationError("The data are read once for each model: name a file.")
    }
  }

  func run() throws {
    try reportingFailures {
      var settings = FitSettings()
      settings.dataFormat = dataFormat.format
      let source = FitData.file(path: data)
      var frames: [ModelFrame] = []
      for text in formulas {
        let frame = try source.frame(source.formula(text, settings), settings)
        if let first = frames.first { try expectSameRows(frame, text, first) }
        frames.append(frame)
      }
      var entries: [CompareOutput.Entry] = []
      for (text, frame) in zip(formulas, frames) {
        entries.append(try CompareOutput.Entry(text, frame: frame, fitting: fitting))
      }
      let output = CompareOutput(entries, frames: frames, dataName: data)
      try StandardOutput.write(output.rendered(as: format))
      if !quiet { StandardError.warn(output.warnings) }
    }
  }

  private func expectSameRows(_ frame: ModelFrame, _ text: String, _ first: ModelFrame) throws {
    guard frame.counts == first.counts else {
      throw CommandFailure(
        .badData,
        frame.counts.count == first.counts.count
          ? "'\(text)' has other counts than '\(formulas[0])': models can be compared of the same "
            + "response only."
          : "'\(text)' uses \(frame.counts.count) rows and '\(formulas[0])' \(first.counts.count), "
            + "as values are missing in different columns: leave these rows out of the data.")
    }
  }
}

extension CompareOutput.Format: ExpressibleByArgument {}
