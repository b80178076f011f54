import Testing

@testable import SimulationStudy

@Suite struct StudyRecipeTests {
  @Test func theCommandCanBeGivenToAShell() throws {
    let recipe = StudyRecipe(scenarios: ["Scenarios/core", "my 'own'.yml", ""], replicates: 7)
    #expect(
      recipe.command(out: "a b")
        == "glmm-poisson study run Scenarios/core 'my '\\''own'\\''.yml' '' --out 'a b' "
        + "--replicates 7"
    )
    #expect(
      StudyRecipe(scenarios: ["x"], replicates: nil)
        .command(out: "d", shard: try #require(Shard("2/3")))
        == "glmm-poisson study run x --out d --shard 2/3")
  }

  /// What decides which program runs is part of the command.
  @Test func theCommandSetsTheVariablesThatItsProgramsHad() throws {
    let environment = ["PYTHON": ".venv/bin/python3", "R_HOME": "/opt/my R", "HOME": "/root"]
    let programs = [
      "${PYTHON:-python3} fit.py \"$HOME\"", "${R_HOME-/usr}/bin/Rscript ${UNSET:-} fit.R", "fit",
      "${PYTHON:-python3} other.py",
    ].map {
      ProgramRecord(command: $0, version: "1", timesItself: false, environment: environment)
    }
    #expect(
      programs.map(\.variables)
        == [
          ["PYTHON": ".venv/bin/python3"], ["R_HOME": "/opt/my R"], nil,
          ["PYTHON": ".venv/bin/python3"],
        ])
    #expect(
      StudyRecipe(scenarios: ["x"], replicates: nil).command(out: "d", programs: programs)
        == "PYTHON=.venv/bin/python3 R_HOME='/opt/my R' glmm-poisson study run x --out d")
  }
}
