import Foundation
import PoissonGLMM
import SimulationStudy

/// New counts from a fitted model: `simulate --like FIT.json --data DATA.csv`.
struct FittedModelSimulation {
  private let fit: FittedModelFile
  private let fitPath: String
  private let dataPath: String
  private let formula: Formula
  private let frame: ModelFrame
  private let design: SimulationDesign

  /// Reads the fit and the data, and checks that they go together.
  /// - Parameter format: how the data are written.
  init(fit fitPath: String, data dataPath: String, format: CSVFormat) throws {
    fit = try FittedModelFile.read(fitPath)
    self.fitPath = fitPath
    self.dataPath = dataPath
    let written: Formula
    do {
      written = try Formula(fit.formula)
    } catch {
      throw CommandFailure(.badData, "\(fitPath): formula: \(error.description)")
    }
    formula =
      written.hasOpenColumns
      ? try written.expanded(over: CSVReader.columnNames(path: dataPath, format: format)) : written
    let table = try CSVReader.read(path: dataPath, columns: formula.columnRequests, format: format)
    frame = try ModelFrame(formula: formula, data: table, references: fit.references ?? [:])
    design = SimulationDesign(frame)
    try expect(frame.fixed.map(\.name), fit.fixedEffects.map(\.parameter), "fixed")
    try expect(design.randomNames, fit.randomNames, "random")
    let (found, expected) = (design.correlationNames, fit.correlationNames)
    guard found == expected else {
      throw CommandFailure(
        .badData,
        "\(fitPath): the formula asks for \(counted(found.count, "correlation")) of random effects"
          + Self.list(found) + ", and the file has \(expected.count)" + Self.list(expected) + ".")
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "" : " (\(names.joined(separator: "; ")))"
  }

  private func expect(_ found: [String], _ expected: [String], _ kind: String) throws {
    guard found != expected else { return }
    throw CommandFailure(
      .badData,
      "\(dataPath): the formula makes the \(kind) effects \(found.joined(separator: ", ")) of "
        + "these data, and \(fitPath) has \(expected.joined(separator: ", ")).")
  }

  /// The generator of new counts. A fit's file has neither covariances nor random effects: for
  /// these the fit is made again, and has to be the one in the file.
  func generator(_ draws: SimulationDraws) throws -> FittedModelGenerator {
    guard draws.parameters || draws.groups == .own else {
      return try FittedModelGenerator(
        design: design,
        posterior: Posterior(
          fixedEffects: fit.fixedEffects.map(\.mean), logSDs: fit.randomEffects.map(\.logSdMean),
          partialCorrelations: (fit.correlations ?? []).map(\.atanhMean)),
        seed: draws.seed)
    }
    let (model, posterior) = try refit(keepsRandomEffects: draws.groups == .own)
    guard draws.groups == .own else {
      return try FittedModelGenerator(design: design, posterior: posterior, seed: draws.seed)
    }
    let effects = try SeenEffects(model, posterior: posterior)
    return FittedModelGenerator(
      design: design, effects: effects, means: draws.parameters ? nil : effects.means,
      seed: draws.seed)
  }

  private func refit(
    keepsRandomEffects: Bool
  ) throws -> (model: PoissonMixedModel, posterior: Posterior) {
    guard let priors = fit.priors else {
      throw CommandFailure(
        .badData,
        "\(fitPath): --posterior and --groups own fit again and need the priors, 'fixed_prior_sd' "
          + "and 'log_sd_prior_sd', which this file does not have; write it anew with this "
          + "version.")
    }
    guard let approximation = Approximation(rawValue: fit.approximation) else {
      throw CommandFailure(
        .badData, "\(fitPath): there is no approximation '\(fit.approximation)'.")
    }
    let model = try frame.model(priors: priors)
    let posterior = try model.fit(
      FitOptions(
        approximation: approximation, threads: ProcessInfo.processInfo.activeProcessorCount,
        standardizes: fit.standardized ?? false, keepsRandomEffects: keepsRandomEffects)
    ).posterior
    try expectSameFit(posterior)
    return (model, posterior)
  }

  /// Means agree to this share of a posterior SD. Fits of the same data by two builds or on two
  /// machines differ by far less; a larger difference means other data or other settings.
  private static let agreement = 0.01

  private func expectSameFit(_ posterior: Posterior) throws {
    let refitted =
      posterior.fixedMean + posterior.logSDMean + posterior.partialCorrelationMean
    let stored =
      fit.fixedEffects.map { ($0.parameter, $0.mean, $0.sd) }
      + zip(fit.randomNames, fit.randomEffects).map { ("log_sd(\($0))", $1.logSdMean, $1.logSdSd) }
      + zip(fit.correlationNames, fit.correlations ?? []).map {
        ("atanh(cor(\($0)))", $1.atanhMean, $1.atanhSd)
      }
    for (mean, (parameter, expected, sd)) in zip(refitted, stored)
    where !(abs(mean - expected) <= Self.agreement * sd) {
      throw CommandFailure(
        .badData,
        "\(dataPath): these are not the data of \(fitPath): there \(parameter) is \(expected), and "
          + "fitting them again gives \(mean).")
    }
  }

  /// The columns of the data that the formula uses, the response first with its new values; rows
  /// with a missing value are left out, as the fit leaves them out.
  func table(of replicate: FittedModelGenerator.Replicate) -> SimulatedTable {
    SimulatedTable(
      names: frame.columnNames,
      columns: [.numeric(replicate.counts)] + frame.columnsBesideResponse)
  }
}

extension SimulationDesign {
  /// The names of the random effects: with several grouping factors each after its factor.
  fileprivate var randomNames: [String] {
    factors.flatMap { factor in factor.terms.map { prefix(factor) + $0.name } }
  }

  /// The names of the correlations likewise, set after set and row by row.
  fileprivate var correlationNames: [String] {
    factors.flatMap { factor in
      factor.correlatedSets.flatMap { set in
        set.flatMap { second in
          (set.lowerBound..<second).map { first in
            prefix(factor) + "\(factor.terms[first].name),\(factor.terms[second].name)"
          }
        }
      }
    }
  }

  private func prefix(_ factor: RandomFactor) -> String {
    factors.count > 1 ? factor.name + ":" : ""
  }
}
