import Foundation
import PoissonGLMM
import SimulationStudy

extension FitOutput {
  /// The summary as a person reads it on a terminal.
  var text: String {
    var text = "\(kindOfModel), \(approximation.rawValue) approximation\n\n"
    let width = (facts.map(\.name.count).max() ?? 0) + 2
    for (name, value) in facts {
      text += "  " + name + String(repeating: " ", count: width - name.count) + value + "\n"
    }
    if !fixedEffects.isEmpty { text += "\nFixed effects\n" + fixedEffectTable.text }
    for note in tailNotes(fixedEffects) { text += "  \(note)\n" }
    for section in factorSections + familySections + varianceSections + derivedSections {
      text += "\n\(section.title)\n" + section.table.text
      for note in section.notes { text += "  \(note)\n" }
    }
    for note in priorNotes { text += "\n\(note)\n" }
    if !checkSentences.isEmpty {
      text += "\n\(Self.checkTitle)\n" + checkSentences.map { "  - \($0)\n" }.joined()
    }
    if !warnings.isEmpty {
      text += "\nWarnings\n" + warnings.map { "  - \($0)\n" }.joined()
    }
    return VisibleText.escaped(text)
  }

  /// The summary for a document.
  var markdown: String {
    var text = "## \(kindOfModel), \(approximation.rawValue) approximation\n\n"
    let escaped = MarkdownRenderer.escaped
    // What looks like an HTML tag is safe within code only as long as Markdown is read as such.
    let hasTag = formula.contains(/<[a-zA-Z\/!?]/)
    for (name, value) in facts {
      let isCode = name == "formula" && !hasTag
      text += "- \(name): \(isCode ? MarkdownRenderer.code(value) : escaped(value))\n"
    }
    if !fixedEffects.isEmpty {
      text += "\n### Fixed effects\n\n" + fixedEffectTable.markdown
    }
    for note in tailNotes(fixedEffects) { text += "\n\(escaped(note))\n" }
    for section in factorSections + familySections + varianceSections + derivedSections {
      text += "\n### \(escaped(section.title))\n\n" + section.table.markdown
      for note in section.notes { text += "\n\(escaped(note))\n" }
    }
    for note in priorNotes { text += "\n\(escaped(note))\n" }
    if !checkSentences.isEmpty {
      text +=
        "\n### \(Self.checkTitle)\n\n" + checkSentences.map { "- \(escaped($0))\n" }.joined()
    }
    if !warnings.isEmpty {
      text += "\n### Warnings\n\n" + warnings.map { "- \(escaped($0))\n" }.joined()
    }
    return text
  }

  private var kindOfModel: String {
    let name = family.phrase.prefix(1).uppercased() + family.phrase.dropFirst()
    return factors.isEmpty ? "\(name) regression" : "\(name) mixed model"
  }

  private var facts: [(name: String, value: String)] {
    let dropped =
      switch droppedRows {
      case 0: ""
      case 1: "; 1 row with a missing value left out"
      default: "; \(droppedRows) rows with missing values left out"
      }
    let reason = optimization.stopReason
    let ending =
      reason == .converged
      ? "converged"
      : "\(optimization.converged ? "converged" : "NOT converged") (\(reason.rawValue))"
    var facts = [
      // A formula over several lines takes one.
      ("formula", formula.split(whereSeparator: \.isNewline).joined(separator: " ")),
      ("data", dataName == "-" ? "standard input" : dataName),
      ("observations", "\(observations)\(levels)\(dropped)"),
      (
        "priors",
        String(
          format: "fixed effects\(isStandardized ? " of standardized columns" : "") N(0, %g^2)",
          priors.fixedEffectSD)
          + coefficientPriors
          + (usesLogSDSD
            ? String(format: ", log standard deviations N(0, %g^2)", priors.logSDSD) : "")
          + sdPriors
          + (hasCorrelations
            ? String(format: ", correlations LKJ(%g)", priors.correlationShape) : "")
          + familyPriors
      ),
      (
        "optimization",
        "\(ending) after \(counted(optimization.iterations, "iteration"))"
          + String(format: ", %.3g s", seconds)
      ),
      ("evidence bound", String(format: "%.4f", elbo)),
    ]
    if let logEvidence { facts.append(("log evidence", String(format: "%.4f", logEvidence))) }
    if let criteria {
      let numbers = [criteria.logLikelihood, criteria.aic, criteria.bic]
      facts.append(
        (
          "log-likelihood",
          String(
            format: "%.4f at the posterior means (AIC %.2f, BIC %.2f)", numbers[0], numbers[1],
            numbers[2])
        ))
    }
    return facts
  }

  /// `, Intercept N(-7, 5^2)`
  private var coefficientPriors: String {
    fixedEffects.compactMap { effect in
      priors.coefficients[effect.parameter].map { prior in
        ", \(effect.parameter) "
          + String(format: "N(%g, %g^2)", prior.mean, prior.standardDeviation)
      }
    }.joined()
  }

  /// `, sd(site) halfnormal(0.5)`
  private var sdPriors: String {
    priors.standardDeviations.sorted { $0.key < $1.key }
      .map { ", \($0.key) \($0.value.brief)" }.joined()
  }

  /// The headings of an interval's ends, for example `2.5%` and `97.5%`.
  var bounds: [String] {
    [alpha / 2, 1 - alpha / 2].map { String(format: "%.4g%%", 100 * $0) }
  }
}
