/// Where data depart from the model that is fitted: what each departure breaks, scenario by
/// scenario.
enum DepartureVerdict {
  /// nil where no data depart.
  static func blocks(_ results: StudyResults) -> [ReportBlock] {
    let departing = results.samples.filter(\.summary.departsFromModel)
    guard !departing.isEmpty, let method = best(results, departing) else { return [] }
    return [
      .paragraph("\(strong: "What each departure breaks"), even under \(code: method):"),
      .bullets(departing.map { item(results, $0, method) }),
    ]
  }

  /// The method with the fewest intervals that fall short; of those with as many the last, which
  /// has more ideas than the ones before.
  private static func best(_ results: StudyResults, _ samples: [ScenarioSample]) -> String? {
    let judged = results.methods.filter { !results.rows($0, .coverage).isEmpty }
    return judged.reversed().min { first, second in
      let counts = [first, second].map { method in
        samples.reduce(0) { count, sample in
          count + results.rows(sample, method, .coverage).count { $0.standing == .below }
        }
      }
      return counts[0] < counts[1]
    }
  }

  private static func item(
    _ results: StudyResults, _ sample: ScenarioSample, _ method: String
  ) -> RichText {
    let coverages = results.rows(sample, method, .coverage)
    let short = coverages.filter { $0.standing == .below }
    let biases = results.rows(sample, method, .bias).filter(\.isMarked)
      .compactMap { StandardizedBias(results, $0) }
    var findings: [RichText] = []
    if !short.isEmpty {
      let list = short.map { row -> RichText in "\(code: row.parameter) (\(row.briefText))" }
      findings.append("intervals hold the truth too rarely for " + Wording.list(list))
    }
    if !biases.isEmpty {
      let list = biases.map { bias -> RichText in "\(code: bias.row.parameter) (by \(bias.text) SE)"
      }
      findings.append("estimates are biased for " + Wording.list(list))
    }
    let summary = sample.summary
    var text: RichText = "\(code: summary.name)"
    if !summary.description.isEmpty { text += " (\(summary.description))" }
    if findings.isEmpty { return text + ": nothing that shows." }
    let broken = Set(short.map(\.parameter)).union(biases.map(\.row.parameter))
    let whole = coverages.map(\.parameter).filter { !broken.contains($0) }
    return text + ": " + findings.joined(separator: "; ")
      + (whole.isEmpty ? "." : "; nothing shows for " + Wording.list(whole.map { .code($0) }) + ".")
  }
}
