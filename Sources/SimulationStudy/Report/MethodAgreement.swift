/// Methods whose estimates are the same but for a small part of their spread: nothing more is to be
/// learnt from the second.
enum MethodAgreement {
  /// Mean estimates that differ by at most this much of their empirical SE are taken for the same.
  static let closeBias = 0.05
  /// Standard errors that differ by at most this share are.
  static let closeError = 0.05

  /// One sentence for each group of methods that agree; nil if none do.
  static func text(_ results: StudyResults) -> RichText? {
    var groups: [[String]] = []
    for method in results.methods {
      let index = groups.firstIndex { $0.allSatisfy { agree(results, $0, method) } }
      if let index { groups[index].append(method) } else { groups.append([method]) }
    }
    let sentences = groups.filter { $0.count > 1 }.map { group -> RichText in
      Wording.list(group.map { .code($0) })
        + " give the same estimates on average, within "
        + "\(ReportNumber.exact(closeBias)) of their empirical SE"
        + (haveEqualErrors(results, group)
          ? ", and the same standard errors, within \(ReportNumber.percent(closeError)) %." : ".")
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }

  /// Whether the estimates agree in every case that both methods have.
  private static func agree(_ results: StudyResults, _ first: String, _ second: String) -> Bool {
    let differences = results.telling(first, .bias).compactMap { row -> Double? in
      guard let other = results.row(row.scenario, second, row.parameter, .bias)?.estimate,
        let own = row.value,
        let spread = results.row(row.scenario, first, row.parameter, .empiricalStandardError)?
          .estimate, spread > 0
      else { return nil }
      return abs(own - other) / spread
    }
    return !differences.isEmpty && differences.allSatisfy { $0 <= closeBias }
  }

  private static func haveEqualErrors(_ results: StudyResults, _ group: [String]) -> Bool {
    results.telling(group[0], .relativeErrorOfModelStandardError).allSatisfy { row in
      let errors = group.compactMap {
        results.row(row.scenario, $0, row.parameter, .modelStandardError)?.estimate
      }
      guard let least = errors.min(), let most = errors.max(), least > 0 else { return false }
      return most / least - 1 <= closeError
    }
  }
}
