import Foundation
import Testing

@testable import PoissonGLMM

/// What a request may ask for beside the table.
@Suite struct GLMMPoissonResultTests {
  private static let y: [Double] = [2, 3, 5, 1, 2, 4, 9, 7]
  private static let x: [Double] = [1, 2, 3, 1, 2, 3, 2, 1]
  private static let groups: [Double] = [7, 7, 7, 2.5, 2.5, 2.5, -1, -1]
  private static let data =
    #"{"y": [[2],[3],[5],[1],[2],[4],[9],[7]], "x": [[1],[2],[3],[1],[2],[3],[2],[1]], "#
    + #""groups": [[7],[7],[7],[2.5],[2.5],[2.5],[-1],[-1]]"#

  /// The same model by the library's own functions.
  private static func model(slopes: Bool) throws -> (PoissonMixedModel, PoissonMixedModelFit) {
    let intercept = DesignColumn.intercept(rows: y.count)
    let column = DesignColumn(name: "0", values: x)
    let model = try PoissonMixedModel(
      counts: y, fixed: [intercept, column], random: slopes ? [intercept, column] : [intercept],
      grouping: Grouping(numbers: groups))
    return (model, try model.fit(FitOptions(keepsRandomEffects: true)))
  }

  @Test(arguments: [false, true])
  func groupsHaveTheirEffectsARowEach(slopes: Bool) throws {
    let xRandom = slopes ? #", "x_random": [[1],[2],[3],[1],[2],[3],[2],[1]]"# : ""
    let rows = try table(Self.data + xRandom + #", "alpha": 0.1, "result": "groups"}"#)
    let (_, fit) = try Self.model(slopes: slopes)
    let titles = ["effect", "std_error", "ci_lower", "ci_upper", "incidence_rate_ratio"]
    let blocks = slopes ? ["Random[0] ", "Random[1] "] : [""]
    let header = blocks.flatMap { block in titles.map { TableCell.text(block + $0) } }
    #expect(rows[0] == ["group"] + header)
    #expect(rows.count == 4)
    for (group, number) in [7, 2.5, -1].enumerated() {
      #expect(rows[group + 1][0] == .number(number))
      for term in blocks.indices {
        let index = group * blocks.count + term
        let mean = fit.randomEffects.means[index]
        let interval = try fit.randomEffectMarginal(group: group, term: term)
          .interval(alpha: 0.1)
        let numbers = [
          mean, fit.randomEffects.standardDeviations[index], interval.lower, interval.upper,
          exp(mean),
        ]
        let expected = numbers.map(TableCell.number)
        #expect(Array(rows[group + 1][(1 + 5 * term)..<(6 + 5 * term)]) == expected)
      }
    }
  }

  @Test func predictionsAreThoseOfTheModel() throws {
    let rows = try table(
      Self.data + #", "result": "predictions", "new_x": [[1],[4],[4]], "#
        + #""new_groups": [[2.5],[-1],[8]]}"#)
    let (model, fit) = try Self.model(slopes: false)
    let new = try PredictionRows(
      model: model,
      fixed: [.intercept(rows: 3), DesignColumn(name: "0", values: [1, 4, 4])],
      random: [.intercept(rows: 3)], groupLabels: ["2.5", "-1", "8"])
    let expected = try fit.predict(new, model: model)
    #expect(
      rows[0] == [
        "group", "new_group", "mean", "median", "lower", "upper", "count_lower", "count_upper",
      ])
    #expect(rows.count == 4)
    for (index, prediction) in expected.enumerated() {
      let group = [(2.5, 0.0), (-1.0, 0.0), (8.0, 1.0)][index]
      let mean = prediction.mean.map(TableCell.number) ?? TableCell.empty
      let numbers = [
        prediction.median, prediction.lower, prediction.upper, prediction.countLower,
        prediction.countUpper,
      ].map(TableCell.number)
      let row = [TableCell.number(group.0), .number(group.1), mean] + numbers
      #expect(rows[index + 1] == row)
    }
    // Rows of no known group are predicted as those of a new one.
    let unknown = try table(Self.data + #", "result": "predictions", "new_x": [[4]]}"#)
    #expect(unknown[1][0] == .empty)
    #expect(Array(unknown[1][1...]) == Array(rows[3][1...]))
  }

  @Test func predictionsWithSlopesNeedTheirColumns() throws {
    let slopes = #", "x_random": [[1],[2],[3],[1],[2],[3],[2],[1]], "result": "predictions", "#
    let rows = try table(
      Self.data + slopes + #""new_x": [[2]], "new_groups": [[7]], "new_x_random": [[2]]}"#)
    let (model, fit) = try Self.model(slopes: true)
    let column = DesignColumn(name: "0", values: [2])
    let expected = try fit.predict(
      PredictionRows(
        model: model, fixed: [.intercept(rows: 1), column],
        random: [.intercept(rows: 1), column], groupLabels: ["7"]), model: model)
    #expect(rows[1][3] == .number(expected[0].median))
  }

  private static let faults: [(String, String)] = [
    (#""result": "predictions""#, "new_x is required."),
    (#""result": "odds""#, "result must be one of table, warnings, predictions, groups."),
    (#""result": 1"#, "result must be one of table, warnings, predictions, groups."),
    (#""spreadsheet": 1"#, "spreadsheet must be a boolean."),
    (#""new_x": [[1]]"#, "new_x is only for a result of predictions."),
    (#""result": "groups", "new_groups": 1"#, "new_groups is only for a result of predictions."),
    (#""result": "predictions", "new_x": [[1, 2]]"#, "new_x row 0 has 2 columns, expected 1."),
    (#""result": "predictions", "new_x": [[1], [1, 2]]"#, "new_x row 1 has 2 columns, expected 1."),
    (#""result": "predictions", "new_x": []"#, "new_x cannot be empty."),
    (#""result": "predictions", "new_x": [["a"]]"#, "new_x[0][0] must be numeric."),
    (#""result": "predictions", "new_x": [[NaN]]"#, "new_x[0][0] must be finite."),
    (
      #""result": "predictions", "new_x": [[1e300]]"#,
      "new_x[0][0] must be at most 2^500 in magnitude."
    ),
    (
      #""result": "predictions", "new_x": [[1]], "new_groups": [[1],[2]]"#,
      "new_x and new_groups must have the same number of rows."
    ),
    (
      #""result": "predictions", "new_x": [[1]], "new_groups": [[1, 2]]"#,
      "new_groups must be a column vector (single column)."
    ),
    (
      #""result": "predictions", "new_x": [[1]], "new_x_random": [[1]]"#,
      "new_x_random is only for where there is x_random."
    ),
    (
      #""x_random": [[1],[2],[3],[1],[2],[3],[2],[1]], "result": "predictions", "new_x": [[1]]"#,
      "new_x_random is required with x_random."
    ),
  ]

  @Test(arguments: faults)
  func faultsOfARequestAreNamed(member: String, sentence: String) {
    let answer = glmmPoisson(json: Array("\(Self.data), \(member)}".utf8)).answer
    #expect(answer == .error("Invalid input: \(sentence)"))
  }

  /// In a spreadsheet, whole columns of new rows too.
  @Test func emptyNewRowsAtTheEndAreDropped() throws {
    let asked = Self.data + #", "spreadsheet": true, "result": "predictions", "#
    #expect(
      try table(asked + #""new_x": [[1],[2],[""]], "new_groups": [[7],[2.5],[""],[""]]}"#)
        == table(asked + #""new_x": [[1],[2]], "new_groups": [[7],[2.5]]}"#))
  }

  @Test func warningsAreAColumnOfSentences() throws {
    let (_, fit) = try Self.model(slopes: false)
    #expect(!fit.warnings.isEmpty)
    let column = fit.warnings.map { [TableCell.text($0)] }
    #expect(try table(Self.data + #", "result": "warnings"}"#) == column)
    // Those of the other results are told beside them.
    let (_, warnings) = glmmPoisson(json: Array((Self.data + #", "result": "groups"}"#).utf8))
    #expect(warnings == fit.warnings)
  }

  private func table(_ json: String) throws -> [[TableCell]] {
    let answer = glmmPoisson(json: Array(json.utf8)).answer
    guard case .table(let rows) = answer else {
      Issue.record("\(json): \(answer)")
      throw ModelError("no table")
    }
    return rows
  }
}
