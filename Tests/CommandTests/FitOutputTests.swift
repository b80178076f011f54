import PoissonGLMM
import Testing

@testable import glmm_poisson

@Suite struct FitOutputTests {
  @Test func aFitThatHasNotConvergedSaysSoInEveryFormat() throws {
    let formula = try Formula("y ~ x + (1 | g)")
    let table = try DataTable(columns: [
      ("y", .numeric([3, 0, 7, 1, 2, 9])), ("x", .numeric([1, 2, 5, 4, 3, 6])),
      ("g", .text(codes: [0, 0, 1, 1, 2, 2], levels: ["a", "b", "c"])),
    ])
    let model = try PoissonMixedModel(formula: formula, data: table)
    let options = FitOptions(approximation: .structured, maximumIterations: 1)
    let fit = try model.fit(options)
    let output = FitOutput(
      formula: formula, dataName: "data.csv", droppedRows: 0, model: model, fit: fit,
      options: options, alpha: 0.05, seconds: 0)
    let warning =
      "The fit has not converged (iteration-limit after 1 iteration): "
      + "its numbers are not to be trusted."
    #expect(output.warnings.contains(warning))
    for format in [FitOutput.Format.text, .markdown, .json] {
      #expect(try output.rendered(as: format).contains(warning))
    }
    #expect(try output.rendered(as: .text).contains("NOT converged (iteration-limit)"))
    #expect(try output.rendered(as: .json).contains("\"converged\" : false"))
  }
}
