import Testing

@testable import PoissonGLMM
@testable import glmm_poisson

/// What `predict` prints of models with several grouping factors.
@Suite struct PredictOutputTests {
  @Test func eachFactorHasTwoColumns() throws {
    let model = try HandMadeFit.schools().model
    let rows = try PredictionRows(
      model: model,
      fixed: ["Intercept", "x"].map { DesignColumn(name: $0, values: [1, 1]) },
      factors: [
        RandomFactor(
          name: "school", grouping: Grouping(labels: ["S1", "S2"]),
          terms: ["Intercept", "x"].map { DesignColumn(name: $0, values: [1, 1]) }),
        RandomFactor(
          name: "school:classOf", grouping: Grouping(labels: ["S1:3", "S2:9"]),
          terms: [.intercept(rows: 2)]),
      ])
    let predictions = [[], ["school:classOf"]].map {
      Prediction(
        newFactors: $0, mean: 2, median: 1.5, lower: 1, upper: 3, countLower: 0, countUpper: 7)
    }
    #expect(
      PredictOutput.csv(predictions, rows: rows) == """
        row,group(school),new_group(school),group(school:classOf),new_group(school:classOf),mean,\
        median,lower,upper,count_lower,count_upper
        1,S1,0,S1:3,0,2.0,1.5,1.0,3.0,0,7
        2,S2,0,S2:9,1,2.0,1.5,1.0,3.0,0,7

        """)
  }
}
