import Testing

@testable import SimulationStudy

@Suite struct StudyManifestTests {
  private var manifest: StudyManifest {
    let gates = [
      Gate(
        scenario: "s", method: "m", parameter: "log_sd(a)", measure: .relativePrecision,
        lower: -.infinity, upper: 0.1),
      Gate(
        scenario: "s", method: "m", parameter: "a", measure: .coverage, lower: 0.9, upper: 1),
    ]
    return StudyManifest(
      scenarios: [Fixture.scenario(gates: gates), Fixture.scenario("t/u")],
      environment: Fixture.environment, command: "glmm-poisson study run \"a b\" --out c")
  }

  @Test func readsBack() throws {
    let manifest = manifest
    #expect(try StudyManifest(json: manifest.json()) == manifest)
    #expect(manifest.scenarios.map(\.gates.count) == [2, 0])
  }

  /// Of a program that ran as its command says, and in manifests from before there were any, there
  /// are no variables.
  @Test func theVariablesOfAProgramMayBeAbsent() throws {
    func manifest(_ environment: [String: String]) -> StudyManifest {
      StudyManifest(
        scenarios: [Fixture.scenario()], environment: Fixture.environment, command: "c",
        programs: [
          ProgramRecord(
            command: "${PYTHON:-python3} fit.py", version: "1", timesItself: true,
            environment: environment)
        ])
    }
    for environment in [[:], ["PYTHON": "/opt/python"]] {
      let text = try manifest(environment).json()
      #expect(text.contains("variables") == !environment.isEmpty)
      #expect(try StudyManifest(json: text) == manifest(environment))
    }
  }

  @Test func isSortedSnakeCase() throws {
    let text = try manifest.json()
    let again = try manifest.json()
    #expect(text == again)
    #expect(text.contains("\"schema_version\" : 1"))
    #expect(text.contains("\"content_hash\" : \"00ff\""))
    #expect(text.contains("\"gsl_version\" : \"2.7.1\""))
    #expect(text.contains("\"lower\" : \"-inf\""))
    #expect(text.contains("\"measure\" : \"relative_precision\""))
    #expect(text.contains("\"name\" : \"t/u\""))
    #expect(text.hasSuffix("}\n"))
  }

  @Test(arguments: [
    ("", "m.json: it is not valid JSON."),
    ("{\"schema_version\": 1", "m.json: it is not valid JSON."),
    ("[]", "m.json: the top level has a value of the wrong type."),
    ("{}", "m.json: the key 'schema_version' is missing in the top level."),
    ("{\"schema_version\": 9}", "m.json has schema version 9, expected 1."),
    (
      "{\"schema_version\": \"1\"}", "m.json: 'schema_version' has a value of the wrong type."
    ),
    ("{\"schema_version\": 1}", "m.json: the key 'command' is missing in the top level."),
  ])
  func defectsAreNamed(_ text: String, _ message: String) {
    #expect(throws: StudyError(.malformed, message)) {
      try StudyManifest(json: text, name: "m.json")
    }
  }

  @Test func anUnknownMeasureIsNamedWithItsPlace() throws {
    let text = try manifest.json().replacing("relative_precision", with: "precision")
    #expect(
      throws: StudyError(
        .malformed,
        "manifest.json: 'scenarios[0].gates[0].measure' has a value that is not allowed.")
    ) { try StudyManifest(json: text) }
  }
}
