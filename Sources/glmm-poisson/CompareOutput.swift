import Foundation
import PoissonGLMM
import SimulationStudy

/// What `compare` reports.
struct CompareOutput {
  enum Format: String, CaseIterable {
    case text, markdown, csv, json
  }

  /// One model.
  struct Entry {
    let formula: String
    /// The formula, with the family where there are several.
    let title: String
    let family: CountFamily
    let frame: ModelFrame
    let maximum: MaximumLikelihood
    /// Of the random terms, in the order of their SDs.
    let randomNames: [String]
    let logEvidence: Double?
    let leaveOneOut: HeldOutDensity
    let leaveOneGroupOut: HeldOutDensity?
    /// The places of the rows whose densities are not to be trusted.
    let untrustedRows: [String]
    let warnings: [String]

    var criteria: InformationCriteria { maximum.criteria }

    init(
      _ formula: String, title: String, family: CountFamily, frame: ModelFrame,
      model: PoissonMixedModel, fit: PoissonMixedModelFit, leftOut: Grouping?, options: FitOptions
    ) throws {
      let threads = options.threads
      func refitting(_ density: HeldOutDensity, _ rows: [[Int]]) throws -> HeldOutDensity {
        try fit.refitting(density, rows: rows, model: model, frame: frame, options: options)
      }
      (self.formula, self.title, self.family) = (formula, title, family)
      self.frame = frame
      randomNames = model.randomNames
      maximum = try model.maximumLikelihood(from: fit, threads: threads)
      logEvidence = fit.logEvidence
      leaveOneOut = try refitting(
        fit.leaveOneOut(model, frame: frame, threads: threads), frame.counts.indices.map { [$0] })
      untrustedRows = leaveOneOut.untrusted.map(frame.location)
      leaveOneGroupOut = try leftOut.map {
        try refitting(
          fit.leaveOneGroupOut($0, model: model, frame: frame, threads: threads), $0.rowsOfGroups)
      }
      warnings = fit.warnings
    }
  }

  /// A likelihood-ratio test of a model in another.
  struct Test {
    /// The indices of the two models.
    let small: Int
    let large: Int
    let test: LikelihoodRatioTest
  }

  let entries: [Entry]
  let tests: [Test]
  /// The factor whose levels are left out.
  let leftOut: RandomFactor?
  let dataName: String

  init(_ entries: [Entry], leftOut: RandomFactor?, dataName: String) {
    self.entries = entries
    self.leftOut = leftOut
    self.dataName = dataName
    var tests: [Test] = []
    for (small, own) in entries.enumerated() {
      // A Poisson family is at the boundary of others: no test has its p.
      for (large, other) in entries.enumerated()
      where small != large && own.family == other.family {
        guard own.frame.isNested(in: other.frame),
          let test = LikelihoodRatioTest(
            of: own.criteria, in: other.criteria,
            standardDeviationCount: other.frame.termCount - own.frame.termCount)
        else { continue }
        tests.append(Test(small: small, large: large, test: test))
      }
    }
    self.tests = tests
  }

  /// The warnings of all fits, each after its model, and those about densities.
  var warnings: [String] {
    entries.enumerated().flatMap { index, entry in
      let levels = (entry.leaveOneGroupOut?.untrusted ?? []).map {
        "'\(leftOut?.grouping.labels[$0] ?? "")'"
      }
      return
        (entry.warnings
        + (entry.maximum.converged
          ? []
          : [
            "The search for the largest log-likelihood has not ended: it, AIC, BIC and tests may "
              + "be better than is said here."
          ])
        + Self.untrusted(entry.untrustedRows, "counts", ofOne: "row")
        + Self.untrusted(levels, "levels of '\(leftOut?.name ?? "")'", ofOne: "level"))
        .map { "model \(index + 1): \($0)" }
    }
  }

  /// A warning about densities whose Pareto k is too large, if there are any.
  private static func untrusted(
    _ names: [String], _ what: String, ofOne one: String
  ) -> [String] {
    guard !names.isEmpty else { return [] }
    let named = names.prefix(mostNamed).joined(separator: ", ")
    return [
      "The densities of \(what) given all others are not to be trusted for "
        + "\(counted(names.count, one)), whose Pareto k is above 0.7: \(named)"
        + (names.count > mostNamed ? " and others." : ".")
    ]
  }

  private static let mostNamed = 5

  /// The differences of held-out densities to the model with the largest sum.
  func differences(
    _ density: (Entry) -> HeldOutDensity?
  ) -> [(total: Double, standardError: Double)?] {
    let all = entries.map(density)
    let best = all.compactMap { $0 }.max { $0.total < $1.total }
    return all.map { own in best.flatMap { own?.difference(to: $0) } }
  }

  func rendered(as format: Format) throws -> String {
    switch format {
    case .text:
      VisibleText.escaped(
        "Comparison of \(entries.count) models of \(dataName)\n\n"
          + entries.enumerated().map { "  \($0 + 1)  \($1.title)\n" }.joined()
          + sections.map { section in
            "\n\(section.title)\n" + section.table.text
              + section.notes.map { "  \($0)\n" }.joined()
          }.joined())
    case .markdown:
      "## Comparison of \(entries.count) models\n\n"
        + entries.enumerated().map { "\($0 + 1). \(MarkdownRenderer.code($1.title))\n" }.joined()
        + sections.map { section in
          "\n### \(MarkdownRenderer.escaped(section.title))\n\n" + section.table.markdown
            + section.notes.map { "\n\(MarkdownRenderer.escaped($0))\n" }.joined()
        }.joined()
    case .csv: csv
    case .json: try json
    }
  }
}

extension ModelFrame {
  /// The number of random terms, each with a standard deviation.
  fileprivate var termCount: Int { factors.reduce(0) { $0 + $1.terms.count } }
}
