import ArgumentParser
import Foundation
import PoissonGLMM

/// Fits a CSV file whenever asked to: the counterpart of the workers in `peers/`.
///
/// It answers every line of standard input, the name of an approximation, by a line of JSON: the
/// seconds from columns in memory to estimates and standard errors, and these.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Fit a CSV file whenever asked to: what peers/run compares other programs with.")

  @Argument(help: "A file that 'export' wrote.")
  var file: String

  @Option(help: "The model.")
  var formula: String

  @Option(
    help: "The family of the counts.",
    transform: { name in
      guard let family = CountFamily(rawValue: name) else {
        throw BenchmarkFailure("There is no family '\(name)'.")
      }
      return family
    })
  var family = CountFamily.poisson

  @Option(help: "Threads of a fit.")
  var threads = 1

  private struct Ready: Encodable {
    let version: String
  }

  private struct Answer: Encodable {
    let seconds: Double
    let fixed: [Double]
    let se: [Double]
    let logSD: [Double]
    let logSDSE: [Double]
    /// How many levels the factor of each log SD has.
    let levels: [Int]
    let correlation: [Double]
    let correlationSE: [Double]
    /// Of the negative binomial.
    let size: Double?
  }

  func run() throws {
    let formula = try Formula(formula)
    let table = try CSVReader.read(path: file, columns: formula.columnNames)
    try Self.send(Ready(version: "this commit"))
    while let line = readLine() {
      guard let approximation = Approximation(rawValue: line) else {
        throw BenchmarkFailure("There is no approximation '\(line)'.")
      }
      var fit: PoissonMixedModelFit?
      var factors: [GroupingFactor] = []
      let elapsed = try secondsTaken {
        let model = try ModelFrame(formula: formula, data: table).model(family: family)
        factors = model.factors
        fit = try model.fit(FitOptions(approximation: approximation, threads: threads))
      }
      guard let fit else { throw BenchmarkFailure("There is no fit.") }
      try Self.send(
        Answer(
          seconds: elapsed, fixed: fit.fixedEffects.map(\.marginal.mean),
          se: fit.fixedEffects.map(\.marginal.standardDeviation),
          logSD: fit.logStandardDeviations.map(\.marginal.mean),
          logSDSE: fit.logStandardDeviations.map(\.marginal.standardDeviation),
          levels: factors.flatMap { factor in factor.terms.map { _ in factor.levels.count } },
          correlation: fit.correlations.map(\.marginal.mean),
          correlationSE: fit.correlations.map(\.marginal.standardDeviation),
          size: fit.familyParameters.first.map { exp(-2 * $0.marginal.mean) }))
    }
  }

  private static func send(_ value: some Encodable) throws {
    StandardOutput.line(String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
  }
}
