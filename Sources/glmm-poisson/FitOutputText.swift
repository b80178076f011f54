import Foundation
import PoissonGLMM

extension FitOutput {
  /// The summary as a person reads it on a terminal.
  var text: String {
    var text = "Poisson mixed model, \(approximation.rawValue) approximation\n\n"
    let width = (facts.map(\.name.count).max() ?? 0) + 2
    for (name, value) in facts {
      text += "  " + name + String(repeating: " ", count: width - name.count) + value + "\n"
    }
    if !fixedEffects.isEmpty { text += "\nFixed effects\n" + fixedTable.text }
    text += "\n\(randomTitle)\n" + randomTable.text
    if !warnings.isEmpty {
      text += "\nWarnings\n" + warnings.map { "  - \($0)\n" }.joined()
    }
    return text
  }

  /// The summary for a document.
  var markdown: String {
    var text = "## Poisson mixed model, \(approximation.rawValue) approximation\n\n"
    text += facts.map { name, value in "- \(name): \(name == "formula" ? codeSpan(value) : value)\n"
    }
    .joined()
    if !fixedEffects.isEmpty { text += "\n### Fixed effects\n\n" + fixedTable.markdown }
    text += "\n### \(randomTitle)\n\n" + randomTable.markdown
    if !warnings.isEmpty {
      text += "\n### Warnings\n\n" + warnings.map { "- \($0)\n" }.joined()
    }
    return text
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
      (
        "observations",
        "\(observations) in \(counted(groups, "group")) (\(groupName))\(dropped)"
      ),
      (
        "priors",
        String(
          format: "fixed effects\(isStandardized ? " of standardized columns" : "") N(0, %g^2), "
            + "log standard deviations N(0, %g^2)", priors.fixedEffectSD, priors.logSDSD)
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
          String(format: "%.4f (AIC %.2f, BIC %.2f)", numbers[0], numbers[1], numbers[2])
        ))
    }
    return facts
  }

  private var fixedTable: FitOutputTable {
    let decimals = NumberText.decimals(standardDeviations: fixedEffects.map(\.sd))
    return FitOutputTable(
      header: ["", "mean", "SD", "z", "p"] + bounds + ["IRR"] + bounds,
      rows: fixedEffects.map { effect in
        let natural = [effect.mean, effect.sd, effect.interval.lower, effect.interval.upper].map {
          NumberText.fixed($0, decimals: decimals, standardDeviation: effect.sd)
        }
        let ratios = [effect.irr, effect.irrInterval.lower, effect.irrInterval.upper].map(
          NumberText.significant)
        return [effect.parameter, natural[0], natural[1], NumberText.z(effect.z)]
          + [NumberText.probability(effect.p), natural[2], natural[3]] + ratios
      })
  }

  private var randomTitle: String {
    "Random effects, standard deviations between \(counted(groups, "group")) (\(groupName))"
  }

  private var randomTable: FitOutputTable {
    FitOutputTable(
      header: ["", "SD"] + bounds + ["variance", "mean log SD", "SD log SD"],
      rows: randomEffects.map { effect in
        let numbers = [
          effect.sd, effect.interval.lower, effect.interval.upper, effect.variance,
          effect.logSDMean, effect.logSDSD,
        ]
        return [effect.parameter] + numbers.map(NumberText.significant)
      })
  }

  /// The headings of an interval's ends, for example `2.5%` and `97.5%`.
  private var bounds: [String] {
    [alpha / 2, 1 - alpha / 2].map { String(format: "%.4g%%", 100 * $0) }
  }
}

/// A Markdown code span, fenced by more backticks than the text holds in a row.
private func codeSpan(_ text: String) -> String {
  let longest = text.split { $0 != "`" }.map(\.count).max() ?? 0
  let fence = String(repeating: "`", count: longest + 1)
  return longest == 0 ? fence + text + fence : "\(fence) \(text) \(fence)"
}

func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}

/// Numbers as people read them.
private enum NumberText {
  /// Decimals that give the smallest standard deviation three digits, between 2 and 6.
  static func decimals(standardDeviations: [Double]) -> Int {
    let smallest = standardDeviations.filter { $0 > 0 }.min() ?? 1
    return Int(min(max(2 - log10(smallest).rounded(.down), 2), 6))
  }

  /// With fixed decimals, unless these would leave too little of a number with this standard
  /// deviation.
  static func fixed(_ value: Double, decimals: Int, standardDeviation: Double) -> String {
    if standardDeviation < pow(10, Double(1 - decimals)) || value.magnitude >= 1e8 {
      return String(format: "%.3e", value)
    }
    return String(format: "%.\(decimals)f", value)
  }

  /// Four significant digits.
  static func significant(_ value: Double) -> String {
    let text = String(format: "%#.4g", value)
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  static func z(_ value: Double) -> String {
    String(format: value.magnitude < 1e6 ? "%.2f" : "%.2e", value)
  }

  static func probability(_ value: Double) -> String {
    // So far out in the tail, only the order of magnitude is meaningful.
    if value < 1e-12 { return "<1e-12" }
    return String(format: value < 1e-4 ? "%.1e" : "%.4f", value)
  }
}

/// A table of words and numbers: the first column to the left, the others to the right.
struct FitOutputTable {
  let header: [String]
  let rows: [[String]]

  /// Columns aligned with spaces, two between them, each line indented by two.
  var text: String {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    return ([header] + rows).map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }
      return "  " + cells.joined(separator: "  ") + "\n"
    }.joined()
  }

  var markdown: String {
    let rule = header.indices.map { $0 == 0 ? "---" : "---:" }
    return ([header, rule] + rows).map { row in
      "| " + row.map(Self.escaped).joined(separator: " | ") + " |\n"
    }.joined()
  }

  /// A bar would end the cell, and a line break the row.
  private static func escaped(_ cell: String) -> String {
    String(cell.map { $0.isNewline ? " " : $0 }).replacing("|", with: "\\|")
  }
}
