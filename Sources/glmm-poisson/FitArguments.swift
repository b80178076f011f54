import ArgumentParser
import Foundation
import PoissonGLMM

/// What `fit` and `predict` need to know to fit a model.
struct FitArguments: ParsableArguments {
  @Argument(
    help: "The data: a CSV file with a header row, also compressed by gzip; - is standard input.",
    completion: .file(extensions: ["csv"]))
  var data: String

  @Option(help: "The model, as in 'y ~ x + (1 | group)'.")
  var formula: String?

  @Option(
    name: .customLong("reference"),
    help: ArgumentHelp(
      "The level of a factor that the others are compared with, in place of the first in sorted "
        + "order; may be given once for each factor.", valueName: "factor=level"))
  var references: [String] = []

  @Option(
    help: ArgumentHelp(
      "The column that says how many observations each row stands for (frequency weights: whole "
        + "numbers).", valueName: "column"))
  var weights: String?

  @OptionGroup(title: "How the data are written") var dataFormat: DataFormatArguments

  @Option(help: "The approximation of the posterior.")
  var approximation = FitOptions().approximation

  @Option(help: "Intervals hold a probability of 1 - alpha.")
  var alpha = 0.05

  @Option(help: "The prior standard deviation of each fixed effect.")
  var fixedPriorSd = Priors().fixedEffectSD

  @Option(
    help: "The prior standard deviation of the log of each random effect's standard deviation.")
  var logSdPriorSd = Priors().logSDSD

  @Option(
    help: ArgumentHelp(
      "The shape of the prior LKJ(shape) of correlated random effects: 1 is uniform, larger ones "
        + "keep correlations from -1 and 1."))
  var correlationShape = Priors().correlationShape

  @Option(
    name: .customLong("prior"),
    help: ArgumentHelp(
      "The prior of one fixed effect, as in 'Intercept ~ normal(-7, 5)', or of the standard "
        + "deviation of a random effect, as in 'sd(site) ~ halfnormal(0.5)', 'sd(site:x) ~ "
        + "halft(3, 1)' or, for all, 'sd ~ exponential(2)'; also pc(upper, probability) and "
        + "lognormal(mean, sd); may be given once for each.",
      valueName: "name ~ prior"))
  var ownPriors: [String] = []

  @Flag(help: "Centre and scale the columns of the fixed effects for the fit.")
  var standardize = false

  @Option(
    help: ArgumentHelp(
      "The number of threads, which does not change the results. (default: one per processor)"))
  var threads: Int?

  func validate() throws {
    guard alpha > 0 && alpha < 1 else {
      throw ValidationError("--alpha must lie between 0 and 1, not \(alpha).")
    }
    for (name, sd) in [("fixed", fixedPriorSd), ("log-sd", logSdPriorSd)] {
      guard Priors.supportedSDs.contains(sd) else {
        throw ValidationError("--\(name)-prior-sd must lie between 1e-6 and 1e6, not \(sd).")
      }
    }
    guard Priors.supportedShapes.contains(correlationShape) else {
      throw ValidationError(
        "--correlation-shape must lie between 1 and 1000, not \(correlationShape).")
    }
    for reference in references where !reference.dropFirst().dropLast().contains("=") {
      throw ValidationError(
        "--reference is written FACTOR=LEVEL, as in --reference site=GP, not '\(reference)'.")
    }
    let factors = references.map { Self.split($0).factor }
    for (index, factor) in factors.enumerated() where factors[..<index].contains(factor) {
      throw ValidationError("--reference gives two levels for '\(factor)'.")
    }
    let own = try PriorArguments(ownPriors)
    guard own.coefficients.isEmpty || !standardize else {
      throw ValidationError(
        "--prior of a fixed effect is about its column as it is, and cannot be given with "
          + "--standardize.")
    }
    if let threads, threads < 1 {
      throw ValidationError("--threads must be 1 or more, not \(threads).")
    }
  }

  var priors: Priors {
    // Those that cannot be read have been refused.
    let own = try? PriorArguments(ownPriors)
    return Priors(
      fixedEffectSD: fixedPriorSd, logSDSD: logSdPriorSd, correlationShape: correlationShape,
      coefficients: own?.coefficients ?? [:], standardDeviations: own?.standardDeviations ?? [:])
  }

  /// Only a saved fit has a formula of its own.
  func requireFormula() throws {
    guard formula != nil else {
      throw ValidationError("Missing expected argument '--formula <formula>'")
    }
  }

  /// An option that says how to fit, and has no use for a fit that was saved; nil if there is none.
  var fittingOption: String? {
    if formula != nil { return "--formula" }
    if !references.isEmpty { return "--reference" }
    if approximation != FitOptions().approximation { return "--approximation" }
    if fixedPriorSd != Priors().fixedEffectSD { return "--fixed-prior-sd" }
    if logSdPriorSd != Priors().logSDSD { return "--log-sd-prior-sd" }
    if correlationShape != Priors().correlationShape { return "--correlation-shape" }
    if !ownPriors.isEmpty { return "--prior" }
    return standardize ? "--standardize" : nil
  }

  /// The formula, where a `.` stands for the other columns of the data.
  func parsedFormula() throws -> Formula {
    try requireFormula()
    let formula = try Formula(self.formula ?? "")
    return formula.hasOpenColumns
      ? try formula.expanded(
        over: CSVReader.columnNames(path: data, format: dataFormat.format)
          .filter { $0 != weights })
      : formula
  }

  /// The levels of --reference by the names of their factors.
  var referenceLevels: [String: String] {
    Dictionary(references.map(Self.split), uniquingKeysWith: { first, _ in first })
  }

  private static func split(_ reference: String) -> (factor: String, level: String) {
    let parts = reference.split(separator: "=", maxSplits: 1).map(String.init)
    return (parts[0], parts.count > 1 ? parts[1] : "")
  }

  /// The data in the columns of the formula.
  func frame(_ formula: Formula) throws -> ModelFrame {
    var requests = formula.columnRequests
    if let weights, !requests.contains(where: { $0.name == weights }) {
      requests.append(ColumnRequest(name: weights, use: .number))
    }
    let table = try CSVReader.read(path: data, columns: requests, format: dataFormat.format)
    return try ModelFrame(
      formula: formula, data: table, references: referenceLevels, weights: weights)
  }

  func options(keepsRandomEffects: Bool) -> FitOptions {
    FitOptions(
      approximation: approximation,
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount,
      standardizes: standardize, keepsRandomEffects: keepsRandomEffects)
  }
}

extension Approximation: ExpressibleByArgument {}
