import ArgumentParser
import Foundation
import PlatformEssentials
import PoissonGLMM
import SimulationStudy

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare models of the same counts.",
    discussion: """
      Each --formula is fitted to the same rows:

        glmm-poisson compare visits.csv --formula 'y ~ x + (1 | clinic)' \\
          --formula 'y ~ (1 | clinic)'

      and under each of --families, if these are given:

        glmm-poisson compare visits.csv --formula 'y ~ x + (1 | clinic)' \\
          --families poisson,negative-binomial

      The columns of the table are

        parameters      fixed effects, log SDs, correlations, those of the family
        log-likelihood  the largest there is, whatever the priors, random effects
                        integrated out, with AIC and BIC; `fit` has it at the
                        posterior means
        log evidence    log p(y), an estimate; the difference of two is the log of a
                        Bayes factor, which depends on the priors of the parameters
                        that only one model has, however many the data
        LOO             the sum of the log predictive densities of the counts, each
                        given all others; k as for groups, for counts that say much
                        of their own expectation
        LOGO            the same of groups given all other groups, the levels of the
                        grouping factor with the fewest or of --leave-out, in all
                        models; where a Pareto k is above 0.7 the model is fitted
                        again without the group, unless that takes long: then the
                        group is named, and its density not to be trusted

      A level that is left out takes all of its rows with it: the effects of levels within them \
      are then new, and those of factors that are crossed with it are known from the other rows.

      LOO and LOGO come with differences to the best model and their standard errors. Larger is \
      better but for AIC and BIC. Where one model is a special case of another the \
      likelihood-ratio test follows. Its p is too large where SDs are among what is tested, as 0 \
      is at their boundary; 'p at 0' allows for that where one SD is tested.

      Priors and reference levels hold for the models that have what they name.
      """)

  @Argument(
    help: "The data: a CSV file with a header row, also compressed by gzip.",
    completion: .file(extensions: ["csv"]))
  var data: String

  @Option(
    name: .customLong("formula"),
    help: ArgumentHelp(
      "A model, as in 'y ~ x + (1 | group)'; two or more, or one under several families.",
      valueName: "formula"))
  var formulas: [String] = []

  @Option(
    help: ArgumentHelp(
      "Fit each formula under each of these families, separated by commas, in place of --family.",
      valueName: "families"), transform: Self.families)
  var families: [CountFamily]?

  @OptionGroup var fitting: FittingArguments

  @Option(
    help: ArgumentHelp(
      "The grouping factor whose levels are left out for LOGO, as a formula names it. (default: "
        + "that with the fewest levels)", valueName: "factor"))
  var leaveOut: String?

  @Option(help: "The format of the results.")
  var format: CompareOutput.Format = .text

  @Flag(help: "Print no warnings on standard error.")
  var quiet = false

  func validate() throws {
    guard families == nil || fitting.family == .poisson else {
      throw ValidationError("Give either --family, for all models, or --families.")
    }
    guard formulas.count * (families?.count ?? 1) >= 2 else {
      throw ValidationError(
        "A comparison needs two models or more: give --formula for each, or --families.")
    }
    guard data != "-" else {
      throw ValidationError("The data are read once for each model: name a file.")
    }
  }

  /// Families by their names, separated by commas, each once.
  private static func families(_ list: String) throws -> [CountFamily] {
    var families: [CountFamily] = []
    for name in list.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed) {
      guard let family = CountFamily(rawValue: name) else {
        let known = CountFamily.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--families names '\(name)'; there are \(known).")
      }
      guard !families.contains(family) else {
        throw ValidationError("--families names '\(name)' twice.")
      }
      families.append(family)
    }
    return families
  }

  func run() throws {
    try reportingFailures {
      let models = try ComparedModels(
        formulas: formulas, families: families, data: .file(path: data),
        settings: fitting.settings, leaveOut: leaveOut)
      let output = CompareOutput(
        try models.entries(), leftOut: models.leftOut, dataName: data)
      try StandardOutput.write(output.rendered(as: format))
      if !quiet { StandardError.warn(output.warnings) }
    }
  }
}

extension CompareOutput.Format: ExpressibleByArgument {}
