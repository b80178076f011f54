import Foundation
import Testing

@testable import SimulationStudy

@Suite struct ScenarioGridTests {
  private static let text =
    ScenarioText.simulated + """

      vary:
        data.groups: [8, 20]
        data.covariates.x1.sd: [2, 0.5, 1]
      """

  private func scenarios(_ text: String) throws(ScenarioError) -> [Scenario] {
    try ScenarioFile.scenarios(bytes: Array(text.utf8), file: "s.yml")
  }

  private func complaint(_ text: String) -> String? {
    do throws(ScenarioError) {
      _ = try scenarios(text)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func everyCombinationIsAScenarioWithANameOfItsOwn() throws {
    let cells = try scenarios(Self.text)
    #expect(
      cells.map(\.name) == [
        "small_groups-8_covariates.x1.sd-2", "small_groups-8_covariates.x1.sd-0.5",
        "small_groups-8_covariates.x1.sd-1", "small_groups-20_covariates.x1.sd-2",
        "small_groups-20_covariates.x1.sd-0.5", "small_groups-20_covariates.x1.sd-1",
      ])
    for (cell, (groups, sd)) in zip(
      cells, [(8, 2.0), (8, 0.5), (8, 1), (20, 2), (20, 0.5), (20, 1)])
    {
      guard case .simulated(let mechanism) = cell.data else { throw Unexpected() }
      #expect(mechanism.groups == groups)
      #expect(mechanism.covariates[0].distribution == .normal(mean: 1, sd: sd))
      #expect(cell.gates.map(\.scenario) == [cell.name])
      #expect(cell.replicates == 20)
    }
  }

  /// A cell is what a file with the same contents and name is: the same digest, and so the same
  /// data.
  @Test func aCellIsTheScenarioOneWouldHaveWritten() throws {
    var cell = try scenarios(Self.text)[4]
    #expect(
      cell.gridSettings == [
        .init("groups", "20"), .init("covariates.x1.sd", "0.5"),
      ])
    // All that a file without the grid does not say.
    cell.gridSettings = []
    let written = try ScenarioText.parse(
      ScenarioText.simulated
        .replacingOccurrences(of: "name: small", with: "name: small_groups-20_covariates.x1.sd-0.5")
        .replacingOccurrences(of: "groups: 8", with: "groups: 20")
        .replacingOccurrences(of: "sd: 2", with: "sd: 0.5"))
    #expect(cell == written)
    #expect(cell.contentHash == written.contentHash)
    let others = try scenarios(Self.text).map { try DataGenerator($0).dataSet(replicate: 0) }
    for (index, other) in others.enumerated() where index != 4 {
      // Streams are addressed by the name: not even the random effects are shared.
      #expect(other.randomEffects.prefix(8) != others[4].randomEffects.prefix(8))
    }
  }

  @Test func keysThatAreNotThereAreAddedAndValuesMayBeOfAnyKind() throws {
    let cells = try scenarios(
      ScenarioText.simulated + """

        vary:
          data.departures: [{}, {random_effects: {student_t: 3}}]
          data.group_size: [4, {poisson: 3, minimum: 2}]
          priors.log_sd_sd: [1, 2]
        """)
    #expect(cells.count == 8)
    #expect(cells[0].name == "small_departures-none_group_size-4_priors.log_sd_sd-1")
    #expect(
      cells[7].name
        == "small_departures-random_effects-student_t-3_group_size-poisson-3-minimum-2"
        + "_priors.log_sd_sd-2")
    #expect(cells[7].priors.logSDSD == 2)
    guard case .simulated(let mechanism) = cells[7].data else { throw Unexpected() }
    #expect(mechanism.groupSize == .poisson(mean: 3, minimum: 2))
    #expect(mechanism.departures.randomEffects == .studentT(degreesOfFreedom: 3))
  }

  @Test func aGateSpeaksOfAllCellsOrOfThoseItNames() throws {
    func gated(_ place: String) throws -> [Int] {
      try scenarios(
        Self.text.replacingOccurrences(of: "between: [0.9, 1]}", with: "between: [0.9, 1]\(place)}")
      ).map(\.gates.count)
    }
    #expect(try gated("") == [1, 1, 1, 1, 1, 1])
    #expect(try gated(", where: {data.groups: 20}") == [0, 0, 0, 1, 1, 1])
    #expect(
      try gated(", where: {data.groups: 8, data.covariates.x1.sd: [0.5, 1.0]}")
        == [0, 1, 1, 0, 0, 0])
  }

  @Test func valuesMayHaveLabels() throws {
    let text =
      ScenarioText.simulated.replacingOccurrences(
        of: "between: [0.9, 1]}",
        with: "between: [0.9, 1], where: {data.group_size: [skewed, 4]}}") + """

        vary:
          data.group_size:
            even: 4
            skewed: {lognormal: {mean: 6, sd: 9}}
            listed: [1, 2, 3, 4, 5, 6, 7, 8]
        """
    let cells = try scenarios(text)
    #expect(
      cells.map(\.name)
        == ["small_group_size-even", "small_group_size-skewed", "small_group_size-listed"])
    #expect(cells.map { $0.gridSettings.map(\.value) } == [["even"], ["skewed"], ["listed"]])
    #expect(cells.map(\.gates.count) == [1, 1, 0])
    guard case .simulated(let mechanism) = cells[1].data else { throw Unexpected() }
    #expect(mechanism.groupSize == .lognormal(mean: 6, sd: 9, minimum: 1))
  }

  @Test func whereKeepsSomeOfTheCells() throws {
    func kept(_ place: String) throws -> [String] {
      try scenarios(Self.text + "\nwhere: \(place)\n").map {
        $0.gridSettings.map(\.value).joined(separator: " ")
      }
    }
    #expect(try kept("{data.groups: 20}") == ["20 2", "20 0.5", "20 1"])
    #expect(
      try kept("[{data.groups: 8, data.covariates.x1.sd: [2, 1]}, {data.covariates.x1.sd: 0.5}]")
        == ["8 2", "8 0.5", "8 1", "20 0.5"])
    // A cell that stays is the one it was.
    let all = try scenarios(Self.text)
    #expect(
      try scenarios(Self.text + "\nwhere: {data.groups: 20, data.covariates.x1.sd: 1}\n")
        == [all[5]])
    #expect(
      complaint(Self.text + "\nwhere: {data.groups: 9}\n")?.contains(
        "where.data.groups: 'data.groups' never has this value; expected") == true)
    #expect(
      complaint(Self.text + "\nwhere: []\n")?.hasSuffix("where: no cell of the grid is left.")
        == true)
    #expect(
      complaint(ScenarioText.simulated + "\nwhere: {data.groups: 8}\n")?.contains(
        "'where' needs 'vary', and this scenario has none.") == true)
  }

  @Test func aScenarioOfAFileIsFoundByItsName() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.text, to: "grid.yml")
    let name = "small_groups-8_covariates.x1.sd-1"
    #expect(try ScenarioFile.load(file: file, cell: name) == scenarios(Self.text)[2])
    #expect(try ScenarioFile.load(paths: [file]) == scenarios(Self.text))
    let error = #expect(throws: ScenarioError.self) {
      try ScenarioFile.load(file: file, cell: "small")
    }
    #expect(
      error?.message == "there is no scenario 'small' in this file; it describes 6, such as "
        + "'small_groups-20_covariates.x1.sd-1'.")
  }

  @Test func aFileWithAGridIsNotOneScenario() {
    #expect(
      ScenarioText.complaint(about: Self.text)
        == "s.yml: the file describes 6 scenarios with 'vary', and one is needed, such as "
        + "'small_groups-20_covariates.x1.sd-1'.")
  }

  @Test(arguments: [
    (
      "data.groups:", "data.grups:",
      "21:3: cell small_grups-8_covariates.x1.sd-2: data: unknown key"
    ),
    (
      "data.groups:", "dat.groups:", "21:3: cell small_dat.groups-8_covariates.x1.sd-2: unknown key"
    ),
    ("x1.sd", "x9.sd", "22:3: vary: 'data.covariates' has nothing named 'x9'; did you mean 'x1'?"),
    (
      "x1.sd", "x1.sd.z", "22:3: vary: 'data.covariates.x1.sd' is a single value, which has no 'z'."
    ),
    (
      "x1.sd", "x1.mein",
      "22:3: cell small_groups-8_covariates.x1.mein-2: data.covariates[1]: unknown"
    ),
    ("[8, 20]", "[]", "21:16: vary.data.groups: expected at least one value."),
    (
      "[8, 20]", "8",
      "21:16: vary.data.groups: expected a list of values, or a mapping of labels to values, "
        + "found '8'."
    ),
    ("[8, 20]", "{}", "21:16: vary.data.groups: expected at least one value."),
    (
      "[8, 20]", "{few: 8, fewer: 8}", "21:32: vary.data.groups.fewer: this value is there already."
    ),
    ("[8, 20]", "{a few: 8}", "21:17: vary.data.groups: a label has letters (a-z), digits, "),
    ("[8, 20]", "[8, 20, 8.0]", "21:24: vary.data.groups[3]: this value is there already."),
    (
      "[8, 20]", "[8, many]",
      "21:20: cell small_groups-many_covariates.x1.sd-2: data.groups: expected"
    ),
    ("data.groups:", "data..groups:", "21:3: vary: expected a path such as data.groups"),
    ("data.groups:", "name:", "21:3: vary: 'name' cannot be varied."),
    ("data.groups:", "gates:", "21:3: vary: 'gates' cannot be varied."),
    (
      "data.covariates.x1.sd", "data.groups.x",
      "22:3: vary: 'data.groups.x' overlaps with 'data.groups'."
    ),
    (
      "between: [0.9, 1]}", "between: [0.9, 1], where: {data.groups: 9}}",
      "19:103: cell small_groups-8_covariates.x1.sd-2: gates[1].where.data.groups: 'data.groups' "
        + "never"
    ),
    (
      "between: [0.9, 1]}", "between: [0.9, 1], where: {groups: 8}}",
      "19:90: cell small_groups-8_covariates.x1.sd-2: gates[1].where: 'groups' is not varied; "
        + "expected"
    ),
    ("name: small", "name: \(String(repeating: "s", count: 90))", "1:7: name: the cell '"),
    (
      "[8, 20]", "[\((1...4000).map(String.init).joined(separator: ","))]", "21:3: vary: a grid has"
    ),
  ])
  func aMistakeIsNamedWithItsPlace(old: String, new: String, expected: String) throws {
    let range = try #require(Self.text.range(of: old))
    let message = try #require(complaint(Self.text.replacingCharacters(in: range, with: new)))
    #expect(message.hasPrefix("s.yml:" + expected), "\(message)")
    #expect(!message.contains("\n"))
  }

  @Test func emptyAndOtherwiseUselessGridsAreRefused() {
    #expect(
      complaint(ScenarioText.simulated + "\nvary: {}")
        == "s.yml:20:7: vary: expected at least one key to vary.")
    #expect(
      complaint(ScenarioText.simulated + "\nvary: 3")
        == "s.yml:20:7: vary: expected a mapping of keys to lists of values, found '3'.")
    let place = ScenarioText.simulated.replacingOccurrences(
      of: "between: [0.9, 1]}", with: "between: [0.9, 1], where: {data.groups: 8}}")
    #expect(
      complaint(place) == "s.yml:19:89: gates[1].where: needs 'vary', and this scenario has none.")
    #expect(
      complaint(ScenarioText.simulated + "\nvary: {generator: ['a b', a-b]}")?.contains(
        "two cells have the name 'small_generator-a-b'") == true)
  }
}
