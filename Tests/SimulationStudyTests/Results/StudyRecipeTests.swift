import Testing

@testable import SimulationStudy

@Suite struct StudyRecipeTests {
  @Test func theCommandCanBeGivenToAShell() throws {
    let recipe = StudyRecipe(scenarios: ["Scenarios/core", "my 'own'.yml", ""], replicates: 7)
    #expect(
      recipe.command(out: "a b")
        == "glmm-poisson study run Scenarios/core 'my '\\''own'\\''.yml' '' --out 'a b' --replicates 7"
    )
    #expect(
      StudyRecipe(scenarios: ["x"], replicates: nil)
        .command(out: "d", shard: try #require(Shard("2/3")))
        == "glmm-poisson study run x --out d --shard 2/3")
  }
}
