/// A table with one row a scenario and parameter and some columns a method: the shape in which most
/// questions of a study are answered. What does not fit the eye is folded away behind one summary
/// row a scenario.
struct ParameterTable {
  /// One column of each method.
  struct MethodColumn {
    /// Follows the method's name in the header; empty for none.
    let title: String
    /// Whether it is left out where there are many methods.
    var isDetail = false
    /// The cell of a scenario, method and parameter; nil if it does not apply.
    let cell: (_ scenario: ScenarioSummary, _ method: String, _ parameter: String) -> RichText?
  }

  let results: StudyResults
  /// Which parameters of a scenario have a row.
  let isListed: (_ scenario: ScenarioSummary, _ parameter: String) -> Bool
  let showsTruth: Bool
  let methodColumns: [MethodColumn]
  /// The cell of a scenario and method in the summary of a long table.
  let summary: (_ sample: ScenarioSample, _ method: String) -> RichText
  /// What stands in those cells, in a sentence.
  var summaryNote =
    "From the lowest to the highest of a scenario's parameters, and how many are marked."

  /// Methods that have room for details side by side.
  static let maximumDetailedMethods = 4
  /// Rows a reader takes in at a glance.
  static let comfortableRows = 24
  /// Rows beyond which even a folded table is of no use, and `measures.csv` is the place to look.
  static let foldableRows = 400

  /// Whether the columns with details are shown.
  var hasDetails: Bool { results.methods.count <= Self.maximumDetailedMethods }

  /// The table, or its summary and the folded whole; no blocks if nothing is listed.
  func blocks() -> [ReportBlock] {
    let listed = results.samples.map { sample in
      (sample: sample, parameters: sample.parameters.filter { isListed(sample.summary, $0) })
    }.filter { !$0.parameters.isEmpty }
    let count = listed.reduce(0) { $0 + $1.parameters.count }
    if count == 0 { return [] }
    if count <= Self.comfortableRows { return [.table(whole(listed))] }
    let overview = [
      ReportBlock.table(overview(listed.map(\.sample))), .paragraph(RichText(summaryNote)),
    ]
    if count <= Self.foldableRows {
      let title: RichText = "All \(NumberText.count(count)) rows"
      return overview + [.folded(summary: title, [.table(whole(listed))])]
    }
    return overview + [
      .paragraph("All \(NumberText.count(count)) rows are in \(code: "measures.csv").")
    ]
  }

  private func whole(_ listed: [(sample: ScenarioSample, parameters: [String])]) -> ReportTable {
    var columns: [ReportTable.Column] = [.left("Scenario"), .left("Parameter")]
    if showsTruth { columns.append(.right("Truth")) }
    let methods = methods(of: listed.map(\.sample))
    let methodColumns = hasDetails ? methodColumns : methodColumns.filter { !$0.isDetail }
    for method in methods {
      for column in methodColumns {
        let isNamed = methodColumns.count > 1 && !column.title.isEmpty
        let suffix: RichText = isNamed ? " \(column.title)" : .empty
        columns.append(.right("\(code: method)" + suffix))
      }
    }
    var rows: [[RichText]] = []
    for (sample, parameters) in listed {
      let scenario = sample.summary
      for (position, parameter) in parameters.enumerated() {
        // The name once a scenario: the eye then sees where one ends.
        var row: [RichText] = [
          position == 0 ? .code(scenario.name) : .empty, .code(parameter),
        ]
        if showsTruth {
          row.append(
            RichText(
              scenario.kind == .calibration
                ? "drawn" : scenario.truth[parameter].map(NumberText.setting) ?? ""))
        }
        for method in methods {
          for column in methodColumns {
            row.append(column.cell(scenario, method, parameter) ?? .empty)
          }
        }
        rows.append(row)
      }
    }
    return ReportTable(columns: columns, rows: rows)
  }

  private func overview(_ samples: [ScenarioSample]) -> ReportTable {
    let methods = methods(of: samples)
    return ReportTable(
      columns: [.left("Scenario")] + methods.map { .right(.code($0)) },
      rows: samples.map { sample in
        [.code(sample.summary.name)] + methods.map { summary(sample, $0) }
      })
  }

  /// Without those that none of the scenarios has.
  private func methods(of samples: [ScenarioSample]) -> [String] {
    results.methods.filter { method in samples.contains { $0.summary.methods.contains(method) } }
  }
}
