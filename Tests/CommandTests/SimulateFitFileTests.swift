import PoissonGLMM
import Testing

@testable import glmm_poisson

/// What `simulate` reads of what `fit` writes.
@Suite struct SimulateFitFileTests {
  @Test func factorsAndCorrelationsAreReadBack() throws {
    let made = try HandMadeFit.schools()
    let output = FitOutput(
      formula: "y ~ x + (1 + x | school) + (1 | school:classOf)", factorNames: made.factorNames,
      dataName: "pupils.csv", droppedRows: 0, model: made.model, fit: made.fit,
      options: FitOptions(), alpha: 0.05, seconds: 0)
    let folder = try TemporaryFolder()
    let path = try folder.write(output.rendered(as: .json), to: "fit.json").path
    let file = try FittedModelFile.read(path)
    #expect(file.randomNames == ["school:Intercept", "school:x", "school:classOf:Intercept"])
    #expect(file.correlationNames == ["school:Intercept,x"])
    #expect(file.correlations?.map(\.atanhMean) == [-0.5])
    #expect(file.priors == Priors())
  }
}
