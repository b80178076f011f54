/// What was simulated? A scenario is a paragraph, a grid is one too: with what its cells have in
/// common, and what is varied.
enum DesignSection {
  static func section(_ results: StudyResults) -> ReportSection {
    let designs = designs(results.samples)
    // A dozen designs can be read; more are opened one by one.
    let isLong = designs.count > 12
    let blocks = designs.flatMap { cells -> [ReportBlock] in
      let (title, items) = (title(cells), items(cells))
      return isLong
        ? [.folded(summary: title, [.bullets(items)])] : [.paragraph(title), .bullets(items)]
    }
    return ReportSection(title: "What was simulated", blocks: blocks)
  }

  /// Neighbours that are cells of one grid together, all others alone.
  private static func designs(_ samples: [ScenarioSample]) -> [[ScenarioSample]] {
    samples.reduce(into: []) { designs, sample in
      let settings = sample.summary.gridSettings
      if !settings.isEmpty, let last = designs.last?.last?.summary,
        last.gridSettings.map(\.name) == settings.map(\.name),
        last.description == sample.summary.description, last.study == sample.summary.study
      {
        designs[designs.count - 1].append(sample)
      } else {
        designs.append([sample])
      }
    }
  }

  private static func title(_ cells: [ScenarioSample]) -> RichText {
    let (first, last) = (cells[0].summary, cells[cells.count - 1].summary)
    var title: RichText = "\(strong: .code(first.name))"
    if cells.count > 1 {
      title += " to \(strong: .code(last.name)), \(NumberText.count(cells.count, "scenario"))"
    }
    if !first.description.isEmpty { title += ": \(first.description)" }
    return title
  }

  private static func items(_ cells: [ScenarioSample]) -> [RichText] {
    var items: [RichText] = []
    if cells.count > 1 { items.append("every combination of " + varied(cells)) }
    items += common(cells) { cell in
      cell.summary.details.map { "\($0.name): \($0.value)" }
    }
    let truths = common(cells) { cell in
      cell.parameters.compactMap { name -> RichText? in
        cell.summary.truth[name].map { "\(code: name) \(NumberText.setting($0))" }
      }
    }
    if !truths.isEmpty { items.append("truth: " + truths.joined(separator: ", ")) }
    // Where cells differ in their number of replicates, each has its own line.
    let sources = cells.map(source)
    let distinct = sources.reduce(into: [RichText]()) { if !$0.contains($1) { $0.append($1) } }
    items +=
      distinct.count == 1
      ? distinct : zip(cells, sources).map { "\(code: $0.summary.name): " + $1 }
    return items
  }

  /// What every cell says, in the order of the first; what differs follows from the values that are
  /// varied.
  private static func common(
    _ cells: [ScenarioSample], _ lines: (ScenarioSample) -> [RichText]
  ) -> [RichText] {
    lines(cells[0]).filter { line in cells.allSatisfy { lines($0).contains(line) } }
  }

  /// ``groups` 3, 4 and 5, `group_size` 5 and 20`.
  private static func varied(_ cells: [ScenarioSample]) -> RichText {
    let factors = cells[0].summary.gridSettings.indices.map { factor -> RichText in
      let levels = cells.map { $0.summary.gridSettings[factor].value }
        .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      let name = cells[0].summary.gridSettings[factor].name
      return "\(code: name) " + RichText.list(levels.map { RichText($0) })
    }
    return factors.joined(separator: " with ")
  }

  private static func source(_ sample: ScenarioSample) -> RichText {
    let scenario = sample.summary
    let attempted = Set(sample.methods.map(\.attempted)).sorted()
    let planned = NumberText.count(scenario.replicates)
    let done = Wording.range(attempted.first ?? 0, attempted.last ?? 0)
    let replicates: RichText =
      if let target = scenario.precision, let stopping = sample.stopping {
        "\(done) of at most \(planned), " + StoppingWording.reason(stopping, target)
      } else if attempted == [scenario.replicates] {
        RichText(planned)
      } else {
        "\(done) of \(planned) planned"
      }
    var source: RichText = "replicates: " + replicates
    if !scenario.generator.isEmpty {
      source += "; seed \(String(scenario.seed)), generator \(code: scenario.generator)"
    }
    return source
  }
}
