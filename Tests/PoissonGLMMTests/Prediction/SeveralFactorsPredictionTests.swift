import Foundation
import Testing

@testable import PoissonGLMM

/// Rows of models with several grouping factors, and what is predicted for them from any source of
/// linear predictors.
@Suite struct SeveralFactorsPredictionTests {
  /// Normals whose mean is the number of a row, in another unit for a second component.
  private struct Source: LinearPredictorSource {
    func forEach(
      _ indices: ArraySlice<Int>, of rows: PredictionRows, until limit: FitLimit?,
      _ body: (_ row: Int, _ normals: [PredictorNormal]) -> Void
    ) {
      for row in indices {
        body(row, [(0.75, Double(row), 0.04), (0.25, Double(row) / 2, 0.01)])
      }
    }
  }

  private func column(_ name: String, _ values: [Double]) -> DesignColumn {
    DesignColumn(name: name, values: values)
  }

  private func model() throws -> PoissonMixedModel {
    let ones = [1.0, 1, 1, 1]
    return try PoissonMixedModel(
      counts: [1, 0, 2, 3], fixed: [column("Intercept", ones)],
      factors: [
        RandomFactor(
          name: "school", grouping: Grouping(labels: ["A", "A", "B", "B"]),
          terms: [column("Intercept", ones), column("x", [1, 2, 3, 4])], correlatedSets: [0..<2]),
        RandomFactor(
          name: "item", grouping: Grouping(labels: ["p", "q", "p", "q"]),
          terms: [column("Intercept", ones)]),
      ])
  }

  private func rows(
    schools: [String] = ["B", "C", "A"], items: [String] = ["q", "p", "r"],
    terms: [String] = ["Intercept", "x"], names: [String] = ["school", "item"]
  ) throws -> PredictionRows {
    try PredictionRows(
      model: model(), fixed: [column("Intercept", [1, 1, 1])],
      factors: [
        RandomFactor(
          name: names[0], grouping: Grouping(labels: schools),
          terms: terms.map { column($0, [5, 6, 7]) }),
        RandomFactor(
          name: names[1], grouping: Grouping(labels: items),
          terms: [column("Intercept", [1, 1, 1])]),
      ])
  }

  @Test func levelsAreThoseOfTheModelByTheirNames() throws {
    let rows = try rows()
    #expect(rows.count == 3)
    #expect(rows.factors.map(\.name) == ["school", "item"])
    #expect(rows.factors.map(\.levelOfRow) == [[1, nil, 0], [1, 0, nil]])
    #expect(rows.factors.map(\.labels) == [["B", "C", "A"], ["q", "p", "r"]])
    #expect(rows.random == [[5, 6, 7], [5, 6, 7], [1, 1, 1]])
    #expect(rows.groupOfRow == [1, nil, 0])
  }

  @Test(arguments: [1, 3])
  func aPredictionSaysWhichOfItsLevelsAreNew(threads: Int) throws {
    let predictions = Predictor(Source()).predict(try rows(), threads: threads)
    #expect(predictions.map(\.newFactors) == [[], ["school"], ["item"]])
    #expect(predictions.map(\.isNewGroup) == [false, true, true])
    for (row, prediction) in predictions.enumerated() {
      let mean = 0.75 * exp(Double(row) + 0.02) + 0.25 * exp(Double(row) / 2 + 0.005)
      #expect(abs((prediction.mean ?? .nan) / mean - 1) < 1e-12)
    }
  }

  @Test func rowsThatAreNotOfTheModelAreOneSentence() throws {
    #expect(
      throws: ModelError(
        "The grouping factors of new rows are school, class; those of the model are school, item.")
    ) { try rows(names: ["school", "class"]) }
    #expect(
      throws: ModelError(
        "The random columns of 'school' of new rows are Intercept, z; those of the model are "
          + "Intercept, x.")
    ) { try rows(terms: ["Intercept", "z"]) }
    #expect(
      throws: ModelError("There are 3 new rows but the grouping 'item' has 2 values.")
    ) { try rows(items: ["p", "q"]) }
  }

  /// One grouping factor's own initializer is for models with one.
  @Test func oneGroupARowIsTooFew() throws {
    #expect(
      throws: ModelError(
        "The grouping factors of new rows are school; those of the model are school, item.")
    ) {
      try PredictionRows(
        model: model(), fixed: [column("Intercept", [1])], random: [column("Intercept", [1])],
        groupLabels: ["A"])
    }
  }
}
