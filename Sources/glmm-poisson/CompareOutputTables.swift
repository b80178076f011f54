import Foundation
import PoissonGLMM

extension CompareOutput {
  /// A table with sentences on what it lacks.
  struct Section {
    let title: String
    let table: FitOutputTable
    var notes: [String] = []
  }

  /// The tables of criteria, of held-out densities and of tests.
  var sections: [Section] {
    var sections = [
      Section(
        title: "Criteria at the largest likelihood, and the log evidence", table: criteriaTable,
        notes: zeroNotes + [Self.evidenceCaution]
          + (entries.contains { $0.logEvidence == nil } ? [Self.noEvidence] : [])),
      densitySection(
        "Predictive densities of counts, each given all others (LOO)", { $0.leaveOneOut }),
    ]
    if let leftOut {
      sections.append(
        densitySection(
          "Predictive densities of the \(leftOut.grouping.count) levels of \(leftOut.name), "
            + "each with all of its rows given all others (LOGO)", { $0.leaveOneGroupOut }))
    }
    if !tests.isEmpty {
      sections.append(
        Section(
          title: "Likelihood-ratio tests", table: testTable,
          notes: tests.contains { $0.test.standardDeviationCount > 0 } ? [atTheBoundary] : []))
    }
    return sections
  }

  /// Which SDs are 0 where the likelihood is largest.
  private var zeroNotes: [String] {
    entries.enumerated().compactMap { index, entry in
      let zeros = zip(entry.randomNames, entry.maximum.standardDeviations).filter { $1 == 0 }
      guard !zeros.isEmpty else { return nil }
      let names = zeros.map { "'\($0.0)'" }.joined(separator: ", ")
      return "Model \(index + 1) has its largest likelihood where "
        + (zeros.count == 1 ? "the SD of \(names) is 0." : "the SDs of \(names) are 0.")
    }
  }

  private var atTheBoundary: String {
    "An SD of 0 is at the boundary of its range, and p is then too large"
      + (tests.contains { $0.test.boundaryP != nil }
        ? ": p at 0 allows for that where one SD is tested." : ".")
      + (tests.contains { $0.test.standardDeviationCount > 1 }
        ? " Where several are, p is an upper limit." : "")
  }

  private static let evidenceCaution =
    "The log evidence depends on the priors, however many the data: its differences are no test."

  private static let noEvidence =
    "-: the log evidence is estimated under corrected only, and there for up to three random terms."

  private func densitySection(
    _ title: String, _ density: (Entry) -> HeldOutDensity?
  ) -> Section {
    Section(
      title: title, table: densityTable(density),
      notes: refittedNotes(density)
        + (entries.contains { (density($0)?.logDensities.count ?? 0) < 2 }
          ? ["-: a single density has no standard error."] : []))
  }

  /// Where importance sampling did not do.
  private func refittedNotes(_ density: (Entry) -> HeldOutDensity?) -> [String] {
    let counts = entries.enumerated().compactMap { index, entry in
      density(entry).flatMap {
        $0.refitted.isEmpty ? nil : "\($0.refitted.count) of model \(index + 1)"
      }
    }
    guard !counts.isEmpty else { return [] }
    return [
      "From fits without them, as their Pareto k was above 0.7: \(counts.joined(separator: ", "))."
    ]
  }

  private func fixed(_ value: Double?) -> String {
    value.flatMap { $0.isFinite ? String(format: "%.2f", $0) : nil } ?? "-"
  }

  private var criteriaTable: FitOutputTable {
    let least = entries.map(\.criteria.aic).min() ?? 0
    return FitOutputTable(
      header: [
        "model", "parameters", "log-likelihood", "AIC", "dAIC", "BIC", "log evidence",
      ],
      rows: entries.enumerated().map { index, entry in
        let criteria = entry.criteria
        return ["\(index + 1)", "\(criteria.parameterCount)"]
          + [
            criteria.logLikelihood, criteria.aic, criteria.aic - least, criteria.bic,
            entry.logEvidence,
          ].map(fixed)
      })
  }

  private func densityTable(_ density: (Entry) -> HeldOutDensity?) -> FitOutputTable {
    let differences = differences(density)
    // Where no importance sampling was needed there is no k.
    let hasShapes = entries.contains { density($0)?.paretoShapes.isEmpty == false }
    return FitOutputTable(
      header: ["model", "log density", "SE", "difference", "SE"]
        + (hasShapes ? ["largest k"] : []),
      rows: entries.enumerated().map { index, entry in
        let own = density(entry)
        return ["\(index + 1)"]
          + [
            own?.total, own?.standardError, differences[index]?.total,
            differences[index]?.standardError,
          ].map(fixed) + (hasShapes ? [fixed(own?.largestShape)] : [])
      })
  }

  private var testTable: FitOutputTable {
    let hasBoundary = tests.contains { $0.test.boundaryP != nil }
    return FitOutputTable(
      header: ["models", "chi-squared", "df", "p"] + (hasBoundary ? ["p at 0"] : []),
      rows: tests.map { test in
        [
          "\(test.small + 1) in \(test.large + 1)", fixed(test.test.statistic),
          "\(test.test.degreesOfFreedom)", NumberText.probability(test.test.p),
        ] + (hasBoundary ? [test.test.boundaryP.map(NumberText.probability) ?? ""] : [])
      })
  }

  /// One row a model, numbers unrounded.
  var csv: String {
    let header = [
      "model", "formula", "parameters", "log_likelihood", "aic", "bic", "log_evidence", "loo",
      "loo_se", "loo_difference", "loo_difference_se", "logo", "logo_se", "logo_difference",
      "logo_difference_se", "logo_largest_k", "family",
    ]
    let (loo, logo) = (differences(\.leaveOneOut), differences(\.leaveOneGroupOut))
    return CSVLine.text(header)
      + entries.enumerated().map { index, entry in
        let groups = entry.leaveOneGroupOut
        let numbers: [Double?] = [
          entry.criteria.logLikelihood, entry.criteria.aic, entry.criteria.bic, entry.logEvidence,
          entry.leaveOneOut.total, entry.leaveOneOut.standardError, loo[index]?.total,
          loo[index]?.standardError, groups?.total, groups?.standardError, logo[index]?.total,
          logo[index]?.standardError, groups?.largestShape,
        ]
        return CSVLine.text(
          ["\(index + 1)", entry.formula, "\(entry.criteria.parameterCount)"]
            + numbers.map { $0?.description ?? "" } + [entry.family.rawValue])
      }.joined()
  }

  private struct JSON: Encodable {
    struct Density: Encodable {
      let total, se, difference, differenceSe: FitOutput.JSONNumber
      /// Left out where no importance sampling was needed; null where a row needed none, or was
      /// left out of a fit of its own.
      let paretoK: [FitOutput.JSONNumber]?

      init(_ density: HeldOutDensity, _ difference: (total: Double, standardError: Double)?) {
        total = .init(value: density.total)
        se = .init(value: density.standardError)
        self.difference = .init(value: difference?.total)
        differenceSe = .init(value: difference?.standardError)
        paretoK =
          density.paretoShapes.isEmpty
          ? nil : density.paretoShapes.map { .init(value: $0.isNaN ? nil : $0) }
      }
    }

    struct Model: Encodable {
      let formula, family: String
      let parameters: Int
      let logLikelihood, aic, bic, logEvidence: FitOutput.JSONNumber
      let maximum: Maximum
      let leaveOneOut: Density
      let leaveOneGroupOut: Density?
      let warnings: [String]
    }

    /// Where the likelihood is largest.
    struct Maximum: Encodable {
      let fixedEffects, standardDeviations: [FitOutput.JSONNumber]
      let converged: Bool

      init(_ maximum: MaximumLikelihood) {
        fixedEffects = maximum.fixedEffects.map { .init(value: $0) }
        standardDeviations = maximum.standardDeviations.map { .init(value: $0) }
        converged = maximum.converged
      }
    }

    struct LikelihoodRatio: Encodable {
      /// Models by their numbers, from 1.
      let small, large: Int
      let chiSquared: FitOutput.JSONNumber
      let df: Int
      let p: FitOutput.JSONNumber
      /// Left out where not one standard deviation is tested.
      let pBoundary: FitOutput.JSONNumber?
    }

    let models: [Model]
    /// The grouping factor whose levels are left out; left out itself if no model has any.
    let leftOut: String?
    let likelihoodRatioTests: [LikelihoodRatio]
  }

  var json: String {
    get throws {
      let (loo, logo) = (differences(\.leaveOneOut), differences(\.leaveOneGroupOut))
      let object = JSON(
        models: entries.enumerated().map { index, entry in
          JSON.Model(
            formula: entry.formula, family: entry.family.rawValue,
            parameters: entry.criteria.parameterCount,
            logLikelihood: .init(value: entry.criteria.logLikelihood),
            aic: .init(value: entry.criteria.aic), bic: .init(value: entry.criteria.bic),
            logEvidence: .init(value: entry.logEvidence), maximum: .init(entry.maximum),
            leaveOneOut: .init(entry.leaveOneOut, loo[index]),
            leaveOneGroupOut: entry.leaveOneGroupOut.map { .init($0, logo[index]) },
            warnings: entry.warnings)
        },
        leftOut: leftOut?.name,
        likelihoodRatioTests: tests.map {
          .init(
            small: $0.small + 1, large: $0.large + 1, chiSquared: .init(value: $0.test.statistic),
            df: $0.test.degreesOfFreedom, p: .init(value: $0.test.p),
            pBoundary: $0.test.boundaryP.map { .init(value: $0) })
        })
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      encoder.keyEncodingStrategy = .convertToSnakeCase
      return String(decoding: try encoder.encode(object), as: UTF8.self) + "\n"
    }
  }
}
