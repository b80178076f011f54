/// The methods on the replicates that all of them have, where some failed on others.
enum CommonReplicatesSection {
  /// nil for a study whose methods have the same replicates.
  static func section(_ results: StudyResults) -> ReportSection? {
    guard let common = results.onCommonReplicates.first else { return nil }
    let questions = MeasureSections(results: common)
    let tables = [questions.coverage(), questions.bias()].compactMap { $0 }
    guard !tables.isEmpty else { return nil }
    let replicates = common.samples.flatMap { $0.methods.map(\.attempted) }
    var introduction: RichText =
      "In \(NumberText.count(common.samples.count, "scenario")) some methods have results on data "
    introduction +=
      "sets on which others have none, so that the tables above compare them on different data. "
    introduction += "Here every method is judged on the data sets on which all have a result: "
    introduction +=
      "\(Wording.range(replicates.filter { $0 > 0 }.min() ?? 0, replicates.max() ?? 0))"
    introduction += common.samples.count == 1 ? " of them." : " in each scenario."
    return ReportSection(
      title: "Methods on the same data sets",
      blocks: [.paragraph(introduction)]
        + tables.map { .folded(summary: $0.title, $0.blocks) })
  }
}
